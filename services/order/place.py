"""How a checkout becomes an order, and how the order is paid."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from core.ids import new_id
from core.money import Money
from core.outbox import GraphChange, UnitOfWork
from models.catalogue import Variant
from models.checkout import Checkout, SalesOrigin
from models.notification import NotificationKind
from models.order import Actor, Order, OrderLine, OrderStatus
from models.payment import Payment
from services import stock
from services.order import codes, machine, news, number

if TYPE_CHECKING:
    from services.pricing import Option, Quote, QuoteLine

BUYERS = {
    SalesOrigin.STOREFRONT: Actor.CUSTOMER,
    SalesOrigin.CHAT: Actor.CUSTOMER,
    SalesOrigin.AGENT: Actor.AGENT,
    SalesOrigin.STAFF: Actor.STAFF,
}


async def place(
    uow: UnitOfWork, checkout: Checkout, quote: "Quote", payment: Payment, *, paid: bool
) -> Order:
    """Make the order of a locked checkout as its quote says, once, and tie the payment to it.

    With `paid` the order is paid as well; without, the payment is still being processed. Calling
    it again gives the same order, and pays it if it was not. Raises OutOfStock when the hold has
    lapsed and nothing is left: the caller gives the money back. The caller ends the checkout.
    """
    order = await of_checkout(uow, checkout.id)
    if order is None:
        order = await _write(uow, checkout, quote)
    payment.order_id = order.id
    if paid:
        await pay(uow, order)
    return order


async def of_checkout(uow: UnitOfWork, checkout_id: str) -> Order | None:
    """Return the order that came of a checkout, locked."""
    found = select(Order).where(Order.checkout_id == checkout_id).with_for_update()
    return (await uow.session.scalars(found)).one_or_none()


async def pay(uow: UnitOfWork, order: Order) -> None:
    """Make a locked order PAID: its units leave the stock. One that is paid already stays as it is.

    Raises OutOfStock, and OrderStateConflict for an order that was canceled meanwhile.
    """
    if order.paid_at is not None:
        return
    machine.move(uow, order, OrderStatus.PAID, Actor.PROVIDER)
    order.paid_at = uow.now()
    await stock.take(uow, order.checkout_id, order.id, await lines_of(uow, order.id))
    codes.owe(uow, order)
    if order.customer_id:
        uow.send(GraphChange("customer", order.customer_id))
    await uow.count("acp_orders_completed_total", channel=order.channel_id)
    total = Money(order.total, order.currency).formatted()
    await news.tell(uow, order, NotificationKind.ORDER_PAID, total=total)


async def lines_of(uow: UnitOfWork, order_id: str) -> Sequence[OrderLine]:
    """Return the lines of an order, as they stand in it."""
    rows = select(OrderLine).where(OrderLine.order_id == order_id).order_by(OrderLine.position)
    return (await uow.session.scalars(rows)).all()


async def _write(uow: UnitOfWork, checkout: Checkout, quote: "Quote") -> Order:
    order = Order(
        id=new_id("ord"),
        number=await number.unused(uow),
        status=OrderStatus.PLACED,
        placed_at=uow.now(),
        **_of_checkout(checkout),
        **_of_quote(quote),
    )
    uow.session.add(order)
    await uow.session.flush()
    variants = await _variants(uow, [line.variant_id for line in quote.lines])
    for position, line in enumerate(quote.lines):
        uow.session.add(_line(order, variants[line.variant_id], line, position))
    actor = BUYERS[order.origin]
    machine.begin(uow, order, actor, order.partner_id or order.customer_id)
    await uow.session.flush()
    return order


def _of_checkout(checkout: Checkout) -> dict[str, Any]:
    same = ("origin", "channel_id", "customer_id", "partner_id", "locale", "email", "note")
    addresses = ("shipping_address", "billing_address")
    told = {name: getattr(checkout, name) for name in (*same, *addresses)}
    return {"checkout_id": checkout.id, **told}


def _of_quote(quote: "Quote") -> dict[str, Any]:
    option = quote.option
    return {
        "currency": quote.currency,
        "subtotal": quote.subtotal,
        "discount": quote.discount,
        "delivery_price": quote.delivery,
        "tax": quote.tax,
        "total": quote.total,
        "gift_card_amount": quote.gift_cards,
        "delivery": _delivery(option) if option else {},
        "delivery_from": option.earliest if option else None,
        "delivery_to": option.latest if option else None,
        "promotions": [
            {
                "id": applied.id,
                "name": dict(applied.name),
                "code": applied.code,
                "amount": applied.amount,
                "reason": dict(applied.reason),
                "gift_sku": applied.gift_sku,
            }
            for applied in quote.promotions
        ],
    }


def _delivery(option: "Option") -> dict[str, Any]:
    return {
        "id": option.id,
        "name": dict(option.name),
        "carrier": option.carrier,
        "adult_signature": option.adult_signature,
    }


async def _variants(uow: UnitOfWork, ids: list[str]) -> dict[str, Variant]:
    rows = await uow.session.scalars(select(Variant).where(Variant.id.in_(ids)))
    return {row.id: row for row in rows}


def _line(order: Order, variant: Variant, line: "QuoteLine", position: int) -> OrderLine:
    return OrderLine(
        id=new_id("oln"),
        order_id=order.id,
        variant_id=variant.id,
        product_id=variant.product_id,
        name=dict(variant.name),
        quantity=line.quantity,
        fulfilled=0,
        refunded=0,
        returned=0,
        unit_price=line.unit_price,
        discount=line.discount,
        tax=line.tax,
        total=line.total,
        position=position,
    )
