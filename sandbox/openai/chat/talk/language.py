"""Words, stems, particles and numerals of Korean and English; nothing about any product."""

import re
from functools import lru_cache

HANGUL = re.compile(r"[가-힣]")
_WORD = re.compile(r"[가-힣]+|[a-z]+(?:'[a-z]+)?|\d+(?:\.\d+)?")
_SENTENCE = re.compile(r"(?<=[.!?。…])[\"'”’)]*\s+|\n+")

NUMERALS = {
    "하나": 1, "한": 1, "둘": 2, "두": 2, "셋": 3, "세": 3, "서": 3, "석": 3, "넷": 4, "네": 4,
    "넉": 4, "다섯": 5, "여섯": 6, "일곱": 7, "여덟": 8, "아홉": 9, "열": 10, "열하나": 11,
    "열한": 11, "열둘": 12, "열두": 12, "열셋": 13, "열세": 13, "열네": 14, "열넷": 14,
    "열다섯": 15, "열여섯": 16, "스물": 20, "스무": 20, "서른": 30, "마흔": 40, "쉰": 50, "백": 100,
    "one": 1, "single": 1, "two": 2, "couple": 2, "pair": 2, "three": 3, "four": 4, "five": 5,
    "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10, "eleven": 11, "twelve": 12,
    "dozen": 12, "thirteen": 13, "fourteen": 14, "fifteen": 15, "sixteen": 16, "twenty": 20,
    "thirty": 30, "hundred": 100,
}  # fmt: skip
_SINO = {"일": 1, "이": 2, "삼": 3, "사": 4, "오": 5, "육": 6, "칠": 7, "팔": 8, "구": 9}
_TENS = re.compile(r"([일이삼사오육칠팔구]?)십([일이삼사오육칠팔구]?)")
_WHOLE = [word for word in NUMERALS if len(word) > 1]
_NUMERAL = "|".join(sorted(map(re.escape, NUMERALS), key=len, reverse=True))
_UNIT = r"병|개|박스|상자|세트|캔|독|묶음"
_COUNTS = (
    re.compile(rf"(?<![A-Za-z가-힣\d.])(\d{{1,3}}|{_NUMERAL}|[일이삼사오육칠팔구]?십[일이삼사오육칠팔구]?)"
               rf"\s*(?:{_UNIT})(?!을?\s*따)"),
    re.compile(rf"(?<![\w.])(\d{{1,3}}|{_NUMERAL})\s+(?:more\s+|of\s+)?(?:\w+\s+){{0,3}}?"
               r"(?:bottles?|packs?|sets?|boxes|box|cans?|of)\b"),
    re.compile(r"(?<![\w.])(\d{1,3})\s*[x×]\s|\bx\s*(\d{1,3})\b"),
    re.compile(r"(?:buy|order|add|get|take|want|send|have)\s+(?:me\s+|us\s+)?(?:an?\s+)?"
               rf"(\d{{1,3}}|{_NUMERAL})\b"),
    re.compile(rf"(?<![A-Za-z가-힣\d.])({_NUMERAL})\s*(?:을|를)?\s*(?:줘|주세|담|살|부탁)"),
    re.compile(rf"(?<![\w.])(\d{{1,3}}|{_NUMERAL})\s+(?=[a-z가-힣]+\d)"),
)  # fmt: skip

