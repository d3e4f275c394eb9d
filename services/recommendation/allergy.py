"""What people say of allergies, in Korean and in English: the one reader of such words.

It reads rather one too many than one too few: who says `nuts` is spared peanuts, too.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from services.catalogue.vocabulary import ALLERGENS

# What people say for each code, beside its own name; longer names come before those within them.
SPOKEN: Mapping[str, str] = {
    "wheat": "wheat gluten flour c(?:o)?eliac semolina spelt 밀가루 글루텐 셀리악 소맥",
    "barley": "barley gluten malt c(?:o)?eliac 보리 맥아 엿기름 글루텐 셀리악",
    "tree-nut": "tree.nut nut almond walnut cashew hazelnut pecan pistachio macadamia chestnut "
    "견과 아몬드 호두 캐슈 헤이즐넛 피칸 피스타치오 마카다미아 너트",
    "peanut": "peanut groundnut nut 땅콩 견과 피넛 너트",
    "honey": "honey mead propolis 벌꿀",
    "soy": "soy soya soybean soy.bean tofu edamame 대두 두유 두부 간장 메주",
    "milk": "milk dairy lactose cheese butter cream yogh?urt whey casein ghee "
    "우유 유제품 유당 락토 치즈 버터 크림 요거트 요구르트 밀크",
    "egg": "egg mayonnaise 알류 난류 계란 달걀 마요네즈",
    "sulphite": "sulphite sulfite sul(?:ph|f)ur.dioxide so2 아황산 이산화황 설파이트",
    "buckwheat": "buckwheat buck.wheat soba 메밀",
    "peach": "peach nectarine 복숭아",
    "crustacean": "crustacean shellfish shell.fish shrimp prawn crab lobster crayfish seafood "
    "갑각 새우 꽃게 대게 랍스터 가재 해산물",
    "fish": "fish salmon tuna anchovy anchovies seafood "
    "생선 어류 물고기 고등어 참치 멸치 연어 해산물",
    "sesame": "sesame tahini 참깨",
}
# One syllable is within many words: these stand alone, with a particle or before what rules out.
SHORT: Mapping[str, str] = {
    "밀": "wheat", "꿀": "honey", "콩": "soy", "잣": "tree-nut", "깨": "sesame"
}  # fmt: skip
# These are also `night` and `thing`.
ALONE: Mapping[str, str] = {"밤": "tree-nut", "게": "crustacean"}
PARTICLES = r"(?:[을를은는이가도만과와랑나류에든]|이랑|하고|이나|에는|가루|이요|이에요|요)*"
ALLERGY = (
    r"allerg(?!en)|anaphyla|intoleran|c(?:o)?eliac|\bhives\b|\brash(?:es)?\b"
    r"|(?:알레르기|알러지|알레르지|알러르기)(?!\s*(?:성분|유발|물질|정보|표시))|아나필락|불내증|셀리악|두드러기"
)
RULED_OUT = (
    r"못\s*[먹마드]|안\s*[먹마드들넣돼되맞]|빼|제외|없|말고|싫|피하|피해|피할|금지|프리|"
    r"먹지|마시지|들어가지|들어있지|들지|넣지|드시지"
)
BEFORE = re.compile(rf"\bfree\b|{RULED_OUT}")
AFTER = re.compile(
    r"\b(?:no|non|not|nothing|without|avoid\w*|can'?t|cannot|don'?t|doesn'?t|won'?t|never|skip|hold"
    r"|minus|exclud\w*|free (?:of|from)|away from|sensitiv\w* to|reacts? to|hate)\b"
)
NONE = re.compile(
    r"\b(?:no|not|without|zero|any)\b(?: \w+){0,2} allerg"
    r"|(?:알레르기|알러지)\s*[가는도]?\s*(?:없|아니)"
)
ENDS = re.compile(
    r"[.!?。;\n]+|\bbut\b|\bhowever\b|하지만|그런데|(?<=지만)\s|(?<=는데)[\s,]|(?<=[요다]),"
    r"|,\s*(?=(?:i|i'm|so|please|recommend|suggest|what|which|can|could|do|would|any|give|show|with)\b)"
)
REACH = 7
# Words beside `allergy` that are not what it is an allergy to.
VAGUE_WORDS = (
    "a an any some my the have has had with severe bad mild food foods serious strong terrible of "
    "allergies allergy allergic i i'm im am be is are it them that things something "
    "저는 나는 제가 내가 좀 혹시 음식 식품 심한 약간 조금 알레르기 알러지 무슨 어떤"
)
VAGUE = frozenset(VAGUE_WORDS.split())
TO = re.compile(r"allerg\w* to (.+)")
BEFORE_IT = re.compile(r"(\S+) allerg\w*")
KOREAN = re.compile(r"(\S*?)\s*(?:알레르기|알러지|알레르지|알러르기)")
NEXT = re.compile(r",| and | or |&")
TELLING = (
    "i we so please want need would like love prefer looking recommend suggest what which can "
    "could something anything give show do is there my it that this in on as for"
)
TELLS = frozenset(TELLING.split())


@dataclass(frozen=True)
class Told:
    """What is ruled out; `is_unclear` when an allergy is told of that no code stands for."""

    codes: frozenset[str] = frozenset()
    is_unclear: bool = False

    def __or__(self, other: "Told") -> "Told":
        return Told(self.codes | other.codes, self.is_unclear or other.is_unclear)


def told(texts: Iterable[str]) -> Told:
    """Read what somebody said, one thing after the other; what is said once holds."""
    said = [part for text in texts for part in _parts(text)]
    found = Told()
    for at, part in enumerate(said):
        one = _read(part)
        if one.is_unclear and _is_bare(part):
            # `I have an allergy. Peanuts.` is told in two breaths.
            beside = frozenset().union(*map(named, said[max(0, at - 1) : at + 2]))
            one = Told(one.codes | beside, not beside)
        found |= one
    return found


def each(preferences: Iterable[str]) -> Told:
    """Read preferences, each for itself."""
    found = Told()
    for one in preferences:
        found |= _alone(one)
    return found


@cache
def _alone(preference: str) -> Told:
    return told([preference])


def named(said: str) -> frozenset[str]:
    """Return the allergens that are named, whatever is said of them."""
    return frozenset(code for code, pattern in _names() if pattern.search(said))


def _parts(text: str) -> Iterator[str]:
    plain = unicodedata.normalize("NFKC", text).casefold().replace("\u2019", "'")
    seen = "".join(" " if c in "-\u2010\u2013\u2014_/" else c for c in plain if not _hidden(c))
    for part in ENDS.split(seen):
        if part and (spaced := " ".join(part.split())):
            yield spaced


def _hidden(letter: str) -> bool:
    return unicodedata.category(letter) == "Cf"


def _read(part: str) -> Told:
    if re.search(ALLERGY, part):
        codes = named(part)
        is_unclear = (not codes and not NONE.search(part)) or _names_another(part)
        return Told(codes, is_unclear)
    codes = frozenset[str]()
    for found in BEFORE.finditer(part):
        codes |= named(" ".join(_last(part[: found.start()].split(), found[0])))
    for found in AFTER.finditer(part):
        codes |= named(" ".join(part[found.end() :].split()[:REACH]))
    return Told(codes)


def _last(words: Sequence[str], marker: str) -> Sequence[str]:
    """Return the words before what rules out; `free` is said of what stands right before it."""
    if marker == "free" and not (words and named(" ".join(words[-2:]))):
        return ()
    return words[-REACH:]


def _is_bare(part: str) -> bool:
    """Tell whether an allergy is told of without saying to what."""
    if TO.search(part):
        return False
    if found := BEFORE_IT.search(part):
        return found[1] in VAGUE
    before = KOREAN.search(part)
    return before is None or not _thing(before[1])


def _names_another(part: str) -> bool:
    """Tell whether a list of what somebody is allergic to has something that no code stands for."""
    if found := TO.search(part):
        for item in NEXT.split(found[1]):
            words = [word for word in item.split() if word not in VAGUE]
            if words and words[0] in TELLS:
                return False
            if words and not named(item):
                return True
    if (before := KOREAN.search(part)) is None:
        return False
    joined = re.findall(r"(\S+?)(?:과|와|이랑|랑|하고|,)\s", part[: before.end(1)] + " ")
    return any(_thing(one) and not named(one) for one in [*joined, before[1]])


def _thing(word: str) -> bool:
    """Tell whether a Korean word can be what somebody is allergic to."""
    return bool(word) and word not in VAGUE and not re.search(r"[은는이가도한]$", word)


@cache
def _names() -> tuple[tuple[str, re.Pattern[str]], ...]:
    return tuple((code, re.compile("|".join(_patterns(code)))) for code in ALLERGENS)


def _patterns(code: str) -> Iterator[str]:
    own = ALLERGENS[code]
    said = {*SPOKEN.get(code, "").split(), code.replace("-", "."), own["en"].lower(), own["ko"]}
    for name in sorted(said - SHORT.keys()):
        yield rf"\b{name.removesuffix('s')}(?:e?s)?(?![a-z])" if name.isascii() else name
    for name in (short for short, of in SHORT.items() if of == code):
        yield rf"(?<![가-힣]){name}(?={PARTICLES}(?:{RULED_OUT}|알레르기|알러지|[^가-힣]|$))"
    for name in (short for short, of in ALONE.items() if of == code):
        yield rf"(?<![가-힣]){name}(?=[을를은도이]?(?:\s*알레르기|\s*알러지|$))"
