"""Refuses words that no store could hold, before one is asked."""

import unicodedata
from collections.abc import Sequence

from core.errors import BadInput

MAX_TEXT = 200
MAX_ITEMS = 100


def clean(text: str, argument: str) -> str:
    """Return the text in NFC, as it is kept: some keyboards take Korean syllables apart.

    Raises BadInput for NUL, lone surrogates, or over 200 characters.
    """
    if len(text) > MAX_TEXT * 4:
        raise BadInput(argument=argument)
    text = unicodedata.normalize("NFC", text)
    if len(text) > MAX_TEXT or "\0" in text or any("\ud800" <= c <= "\udfff" for c in text):
        raise BadInput(argument=argument)
    return text


def clean_all(texts: Sequence[str], argument: str) -> list[str]:
    """Return the texts. Raises BadInput for more than 100, or for one that is not clean."""
    if len(texts) > MAX_ITEMS:
        raise BadInput(argument=argument)
    return [clean(text, argument) for text in texts]


def pattern(text: str) -> str:
    """Return an ILIKE pattern that finds the text as it stands."""
    escaped = text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{escaped}%"
