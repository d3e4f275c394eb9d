"""What words ask for: tastes, strength and story tags, in Korean and in English."""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from core.i18n import Text, pick
from services.search.lexicon import EMPTY, Lexicon
from services.search.tags import TAGS
from services.search.words import words

# Dimension of a tasting, the words that ask for it, and what it is called.
TASTES: Mapping[str, tuple[str, Text]] = {
    "sour": (r"sour|tart|acid|citrus|새콤|신맛|산미|상큼|시큼", {"ko": "새콤함", "en": "tartness"}),
    "sweet": (
        r"sweet|honey|달콤|단맛|달달|단\s*(?:게|것|건|거|술)",
        {"ko": "달콤함", "en": "sweetness"},
    ),
    "fizz": (r"fizz|sparkl|bubbl|탄산|톡\s*쏘|스파클링|청량", {"ko": "탄산", "en": "fizz"}),
    "body": (r"creamy|rich|thick|full.?bod|걸쭉|진한|묵직|부드러", {"ko": "묵직함", "en": "body"}),
    "umami": (r"umami|savou?ry|deep|감칠맛|고소|깊은", {"ko": "감칠맛", "en": "savouriness"}),
    "aroma": (r"fruit|floral|fragran|aroma|과일|꽃|향긋|향이", {"ko": "향", "en": "aroma"}),
    "bitter": (r"bitter|쌉쌀|쓴", {"ko": "쌉쌀함", "en": "bitterness"}),
    "finish": (r"long finish|lingering|여운", {"ko": "긴 여운", "en": "long finish"}),
}
LESS: Mapping[str, Text] = {
    "sweet": {"ko": "달지 않은 맛", "en": "dryness"},
    "sour": {"ko": "둥근 산미", "en": "soft acidity"},
    "fizz": {"ko": "잔잔함", "en": "stillness"},
    "body": {"ko": "가벼운 질감", "en": "light body"},
    "umami": {"ko": "담백함", "en": "plain taste"},
    "aroma": {"ko": "은은한 향", "en": "quiet aroma"},
    "bitter": {"ko": "쓰지 않은 맛", "en": "mildness"},
    "finish": {"ko": "짧은 여운", "en": "short finish"},
}
# How drinks with much of a taste are written about.
WRITTEN: Mapping[str, Text] = {
    "sour": {"ko": "상큼하고 환한 산미, 유자, 오미자", "en": "tart, bright, citrus, berry"},
    "sweet": {"ko": "잘 익은 배처럼 달고", "en": "sweet like ripe pear, honey"},
    "fizz": {"ko": "탄산, 스파클링", "en": "sparkling, bubbles"},
    "body": {"ko": "크림 같은 질감", "en": "cream, thick, round"},
    "umami": {"ko": "깊은 맛", "en": "depth, savoury"},
    "aroma": {"ko": "과일과 꽃 향", "en": "perfume, fruit, flowers"},
    "bitter": {"ko": "쌉쌀한 맛", "en": "clean bitterness"},
    "finish": {"ko": "오래 남는 끝", "en": "long, lingering end"},
}
LIGHTLY: Text = {"ko": "가볍고 부담 없이", "en": "light, easy"}
DRY = re.compile(r"\bdry\b|드라이|안\s*단|달지\s*않|안\s*달")
LIGHT = re.compile(
    r"not too strong|light|easy|mild|low.?alc|beginner|순한|약한|가벼|도수\s*낮|입문|부담"
)
STRONG = re.compile(r"\bstrong(?:er|est)?\b(?<!not too strong)|도수\s*높|독한|센\s*(?:술|거|것)")
NOT = r"(?:not (?:too |very |so )?|less |no[ -]|without |안\s*|덜\s*)"
UNWANTED = r"\S*\s*(?:않|싫|없|말고|빼고)"
LIGHT_ABV, STRONG_ABV, SPREAD = 8.0, 13.0, 8.0
LONGEST = 400


@dataclass(frozen=True)
class Wish:
    """What somebody asks for: 1 for more of a taste and -1 for less; `strength` likewise."""

    tastes: Mapping[str, int] = field(default_factory=dict)
    strength: int = 0
    tags: frozenset[str] = frozenset()

    def __bool__(self) -> bool:
        return bool(self.tastes or self.strength or self.tags)


def read(texts: Iterable[str], lexicon: Lexicon = EMPTY) -> Wish:
    """Read what these texts ask for; what none of the words say is left to their meaning."""
    said = unicodedata.normalize("NFKC", " . ".join(texts)[:LONGEST]).casefold()
    tastes: dict[str, int] = {}
    for name, (asked, _) in TASTES.items():
        less = re.compile(rf"{NOT}(?:{asked})|(?:{asked}){UNWANTED}")
        if less.search(said):
            tastes[name] = -1
        elif re.search(asked, said):
            tastes[name] = 1
    if DRY.search(said):
        tastes["sweet"] = -1
    strength = -1 if LIGHT.search(said) else 1 if STRONG.search(said) else 0
    return Wish(tastes, strength, mentioned(said, TAGS, lexicon))


def mentioned(said: str, names: Mapping[str, str], lexicon: Lexicon) -> frozenset[str]:
    """Return which codes a text names, by their words or by the Korean that each stands for."""
    spoken = words(said)
    runs = {
        tuple(spoken[at : at + size])
        for size in range(1, lexicon.longest + 1)
        for at in range(len(spoken) - size + 1)
    }
    alike = {phrase for run in runs for phrase in lexicon.alike.get(run, ())}
    return frozenset(
        code
        for code, korean in names.items()
        if tuple(words(code)) in runs | alike or _is_said(words(korean), spoken)
    )


def _is_said(phrase: list[str], spoken: list[str]) -> bool:
    """Tell whether a Korean phrase is said, its last word perhaps with a particle."""
    size = len(phrase)
    return size > 0 and any(
        spoken[at : at + size - 1] == phrase[:-1] and spoken[at + size - 1].startswith(phrase[-1])
        for at in range(len(spoken) - size + 1)
    )


def strength_fit(abv: float, wanted: int) -> float:
    """Tell how well a strength in percent fits a wish for a light or a strong drink, 0 to 1."""
    beyond = abv - LIGHT_ABV if wanted < 0 else STRONG_ABV - abv
    return min(1.0, max(0.0, 1 - beyond / SPREAD))


def label(taste: str, wanted: int) -> Text:
    """Name what is wanted of a taste."""
    return TASTES[taste][1] if wanted > 0 else LESS[taste]


def described(wish: Wish, locale: str) -> str:
    """Write about what is wanted as drinks are written about, so that the two can be compared."""
    wanted = [pick(WRITTEN[name], locale) for name, much in wish.tastes.items() if much > 0]
    return ", ".join([*wanted, *([pick(LIGHTLY, locale)] if wish.strength < 0 else [])])
