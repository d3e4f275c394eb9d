"""Korean and English: texts kept as `{"ko": …, "en": …}`, and the language of a request."""

from collections.abc import Mapping
from contextvars import ContextVar

type Text = Mapping[str, str]

LOCALES = ("ko", "en")
DEFAULT_LOCALE = "ko"

# Set once for each operation: reading it costs a tenth of a resolver for every text on a page.
current_locale: ContextVar[str] = ContextVar("locale", default=DEFAULT_LOCALE)


def pick(text: Text, locale: str) -> str:
    """Return the text in this language, else in Korean, else in any."""
    return text.get(locale) or text.get(DEFAULT_LOCALE) or next(iter(text.values()), "")


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
