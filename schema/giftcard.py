"""Gift cards as staff give them out."""

from datetime import datetime
from typing import Annotated, Any

import strawberry

from core import money
from models import promotion as models
from schema.base import Node, View
from schema.context import Info
from schema.errors import IdempotencyConflict, InvalidInput, NotFound
from schema.money import Money
from schema.node import nodes_of
from services import giftcard

PERMISSION = "giftcards.issue"


@strawberry.type
class GiftCardKind(View[models.GiftCardKind]):
    """A gift card of the catalogue."""

    id: strawberry.ID
    """What `issueGiftCard` takes."""
    name: str
    """What it is called."""
    expires_days: int | None
    """How long a new one lasts; for ever without."""

    @strawberry.field
    def amount(self) -> Money:
        """What a new one holds."""
        return Money.of(money.Money(self.row.amount, self.row.currency))


@strawberry.type
class GiftCard(View[models.GiftCard], Node):
    """A gift card that was given out. Its code is told once, to who gave it out."""

    last_four: str
    """The end of its code."""
    expires_at: datetime | None
    """When it ends; never without."""

    @strawberry.field
    def balance(self) -> Money:
        """What is left on it."""
        return Money.of(money.Money(self.row.balance, self.row.currency))


@nodes_of("gft")
async def gift_cards(info: Info, ids: list[str]) -> dict[str, Any]:
    """Find gift cards, for staff that gives them out."""
    if PERMISSION not in info.context.viewer.permissions:
        return {}
    async with info.context.db.read() as session:
        rows = await giftcard.by_ids(session, ids)
    return {row.id: GiftCard.of(row) for row in rows}


@strawberry.input
class IssueGiftCardInput:
    """The gift card to give out."""

    kind_id: strawberry.ID
    """One of `giftCardKinds`."""
    idempotency_key: str
    """A key of your making: the same request sent again with it gives the same card and code."""


@strawberry.type
class IssuedGiftCard:
    """A gift card and its code, which is shown this once: hand it on, it cannot be asked for."""

    card: GiftCard
    """The card, full."""
    card_code: str
    """20 letters and digits in groups of four, such as `7K2M-…`; reading it aloud is fine."""


IssueGiftCardResult = Annotated[
    IssuedGiftCard | NotFound | InvalidInput | IdempotencyConflict,
    strawberry.union("IssueGiftCardResult"),
]