_ENDINGS = (
    "이라는", "이라고", "인가요", "입니까", "습니까", "습니다", "입니다", "이에요", "했어요",
    "했나요", "하나요", "한가요", "할까요", "하세요", "해주세요", "주세요", "인지", "인가", "예요", "이야",
    "나요", "까요", "어요", "아요", "해요", "네요", "지요", "는데", "하는", "하고", "해서", "하면", "해줘",
)  # fmt: skip
_PARTICLES = (
    "에서는", "에서도", "으로는", "으로도", "에게서", "한테서", "이라도", "이랑", "에서", "으로", "에게",
    "한테", "까지", "부터", "처럼", "보다", "마다", "이나", "하고", "에는", "에도", "라도", "은", "는",
    "이", "가", "을", "를", "에", "의", "로", "와", "과", "도", "만", "요", "랑",
)  # fmt: skip
_AFTER_ONE = frozenset({"은", "는", "을", "를", "에", "의", "에서", "으로", "에는"})
_STOP = frozenset(
    re.split(
        r"\s+",
        """왜 뭐 무엇 무슨 어떤 어떻게 어디 언제 누가 누구 얼마나 그 저 이 좀 더 것 거 수 때 일 있 있어 있었 없 없어
        알 알려 말해 말 이야기 얘기 들려 들려줘 궁금 궁금해 대해 대한 대해서 관해 해 하 한 할 했 되 돼 된 주 줘 줄래 주세 나 저는 제가
        우리 당신 그리고 그럼 근데 정말 진짜 혹시 같은 같 이거 그거 저거 건가 거예 건 게 네 응 예 도 년 월 씨 님 싶 싶어
        너무 아주 많이 몇 그렇 이렇 the a an and or but if is are was were be been do does did come comes came you your
        yours i me my we our us it its this that these those there here what which who whom whose
        when where why how of in on at to for from with about by as into than then so very much more
        most some any can could would should will shall may might must have has had tell say know story stories tale
        please give let like want need use used one ones thing things something anything happened
        happen happens really just also too not no yes hi hello s t re ve ll d m""",
    )
)
_LIKE = (
    ("make", "made", "brew", "brewed", "brewing"), ("만들", "빚"), ("sour", "tart", "tangy"),
    ("새콤", "신맛", "시었", "상큼", "산미"), ("fruity", "fruit", "berry", "citrus"),
    ("과일", "열매"), ("sweet", "honey"), ("달콤", "단맛", "달고", "달큰", "달"), ("light", "mild", "gentle"),
    ("가벼", "순한", "산뜻"), ("nutty", "nuts", "roasted"), ("고소", "견과"), ("fizzy", "sparkling", "bubbles"),
    ("탄산", "톡", "스파클"), ("dry", "clean"), ("드라이", "담백"), ("founder", "found", "founded", "founding", "first"),
    ("창업", "창립", "설립", "처음", "첫"), ("history", "era", "dynasty", "centuries", "heritage"),
    ("역사", "조선", "옛날", "예부터", "유산"),
    ("rain", "rainy"), ("pour", "pouring"), ("따르", "따라"), ("manners", "etiquette"), ("예절", "예의"),
    ("strong", "strength", "percent", "abv"), ("도수", "알코올"), ("wheat", "gluten", "allergen"),
    ("밀가루", "밀", "알레르기"), ("deep", "rich", "umami"), ("깊은", "깊이", "진한", "감칠맛"),
)  # fmt: skip
_STRENGTH = re.compile(r"\d\s*(도(?![가-힣]*(시|자))|%)|몇\s*도")
_GROUP = {word: f"~{number}" for number, words in enumerate(_LIKE) for word in words}


def locale_of(text: str) -> str | None:
    """The language of a text, None when it has no letters."""
    if HANGUL.search(text):
        return "ko"
    return "en" if re.search(r"[A-Za-z]", text) else None


def sentences(text: str) -> list[str]:
    """A text cut behind its full stops."""
    return [part.strip() for part in _SENTENCE.split(text) if part and part.strip()]


@lru_cache(4096)
def stem(word: str) -> str:
    """A word without what grammar hung on it."""
    if not HANGUL.match(word):
        return _english(word)
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= 1:
            word = word[: -len(ending)]
            break
    for particle in _PARTICLES:
        rest = len(word) - len(particle)
        if word.endswith(particle) and (rest >= 2 or (rest == 1 and particle in _AFTER_ONE)):
            return word[: -len(particle)]
    return word


