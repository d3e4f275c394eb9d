"""What each checkout mutation may answer."""

from typing import TYPE_CHECKING, Annotated

import strawberry

from models.checkout import CheckoutStatus
from schema.base import View
from schema.checkout.checkout import Checkout, show
from schema.checkout.problems import CheckoutProblemUnion, InsufficientStock, shown
from schema.checkout_parts import GiftCardRefused, PromotionRefused
from schema.context import Info
from schema.errors import (
    IdempotencyConflict,
    InvalidInput,
    NotFound,
    RateLimited,
    UserError,
    error_for,
)
from services import checkout, stock
from services.checkout import Completion

if TYPE_CHECKING:
    from schema.order import Order


@error_for(checkout.CheckoutClosed)
@strawberry.type
class CheckoutClosed(UserError):
    """Its state does not allow it any more."""

    status: CheckoutStatus
    """Where it stands."""
    checkout_id: strawberry.Private[str]

    @strawberry.field
    async def order(self, info: Info) -> Annotated["Order", strawberry.lazy("schema.order")] | None:
        """What came of it."""
        from schema.order import Order

        return Order.maybe(await info.context.loaders.order_of_checkout.load(self.checkout_id))


@error_for(checkout.VariantNotSold)
@strawberry.type
class VariantNotSold(UserError):
    """No such variant, or this channel does not sell it."""


@error_for(stock.ReservationNotExtendable)
@strawberry.type
class ReservationNotExtendable(UserError):
    """It was extended before, or nothing is kept."""


@error_for(checkout.TotalChanged)
@strawberry.type
class TotalChanged(UserError):
    """The total is not what the customer agreed to: show it, and ask again."""

    checkout_id: strawberry.Private[str]

    @strawberry.field
    async def checkout(self, info: Info) -> Checkout:
        """How it stands now."""
        return await show(info, self.checkout_id)


@error_for(checkout.CheckoutIncomplete)
@strawberry.type
class CheckoutIncomplete(UserError):
    """Something is missing before it can be paid."""

    checkout_id: strawberry.Private[str]

    @strawberry.field
    async def problems(self, info: Info) -> list[CheckoutProblemUnion]:
        """What."""
        seen = await info.context.loaders.checkout.load(self.checkout_id)
        return shown(seen.problems, seen) if seen else []


@error_for(checkout.PaymentDeclined)
@strawberry.type
class PaymentDeclined(UserError):
    """The provider said no; nothing was paid."""

    decline_code: str
    """Why, as the provider calls it, such as insufficient_funds."""


@error_for(checkout.PaymentPending)
@strawberry.type
class PaymentPending(UserError):
    """The outcome is being looked up; `checkoutChanged` will tell. Do not pay again."""

    checkout_id: strawberry.Private[str]

    @strawberry.field
    async def checkout(self, info: Info) -> Checkout:
        """How it stands now."""
        return await show(info, self.checkout_id)


@strawberry.type
class CheckoutCompletion(View[Completion]):
    """It is paid, or being paid."""

    @strawberry.field
    async def checkout(self, info: Info) -> Checkout:
        """How it stands: PAYING asks for an action of the customer, see `payment`."""
        return await show(info, self.row.checkout.id)

    @strawberry.field
    async def order(self, info: Info) -> Annotated["Order", strawberry.lazy("schema.order")] | None:
        """What was bought; null while the customer still has something to do."""
        from schema.order import Order

        return Order.maybe(await info.context.loaders.order_of_checkout.load(self.row.checkout.id))


StartCheckoutResult = Annotated[
    Checkout
    | InsufficientStock
    | VariantNotSold
    | InvalidInput
    | IdempotencyConflict
    | RateLimited,
    strawberry.union("StartCheckoutResult"),
]
UpdateCheckoutResult = Annotated[
    Checkout
    | CheckoutClosed
    | InsufficientStock
    | VariantNotSold
    | PromotionRefused
    | GiftCardRefused
    | ReservationNotExtendable
    | InvalidInput
    | NotFound
    | IdempotencyConflict
    | RateLimited,
    strawberry.union("UpdateCheckoutResult"),
]
CompleteCheckoutResult = Annotated[
    CheckoutCompletion
    | CheckoutIncomplete
    | TotalChanged
    | InsufficientStock
    | PromotionRefused
    | GiftCardRefused
    | PaymentDeclined
    | PaymentPending
    | CheckoutClosed
    | InvalidInput
    | NotFound
    | IdempotencyConflict
    | RateLimited,
    strawberry.union("CompleteCheckoutResult"),
]
