"""What becomes of a payment: an order, another try, or the money back."""

from models.checkout import CheckoutStatus
from models.order import OrderStatus
from models.payment import PaymentStatus
from tests.payment.till import Till


async def test_a_payment_becomes_an_order(till: Till) -> None:
    row = await till.paid()
    assert row.status is PaymentStatus.SUCCEEDED
    order = await till.order(row.id)
    assert order is not None
    assert (order.status, order.id) == (OrderStatus.PAID, row.order_id)
    assert (await till.checkout(row.id)).status is CheckoutStatus.COMPLETED
    assert await till.ledger(row.id) == {"provider": row.amount}
    (charge,) = till.charges(row.id)
    assert (charge["amount"], charge["currency"]) == (row.amount, "krw")
    assert row.client_secret is None
    assert row.due_at is None
