"""The open cart of a customer, as a field of the customer."""

import strawberry

from dataloaders import Loaders
from models.account import Customer as CustomerRow
from schema.base import View, related
from schema.checkout import Checkout


@strawberry.type
class CustomerCheckout(View[CustomerRow]):
    """What a customer is about to buy."""

    checkout: Checkout | None = related(
        Loaders.current_checkout,
        Checkout.maybe,
        key=lambda root: root.row.id,
        description="The latest checkout that is not ended.",
    )
