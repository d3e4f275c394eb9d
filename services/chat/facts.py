"""Whether a sentence states a fact of our house, and how much of it a given text bears.

What matters is where things come from: who founded, made, won or aged what, when and where. Words
of greeting, prices and stock are no such facts; numbers are judged apart.
"""

import re
from collections.abc import Iterable

from services.chat.triggers import plain

MARKED, CITED = 0.5, 0.2
_OURS = re.compile(
    r"\b(?:we|us|our|ours|it|its|it's|this|these|that|they|their|he|she|nerd\w*|maeju|joon|the (?:house|"
    r"brewery|brew|brewers?|drink|bottle|makgeolli|liquor|brand|company|maker|founders?|owner|jars?|"
    r"story|rice|water|yeast|nuruk|recipe|label))\b"
    r"|우리|저희|양조장|술도가|(?<![가-힣])(?:이|그|저|본)\s*(?:술|집|곳|병|독|이야기|막걸리)|이건|이것|여기|막걸리|누룩|"
    r"쌀|술[은이을도]|창업|설립|대표|주인|회사|브랜드|너드|nerd|장인|비법|라벨"
)
_FACT = re.compile(
    r"\b(?:found(?:ed|ers?|ing)|establish\w*|set up|built|invent\w*|discover\w*|creat(?:ed|or)|began|"
    r"begun|started|opened|born|dates? (?:back|from|to)|since|centur\w+|dynast\w+|ancient|medieval|royal|"
    r"kings?|queens?|emperors?|palaces?|monks?|temples?|priests?|awards?|awarded|medals?|prizes?|"
    r"troph\w+|won|winn\w+|champion\w*|ranked|competitions?|famous|legend\w*|barrels?|"
    r"casks?|oak|aged|ageing|aging|matured?|import\w*|comes? from|came from|grown|grows|harvested|"
    r"(?:made|brewed|distilled|produced|fermented|bottled|blessed|stolen|bought|owned|served|sold|named|"
    r"designed|written|taught|given|sent|drunk|loved) (?:in|on|by|from|with|of|at|to|for|after)|"
    r"generations?|grand(?:father|mother|parents)\w*|ancestors?|secret|oldest|largest|biggest|"
    r"strongest|rarest|only (?:brewery|one)|in the world|on earth|contains?|stole|steals|export\w*|"
    r"originat\w*|origins?|histor\w+|tradition\w*|inherit\w*)\b"
    r"|세웠|세운|세워|설립|창업|창립|시작(?:했|됐|되었|한)|열었|문을\s*연|만들|만든|빚(?:었|어|은|는|습)|발명|발견|"
    r"태어(?:났|난)|탄생|유래|비롯|전해|왕(?:이|의|실|께|에게)|임금|황제|궁(?:궐|중|에)|스님|승려|사찰|(?<![가-힣])절에서|수상|"
    r"상을\s*(?:받|탔|휩)|메달|대회|1위|우승|숙성|오크|위스키|참나무|수입|출신|에서\s*(?:왔|온|났|난|자란|자라|재배|나는)|"
    r"세기|년\s*전|대째|대대로|가문|집안|조상|할아버|할머니|비법|최초|세계|유명|역사|전통|들어\s*(?:있|가)|함유|"
    r"훔[치쳤친]|소유|수출|납품|진상|원조|기원"
)
_RECALLS = re.compile(
    r"\bdid you know\b|\bhave you heard\b|,\s*(?:\w+n['’]t (?:it|they|he|she|we|that|you)|right)\b"
    r"|잖아|(?:이|였|었|았|했|셨|되|하)(?:죠|지요)(?=\s*\?)|알고\s*계(?:셨|시)|아셨|아세요|들어\s*보셨|아시나요"
)
# Nobody is charged by talking; only what an order's own state says may be told of it.
_CHARGED = re.compile(
    r"\b(?:i|we)(?:'ve| have| just| already)*\s+(?:charged|billed|debited|refunded)\b"
    r"|결제(?:를|까지)?\s*(?:했|해\s*드렸|마쳤|완료했|진행했)|청구(?:를)?\s*했|환불(?:을)?\s*(?:했|해\s*드렸)"
)
_WORD = re.compile(r"[a-z][a-z'-]{2,}|[가-힣]{2,}")
_COMMON = frozenset(
    [
        "the",
        "and",
        "for",
        "are",
        "was",
        "were",
        "has",
        "have",
        "had",
        "its",
        "it's",
        "this",
        "that",
        "these",
        "those",
        "with",
        "from",
        "our",
        "ours",
        "you",
        "your",
        "they",
        "their",
        "she",
        "him",
        "her",
        "his",
        "who",
        "whom",
        "which",
        "what",
        "when",
        "where",
        "while",
        "into",
        "onto",
        "upon",
        "over",
        "under",
        "about",
        "been",
        "being",
        "one",
        "once",
        "first",
        "made",
        "make",
        "makes",
        "brewed",
        "brew",
        "brewery",
        "drink",
        "drinks",
        "bottle",
        "story",
        "tale",
        "called",
        "named",
        "also",
        "very",
        "just",
        "only",
        "more",
        "most",
        "than",
        "then",
        "there",
        "here",
        "not",
        "but",
        "can",
        "will",
        "would",
        "may",
        "say",
        "says",
        "said",
        "told",
        "people",
        "house",
        "founded",
        "started",
        "opened",
        "began",
        "came",
        "comes",
        "come",
        "우리",
        "저희",
        "우리는",
        "저희는",
        "우리가",
        "저희가",
        "이건",
        "이것",
        "이것은",
        "여기",
        "여기는",
        "있어요",
        "있습니다",
        "했어요",
        "했습니다",
        "그리고",
        "그래서",
        "입니다",
        "이에요",
        "예요",
        "양조장",
        "양조장은",
        "이야기",
        "이야기예요",
        "이야기는",
        "라고",
        "불러요",
        "있는",
        "있고",
        "됩니다",
        "돼요",
        "만든",
        "만들었어요",
        "빚은",
        "빚었어요",
    ]
)
_LETTERS, _SYLLABLES = 5, 2


def is_told_of_us(text: str) -> bool:
    """Tell whether a sentence states a fact of our house, drinks, stories or people."""
    said = plain(text)
    return bool(_OURS.search(said) and _FACT.search(said))


def states_fact(text: str) -> bool:
    """Tell whether a sentence says where something comes from, whatever it is about."""
    return bool(_FACT.search(plain(text)))


def asks_only(text: str) -> bool:
    """Tell whether a sentence is a question that does not tell anything by asking."""
    is_question = text.rstrip("\"'”’) ").endswith("?")
    return is_question and not (_RECALLS.search(plain(text)) and states_fact(text))


def is_never_true(text: str) -> bool:
    """Tell whether a sentence says that money was moved, which no reply can do."""
    return bool(_CHARGED.search(plain(text).replace("’", "'")))


def borne(text: str, source: str, names: Iterable[str] = ()) -> float:
    """Return the share of a sentence's own words, without the names in it, that a source holds."""
    said = plain(text)
    for name in sorted(names, key=len, reverse=True):
        said = said.replace(name, " ")
    words = {_stem(word) for word in _WORD.findall(said) if word not in _COMMON}
    held = {_stem(word) for word in _WORD.findall(plain(source))}
    return len(words & held) / len(words) if words else 1.0


def _stem(word: str) -> str:
    return word[:_LETTERS] if word.isascii() else word[:_SYLLABLES]
