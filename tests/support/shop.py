"""Orders for tests, made as a payment makes them: a real quote, a payment, and `order.place`."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from app import App
from core.ids import new_id
from models.checkout import Checkout, CheckoutStatus, SalesOrigin
from models.payment import LedgerEntry, Payment, PaymentStatus
from services import order, pricing

ADDRESS: dict[str, Any] = {
    "recipient": "김민수",
    "phone": "010-1234-5678",
    "line1": "서울특별시 중구 세종대로 110",
    "line2": "3층",
    "city": None,
    "region": "서울특별시",
    "postal_code": "04524",
    "country": "KR",
}
DELIVERY = {"kr": "kr-chilled", "us": "us-ground", "apec": "apec-pickup"}
BOTTLE, SMALL = "nerd12-signature-500", "nerd12-signature-180"


@dataclass(frozen=True)
class Bought:
    """An order that a test made; `lines` are line ids by variant."""

    id: str
    number: str
    checkout_id: str
    payment_id: str
    lines: Mapping[str, str]
    total: int


async def buy(
    host: App,
    customer_id: str | None,
    units: Mapping[str, int] | None = None,
    *,
    paid: bool = True,
    email: str = "buyer@example.com",
    origin: SalesOrigin = SalesOrigin.STOREFRONT,
    channel: str = "kr",
    partner_id: str | None = None,
) -> Bought:
    """Make an order of so many units by variant, three bottles if left out."""
    wanted = dict(units or {BOTTLE: 3})
    async with host.begin() as uow:
        checkout = Checkout(
            id=new_id("chk"),
            status=CheckoutStatus.PAYING,
            origin=origin,
            channel_id=channel,
            customer_id=customer_id,
            partner_id=partner_id,
            locale="ko",
            email=email,
            shipping_address=ADDRESS,
            expires_at=uow.now(),
        )
        uow.session.add(checkout)
        await uow.session.flush()
        address = {name: ADDRESS[name] for name in ("region", "postal_code", "country")}
        way = {"customer_id": customer_id, "delivery_method_id": DELIVERY[channel], **address}
        cart = pricing.Cart(channel, list(wanted.items()), **way)
        quote = await pricing.quote(uow.session, cart, uow.now())
        payment = _payment(checkout, quote, paid)
        uow.session.add(payment)
        await uow.session.flush()
        row = await order.place(uow, checkout, quote, payment, paid=paid)
        checkout.status, checkout.ended_at = CheckoutStatus.COMPLETED, uow.now()
        if paid:
            _booked(uow.session, payment)
        lines = {line.variant_id: line.id for line in await order.lines_of(uow, row.id)}
    return Bought(row.id, row.number, checkout.id, payment.id, lines, quote.total)


async def pay(host: App, bought: Bought) -> None:
    """Have the payment of an order succeed that was being processed."""
    async with host.begin() as uow:
        payment = await uow.session.get_one(Payment, bought.payment_id)
        payment.status, payment.settled_at = PaymentStatus.SUCCEEDED, uow.now()
        row = await order.of_checkout(uow, bought.checkout_id)
        assert row is not None
        await order.pay(uow, row)
        _booked(uow.session, payment)


def _payment(checkout: Checkout, quote: pricing.Quote, paid: bool) -> Payment:
    status = PaymentStatus.SUCCEEDED if paid else PaymentStatus.PROCESSING
    return Payment(
        id=new_id("pay"),
        checkout_id=checkout.id,
        status=status,
        amount=quote.due,
        gift_card_amount=0,
        currency=quote.currency,
        method="card",
        request={"method": "pm_card_visa", "return_url": None},
        provider_id=new_id("pi"),
        settled_at=checkout.expires_at if paid else None,
    )


def _booked(session: Any, payment: Payment) -> None:
    entry = LedgerEntry(account="provider", reference=payment.id, amount=payment.amount)
    entry.order_id, entry.currency = payment.order_id, payment.currency
    session.add(entry)
