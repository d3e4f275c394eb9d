"""What each order mutation may answer."""

from typing import Annotated

import strawberry

from models.order import OrderStatus
from models.payment import RefundStatus
from schema.errors import IdempotencyConflict, InvalidInput, NotFound, UserError, error_for
from schema.money import Money
from schema.order.money import Refund
from schema.order.order import Order
from services import order


@error_for(order.OrderStateConflict)
@strawberry.type
class OrderStateConflict(UserError):
    """Not now, or not by you: its state does not allow it."""

    status: OrderStatus
    """Where it stands."""
    next_states: list[OrderStatus]
    """What may come next."""


@error_for(order.RefundExceedsCharge)
@strawberry.type
class RefundExceedsCharge(UserError):
    """More than what is left of the money that was paid."""

    refundable: Money
    """What is left."""

    @classmethod
    def details(cls, error: order.RefundExceedsCharge) -> dict[str, object]:
        """Show the amount."""
        return {"refundable": Money.of(error.refundable)}


@error_for(order.RefundNotRetryable)
@strawberry.type
class RefundNotRetryable(UserError):
    """It did not fail, or was tried again already."""

    status: RefundStatus
    """Where it stands."""


ChangeOrderResult = Annotated[
    Order | OrderStateConflict | InvalidInput | NotFound | IdempotencyConflict,
    strawberry.union("ChangeOrderResult"),
]
RefundOrderResult = Annotated[
    Order
    | RefundExceedsCharge
    | OrderStateConflict
    | InvalidInput
    | NotFound
    | IdempotencyConflict,
    strawberry.union("RefundOrderResult"),
]
RetryRefundResult = Annotated[
    Refund
    | RefundNotRetryable
    | RefundExceedsCharge
    | InvalidInput
    | NotFound
    | IdempotencyConflict,
    strawberry.union("RetryRefundResult"),
]
