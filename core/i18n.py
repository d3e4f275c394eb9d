"""Korean and English: texts kept as `{"ko": …, "en": …}`, and the language of a request."""

import re
from collections.abc import Mapping
from contextvars import ContextVar

type Text = Mapping[str, str]

LOCALES = ("ko", "en")

PARTICLES = {
    "을(를)": ("을", "를"),
    "이(가)": ("이", "가"),
    "은(는)": ("은", "는"),
    "와(과)": ("과", "와"),
    "과(와)": ("과", "와"),
    "(으)로": ("으로", "로"),
}
PARTICLE = re.compile("(.)(" + "|".join(map(re.escape, PARTICLES)) + ")")
RIEUL = 8
# Digits and letters as a Korean reader says them: 6 is 육, 8 is 팔, L is 엘.
SPOKEN_FINALS = {"0": 21, "1": 8, "3": 16, "6": 1, "7": 8, "8": 8, "l": 8, "m": 16, "n": 4, "r": 8}
DEFAULT_LOCALE = "ko"

# Set once for each operation: reading it costs a tenth of a resolver for every text on a page.
current_locale: ContextVar[str] = ContextVar("locale", default=DEFAULT_LOCALE)


def pick(text: Text, locale: str) -> str:
    """Return the text in this language, else in Korean, else in any."""
    return text.get(locale) or text.get(DEFAULT_LOCALE) or next(iter(text.values()), "")


def with_particles(text: str) -> str:
    """Choose the Korean particle that fits the sound before it: 술을, 막걸리를, 서울로, 집으로."""
    return PARTICLE.sub(_particle, text)


def _particle(match: re.Match[str]) -> str:
    before, marks = match.groups()
    after_consonant, after_vowel = PARTICLES[marks]
    final = _final_consonant(before)
    # Before 로, a final ㄹ counts as a vowel.
    is_open = final == 0 or (marks == "(으)로" and final == RIEUL)
    return before + (after_vowel if is_open else after_consonant)


def _final_consonant(letter: str) -> int:
    """Return which consonant a sound ends in, as Hangul syllables count them; 0 for a vowel."""
    if "가" <= letter <= "힣":
        return (ord(letter) - ord("가")) % 28
    return SPOKEN_FINALS.get(letter.lower(), 0)


def negotiate(accept_language: str | None, fallback: str = DEFAULT_LOCALE) -> str:
    """Choose a language from an `Accept-Language` header (RFC 9110, 12.5.4)."""
    ranked: list[tuple[float, int, str]] = []
    for position, part in enumerate((accept_language or "")[:500].split(",")):
        tag, _, parameter = part.strip().partition(";")
        language = tag.strip().lower().split("-")[0]
        if language in LOCALES:
            ranked.append((-_quality(parameter), position, language))
    wanted = [language for quality, _, language in sorted(ranked) if quality < 0]
    return wanted[0] if wanted else fallback


def _quality(parameter: str) -> float:
    try:
        return float(parameter.strip().removeprefix("q=") or 1)
    except ValueError:
        return 0.0
