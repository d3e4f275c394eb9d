"""Gift cards: giving them out, spending them, giving back what was spent."""

from services.giftcard.cards import cards, find_card, give_out, issue, return_cards, spend_cards
from services.giftcard.codes import code_of
from services.giftcard.errors import GiftCardRefused

__all__ = [
    "GiftCardRefused",
    "cards",
    "code_of",
    "find_card",
    "give_out",
    "issue",
    "return_cards",
    "spend_cards",
]
