"""What hangs on checkouts: how they stand, their payment, their order."""

from sqlalchemy import select

from dataloaders.base import LoaderSet, maybe
from models.checkout import Checkout
from models.order import Order
from models.payment import Payment
from services import checkout as checkouts


class CheckoutLoaders(LoaderSet):
    """Loaders of checkouts. Who may see one is decided before it is loaded."""

    @maybe
    async def checkout(self, ids: list[str]) -> dict[str, checkouts.CheckoutView]:
        """Load how checkouts stand."""
        async with self.db.read() as session:
            rows = list(await session.scalars(select(Checkout).where(Checkout.id.in_(ids))))
            return {
                row.id: await checkouts.view(session, self.settings, row, self.now())
                for row in rows
            }

    @maybe
    async def current_checkout(self, ids: list[str]) -> dict[str, checkouts.CheckoutView]:
        """Load the open cart of each customer."""
        async with self.db.read() as session:
            found = {id: await checkouts.current(session, id) for id in ids}
            return {
                id: await checkouts.view(session, self.settings, row, self.now())
                for id, row in found.items()
                if row
            }

    @maybe
    async def payment_of_checkout(self, ids: list[str]) -> dict[str, Payment]:
        """Load the latest payment of each checkout."""
        rows = select(Payment).where(Payment.checkout_id.in_(ids)).order_by(Payment.id)
        async with self.db.read() as session:
            return {row.checkout_id: row for row in await session.scalars(rows)}

    @maybe
    async def order_of_checkout(self, ids: list[str]) -> dict[str, Order]:
        """Load the order that came of each checkout."""
        async with self.db.read() as session:
            rows = await session.scalars(select(Order).where(Order.checkout_id.in_(ids)))
            return {row.checkout_id: row for row in rows}
