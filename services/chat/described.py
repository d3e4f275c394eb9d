"""Whether a sentence tells how a drink tastes, smells or is served, and which words tell that.

"It tastes of mango" and "이 술은 망고 향이 나요" speak of a drink as much as its name would; what
is left without the frame (mango, 망고) has to stand in what the answer was given.
"""

import re

from services.chat.triggers import plain

_SENSES = (
    r"tastes?|tasting|flavou?rs?|flavou?red|aromas?|smells?|scents?|scented|notes? of|hints? of|palate|nose|"
    r"mouthfeel|aftertaste|texture|pairs?|paired|pairing|goes (?:very |so )?(?:well )?with|"
    r"served? (?:cold|chilled|warm|at)"
)
_IS = (
    r"(?:very |quite |so |rather |a little |a bit |slightly |pleasantly |both )?(?:dry|sweet|tart|sour|"
    r"bitter|smoky|spicy|fizzy|sparkling|creamy|nutty|fruity|floral|herbal|citrusy|crisp|light|heavy|"
    r"strong|mild|smooth|savou?ry|refreshing|rich|clear|cloudy|unfiltered|gluten)\b"
    r"(?! (?:that|to|evening|night|question|thought|day|story)\b)"
)
_IT = r"\b(?:it|this(?: one)?|that one|they|(?:this|that|the) (?:drink|bottle|brew|makgeolli|takju|liquor))"
_ENGLISH = re.compile(
    rf"(?:{_IT}|\bits|\bthe|\bthere(?:'s|’s| is| are))\b[^.!?]{{0,40}}?\b(?:{_SENSES})\b"
    rf"|{_IT}(?:'s|’s| is| are)\s+{_IS}|^(?:{_SENSES})\b|\b(?:its|the) (?:finish|body)\b"
    rf"|\byou(?:'ll|’ll| will| can| may) (?:\w+ ){{0,3}}?(?:taste|smell|find|notice)\b"
    rf"|\b(?:expect|enjoy|notice) (?:\w+ ){{0,3}}?(?:aromas?|flavou?rs?|notes?|hints?)\b"
    rf"|\b(?:an?|some) (?:\w+ ){{1,2}}(?:aroma|flavou?r|notes?|finish|aftertaste)\b"
)
_SENSE = r"(?:(?<![가-힣])(?:맛|향|향기)|(?<=[가-힣]\s)(?:맛|향|향기)|풍미|뒷맛|끝맛|단맛|신맛|쓴맛|감칠맛|여운|목넘김|산미|질감)"
_FEEL = (
    r"나(?:요|고|며|는|지)|납니다|난다|느껴|느끼|느낄|느낍|즐기|즐길|감돌|돌(?:아|고)|퍼|풍|배어|올라|스치|가득|은은|"
    r"있(?:어|습|고|는)|강|진하|진해|깊|부드|일품|도드라|이에요|입니다|예요"
)
_LIKE = r"달콤|새콤|상큼|고소|쌉쌀|씁쓸|담백|걸쭉|산뜻|부드러|시원|드라이|깔끔|묵직|가벼|달아|달고|답니다|시큼|톡\s*쏘"
_KOREAN = re.compile(
    rf"{_SENSE}(?:이|가|은|는|도|을|를|까지)?\s*(?:살짝|은은히|은은하게|강하게|아주|참|정말|가득)?\s*(?:{_FEEL})"
    rf"|{_SENSE}의?\s*(?:술|막걸리)(?:이|예|입)|{_SENSE}[은는이가도]\s+\S{{1,12}}(?:이에요|예요|입니다)"
    rf"|(?<![가-힣])(?:이|그|저)\s*(?:술|막걸리|병|것|건|걸)\S*\s[^.!?]{{0,20}}(?:{_LIKE})"
    rf"|[가-힣]+(?:처럼|같이)\s*(?:{_LIKE})"
    r"|(?<![가-힣])(?:이|그|저)\s*(?:술|막걸리|것|건)\S*\s[^.!?]{0,30}(?:어울(?:려|립|리)|곁들)"
)
# Who admits that they do not know, or speaks of the reader's own taste, tells of no drink.
_NOT_TOLD = re.compile(
    r"\b(?:do not|don't|don’t|cannot|can't|can’t) (?:\w+ )?(?:know|say|tell|taste)\b|\byour (?:own )?(?:taste|palate|flavou?rs?)\b"
    r"|\byou (?:like|enjoy|prefer|love)\b|\bmatter of taste\b|\btell me\b"
    r"|모르|모릅|알지\s*못|알\s*수\s*없|취향|맛있|입맛|제맛|술맛|밥맛|어떤\s*맛|무슨\s*맛"
)
_SPEAKS = re.compile(
    rf"\b(?:{_SENSES}|finish)\b|{_SENSE}(?:이|가|은|는|도|을|를|의)|(?:{_LIKE})|어울(?:려|립|리)"
)
_FRAME = re.compile(
    rf"{_IT}\b|\b(?:{_SENSES})\b|\b(?:hints?|touch|like|well|nice(?:ly)?|good|great|lovely|with|and|finish|body|"
    r"little|bit|quite|rather|very|pleasantly|wonderful(?:ly)?|delicious|beautiful(?:ly)?|find|expect|enjoy|some)\b"
    r"|(?<![가-힣])(?:이|그|저)\s*(?:술|막걸리|병|것|건|걸)[은는이가도을를에]?"
    r"|(?:맛|향기|향|풍미|뒷맛|끝맛|여운|목넘김|질감)(?:이|가|은|는|도|을|를|까지|에)?(?=\s|[가-힣])"
    r"|(?:나요|나고|나며|나는|나지요|나죠|납니다|느껴\S*|느낄\S*|느끼\S*|즐길\S*|감돌\S*|퍼\S*|올라\S*|가득\S*|"
    r"있어요|있습니다|있고|이에요|입니다|예요)"
    r"|(?:어울려요|어울립니다|어울리\S*|곁들\S*|좋아요|좋습니다|정말|아주|참|살짝|은은\S*|특히|함께|술이\S*)"
    r"|(?<![가-힣])(?:잘|꼭|더|또|다|수|한|두|안|못|첫|늘|곧)(?![가-힣])"
)


def describes(text: str) -> bool:
    """Tell whether a sentence says how a drink that it does not name tastes, smells or is served."""
    said = plain(text)
    return not _NOT_TOLD.search(said) and bool(_ENGLISH.search(said) or _KOREAN.search(said))


def speaks_of_taste(text: str) -> bool:
    """Tell whether a sentence that names or cites a drink says how it tastes or smells."""
    said = plain(text)
    return bool(_SPEAKS.search(said)) and not _NOT_TOLD.search(said)


def bare(text: str) -> list[str]:
    """Return its Korean words of one syllable, such as 배 and 밤, which are told apart from none."""
    return re.findall(r"(?<![가-힣])[가-힣](?![가-힣])", text)


def telling(text: str) -> str:
    """Return the words of such a sentence that tell something, without its frame."""
    return _FRAME.sub(" ", plain(text))
