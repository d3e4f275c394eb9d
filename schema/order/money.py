"""What was paid for an order, and what went back."""

from datetime import datetime

import strawberry

from core import money
from dataloaders import Loaders
from models import payment as models
from models.payment import PaymentStatus, RefundStatus
from schema.base import Node, View, related
from schema.money import Money
from schema.order.line import OrderLine

strawberry.enum(PaymentStatus)
strawberry.enum(RefundStatus)


@strawberry.type
class Payment(View[models.Payment], Node):
    """A charge for an order."""

    status: PaymentStatus
    """Where it stands."""
    method: str
    """How it was paid: `card`, `kakao_pay`, `gift_card`, …"""

    @strawberry.field
    def amount(self) -> Money:
        """All of it, what gift cards paid included."""
        total = self.row.amount + self.row.gift_card_amount
        return Money.of(money.Money(total, self.row.currency))

    @strawberry.field
    def gift_cards(self) -> Money:
        """The part that gift cards paid."""
        return Money.of(money.Money(self.row.gift_card_amount, self.row.currency))

    @strawberry.field
    def at(self) -> datetime:
        """When it ended, or else when it began."""
        return self.row.settled_at or self.row.created_at


@strawberry.type
class RefundLine(View[models.RefundLine]):
    """How many units of a line a refund pays back."""

    quantity: int
    """How many."""
    line: OrderLine = related(
        Loaders.order_line,
        OrderLine.of,
        key=lambda root: root.row.order_line_id,
        description="Of what.",
    )


@strawberry.type
class Refund(View[models.Refund], Node):
    """Money of an order that goes back."""

    status: RefundStatus
    """Where it stands."""
    reason: str
    """Why, in the words of who asked for it."""
    lines: list[RefundLine] = related(
        Loaders.lines_of_refund,
        RefundLine.each,
        description="The units that it pays back; of goodwill none.",
    )

    @strawberry.field
    def amount(self) -> Money:
        """All of it, what goes onto gift cards included."""
        total = self.row.amount + self.row.gift_card_amount
        return Money.of(money.Money(total, self.row.currency))

    @strawberry.field
    def gift_cards(self) -> Money:
        """The part that goes back onto gift cards."""
        return Money.of(money.Money(self.row.gift_card_amount, self.row.currency))

    @strawberry.field
    def at(self) -> datetime:
        """When it was asked for."""
        return self.row.created_at
