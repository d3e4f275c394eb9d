"""How paying begins: an intent is written down before the provider is asked."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import Any

from core.ids import new_id
from core.outbox import UnitOfWork
from gateways.payments import Authentication, ChargeRequest
from models.checkout import Checkout, CheckoutStatus
from models.payment import Payment, PaymentStatus
from services import pricing
from services.payment.tasks import payment_changed

# Longer than a call to the provider may take; then its answer is counted as lost.
ANSWERED = timedelta(seconds=45)
GIFT_CARD = "gift_card"
UNCHOSEN = "unchosen"
TOKEN = "shared_payment_token"  # noqa: S105
AUTHENTICATION = "authentication"


@dataclass(frozen=True)
class Wish:
    """How somebody wants to pay.

    `method` is an id (`pm_…`), a granted token (`spt_…`) or a kind (`kakao_pay`); None lets them
    choose in the app. `return_url` is where the provider sends them back to, `authentication`
    3-D Secure that somebody else ran with them.
    """

    method: str | None = None
    return_url: str | None = None
    authentication: Authentication | None = None

    def asked(self) -> dict[str, Any]:
        """Return what a payment keeps of it."""
        told = asdict(self)
        return {name: told[name] for name in told if name != AUTHENTICATION or told[name]}


async def begin(uow: UnitOfWork, checkout: Checkout, quote: pricing.Quote, wish: Wish) -> Payment:
    """Write down what a locked checkout costs and how it is to be paid; gift cards pay at once.

    The checkout is PAYING and its quote is frozen from here on. The caller has used the
    promotions and held the stock in the same transaction; `attempt` comes after its commit.
    """
    payment = Payment(
        id=new_id("pay"),
        checkout_id=checkout.id,
        status=PaymentStatus.INTENT,
        amount=quote.due,
        gift_card_amount=quote.gift_cards,
        currency=quote.currency,
        method=_named(wish.method) if quote.due else GIFT_CARD,
        request=wish.asked(),
        due_at=uow.now() + ANSWERED,
    )
    payment.created_at = uow.now()
    uow.session.add(payment)
    checkout.status, checkout.quote = CheckoutStatus.PAYING, pricing.freeze(quote)
    await uow.session.flush()
    cards = [(card.id, card.amount) for card in quote.cards if card.amount]
    if cards:
        await pricing.spend_cards(uow, spent(payment), cards)
    uow.send(payment_changed(checkout.id))
    return payment


def charge_request(payment: Payment) -> ChargeRequest:
    """Return what the provider is asked for, in the same words each time."""
    asked: Mapping[str, Any] = payment.request
    return ChargeRequest(
        payment_id=payment.id,
        checkout_id=payment.checkout_id,
        amount=payment.amount,
        currency=payment.currency,
        asked_at=payment.created_at,
        method=asked.get("method"),
        return_url=asked.get("return_url"),
        authentication=Authentication(**proof) if (proof := asked.get(AUTHENTICATION)) else None,
    )


def spent(payment: Payment) -> str:
    """Return the reference of what gift cards paid."""
    return f"spent:{payment.id}"


def returned(payment: Payment) -> str:
    """Return the reference of what went back onto gift cards because nothing came of it."""
    return f"returned:{payment.id}"


def _named(method: str | None) -> str:
    if method is None:
        return UNCHOSEN
    if method.startswith("spt_"):
        return TOKEN
    return "card" if method.startswith("pm_") else method
