"""The codes of gift cards."""

from core import codes
from core.codes import plain
from core.settings import Settings

__all__ = ["code_of", "hash_of", "plain"]


def code_of(settings: Settings, card_id: str) -> str:
    """Return a card's code, such as `7K2M-Q9XT-…`; the same each time, and nowhere kept."""
    return codes.code_of(settings.commerce_secret, "card", card_id)


def hash_of(settings: Settings, letters: str) -> str:
    """Return what is kept of a code."""
    return codes.hash_of(settings.commerce_secret, "code", letters)