def _english(word: str) -> str:
    word = word.removesuffix("'s")
    for ending in ("ing", "ed", "es", "s"):
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            return word[: -len(ending)]
    return word


def terms(text: str) -> list[str]:
    """The stems of a text's words in order, numerals as digits, without words that say little."""
    found: list[str] = []
    for word in _WORD.findall(text.lower()):
        if word in _STOP:
            continue
        root = stem(word)
        if root in _STOP or (len(root) == 1 and root.isalpha() and root.isascii()):
            continue
        if len(root) == 2 and root[0] in _STOP and root[1] in "이가로와과만나":
            continue
        found.append(group(word) or group(root) or root)
        if (number := numeral(root)) is not None and len(root) > 1:
            found.append(str(number))
    if _STRENGTH.search(text):
        found.append(_GROUP["도수"])
    return found


def keywords(text: str) -> list[str]:
    """The words that carry a question, as one would type them into a search."""
    stems = ((word, stem(word)) for word in _WORD.findall(text.lower()) if word not in _STOP)
    return [root if HANGUL.match(word) else word for word, root in stems if root not in _STOP]


@lru_cache(4096)
def group(word: str) -> str | None:
    """The name of a group of words that mean the same; Korean ones by how they begin."""
    if word in _GROUP or not HANGUL.match(word):
        return _GROUP.get(word)
    heads = (head for head in _GROUP if len(head) > 1 and word.startswith(head))
    return next((_GROUP[head] for head in heads), None)


def numeral(word: str) -> int | None:
    """A number in words or digits."""
    if word.isdigit():
        return int(word)
    if word in NUMERALS:
        return NUMERALS[word]
    if tens := _TENS.fullmatch(word):
        return _SINO.get(tens[1], 1) * 10 + _SINO.get(tens[2], 0)
    head = next((known for known in _WHOLE if word.startswith(known) and HANGUL.match(word)), None)
    return NUMERALS[head] if head and len(head) > 1 and len(word) - len(head) <= 1 else None


def spelled(number: int, is_korean: bool) -> list[str]:
    """A number as words."""
    return [
        word for word, known in NUMERALS.items()
        if known == number and bool(HANGUL.match(word)) == is_korean and len(word) > 1
    ]  # fmt: skip


def quantity(text: str) -> int | None:
    """How many of something a text asks for."""
    counted = quantities(text)
    return counted[0][0] if counted else None


def quantities(text: str) -> list[tuple[int, int, int]]:
    """Every amount in a text with where it begins and ends."""
    lowered, found = text.lower(), list[tuple[int, int, int]]()
    for pattern in _COUNTS:
        for match in pattern.finditer(lowered):
            said = next(part for part in match.groups() if part)
            number = numeral(said)
            overlaps = any(start < match.end() and match.start() < end for _, start, end in found)
            if number is not None and not overlaps:
                found.append((number, match.start(), match.end()))
    return sorted(found, key=lambda one: one[1])


def matches(one: str, other: str) -> bool:
    """Whether two stems are of one word."""
    if one == other:
        return True
    if one.startswith("~") or other.startswith("~") or one.isdigit() or other.isdigit():
        return False
    short, long = sorted((one, other), key=len)
    if HANGUL.match(one):
        return len(short) >= 2 and (long.startswith(short) or short[:3] == long[:3] != short)
    return len(short) >= 4 and long.startswith(short) and len(long) - len(short) <= 3


def josa(word: str, with_final: str, without: str) -> str:
    """A word with the particle that its last sound asks for: 술을, 막걸리를."""
    last = word.rstrip("\"'”’)]. ")[-1:]
    if "가" <= last <= "힣":
        has_final = (ord(last) - ord("가")) % 28 != 0
    elif last.isdigit():
        has_final = last in "013678"
    else:
        has_final = last.lower() in "lmnbkpt"
    return word + (with_final if has_final else without)
