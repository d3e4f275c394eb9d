"""Gift cards: giving them out, spending them, giving back what was spent."""

from services.giftcard.cards import (
    by_ids,
    cards,
    find_card,
    give_out,
    issue,
    kinds,
    return_cards,
    spend_cards,
)
from services.giftcard.codes import code_of
from services.giftcard.errors import GiftCardRefused
from services.giftcard.sandbox import SandboxCard, sandbox_cards, seed_cards

__all__ = [
    "GiftCardRefused",
    "SandboxCard",
    "by_ids",
    "cards",
    "code_of",
    "find_card",
    "give_out",
    "issue",
    "kinds",
    "return_cards",
    "sandbox_cards",
    "seed_cards",
    "spend_cards",
]
