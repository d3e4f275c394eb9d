"""Checkouts on the point of being paid, and what became of them."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import select, update
from stripe import StripeClient

from app import App
from core.clock import clock
from core.ids import new_id
from models.checkout import Checkout, CheckoutStatus, SalesOrigin
from models.order import Order
from models.payment import LedgerEntry, Payment, PaymentStatus, Refund, RefundStatus
from models.promotion import GiftCard, GiftCardMove
from models.stock import StockLot, StockMove, StockReason
from sandbox.stripe.server import StripeControl
from services import payment, pricing, refund, stock
from tests.conftest import World
from tests.support.shop import ADDRESS, SMALL

HOOK = "/webhooks/stripe"


@dataclass
class Till:
    """One shop."""

    world: World
    host: App
    bank: StripeControl
    sdk: StripeClient
    """The customer's side: what an app does with the provider itself."""

    @property
    def hook(self) -> str:
        """Where the provider tells what happened."""
        return self.world.url + HOOK

    def listen(self, *, hold: bool = False) -> None:
        """Have the provider send its events here; held ones wait to be asked for."""
        self.bank.webhook(self.hook, self.world.env["STRIPE_WEBHOOK_SECRET"], hold=hold)

    def later(self, **span: float) -> None:
        """Move this shop's clock ahead."""
        self.host.begin.now = clock(timedelta(**span).total_seconds())

    async def intent(self, method: str | None = "pm_card_visa", **more: Any) -> str:
        """Begin to pay for one small bottle; the payment's id."""
        return (await self.intents(1, method, **more))[0]

    async def intents(
        self,
        number: int,
        method: str | None = "pm_card_visa",
        *,
        cards: Sequence[str] = (),
        return_url: str | None = "http://127.0.0.1:1/back",
    ) -> list[str]:
        """Begin to pay for so many checkouts of one small bottle each."""
        ids: list[str] = []
        async with self.host.begin() as uow:
            address = {name: ADDRESS[name] for name in ("region", "postal_code", "country")}
            cart = pricing.Cart("kr", [(SMALL, 1)], gift_card_ids=cards, **address)
            quote = await pricing.quote(uow.session, cart, uow.now())
            for _ in range(number):
                checkout = _checkout(uow.now())
                uow.session.add(checkout)
                await uow.session.flush()
                wish = payment.Wish(method, return_url)
                row = await payment.begin(uow, checkout, quote, wish)
                hold = uow.now() + timedelta(minutes=30)
                await stock.hold(uow, checkout.id, {SMALL: 1}, until=hold)
                ids.append(row.id)
        return ids

    async def attempt(self, payment_id: str) -> Payment:
        """Ask the provider."""
        return await payment.attempt(self.host.begin, self.host.gateways.payments, payment_id)

    async def paid(self, method: str | None = "pm_card_visa", **more: Any) -> Payment:
        """Begin to pay and ask the provider."""
        return await self.attempt(await self.intent(method, **more))

    async def reconcile(self, payment_id: str) -> Payment:
        """Do what a worker does when the relay rings."""
        await payment.reconcile(self.host.begin, self.host.gateways.payments, payment_id)
        return await self.payment(payment_id)

    async def pay_back(self, refund_id: str) -> Refund:
        """Do what a worker does with a refund."""
        await refund.pay_back(self.host.begin, self.host.gateways.payments, refund_id)
        async with self.host.db.read() as session:
            return await session.get_one(Refund, refund_id)

    async def refund(self, payment_id: str, amount: int) -> Refund:
        """Intend a refund."""
        async with self.host.begin() as uow:
            row = await uow.session.get_one(Payment, payment_id, with_for_update=True)
            return await refund.intend(uow, row, amount, reason="sorry", by="stf_1")

    async def payment(self, id: str) -> Payment:
        """A payment as it is now."""
        async with self.host.db.read() as session:
            return await session.get_one(Payment, id)

    async def until(self, id: str, status: PaymentStatus | RefundStatus) -> None:
        """Wait until a payment, or its only refund, is so far."""
        async with asyncio.timeout(60):
            while status not in await self._statuses(id):  # noqa: ASYNC110
                await asyncio.sleep(0.05)

    async def _statuses(self, id: str) -> list[PaymentStatus | RefundStatus]:
        refunds = [row.status for row in await self.refunds(id)]
        return [*refunds] or [(await self.payment(id)).status]

    async def checkout(self, payment_id: str) -> Checkout:
        """The checkout of a payment."""
        row = await self.payment(payment_id)
        async with self.host.db.read() as session:
            return await session.get_one(Checkout, row.checkout_id)

    async def order(self, payment_id: str) -> Order | None:
        """The order of a payment's checkout."""
        row = await self.payment(payment_id)
        async with self.host.db.read() as session:
            found = select(Order).where(Order.checkout_id == row.checkout_id)
            return (await session.scalars(found)).one_or_none()

    async def refunds(self, payment_id: str) -> list[Refund]:
        """What went back of a payment."""
        async with self.host.db.read() as session:
            rows = select(Refund).where(Refund.payment_id == payment_id).order_by(Refund.id)
            return list(await session.scalars(rows))

    async def ledger(self, payment_id: str) -> dict[str, int]:
        """The sums of the ledger over a payment and its refunds, by account."""
        ids = [payment_id]
        for row in await self.refunds(payment_id):
            ids += [row.id, f"failed:{row.id}"]
        async with self.host.db.read() as session:
            rows = await session.scalars(select(LedgerEntry).where(LedgerEntry.reference.in_(ids)))
            sums: dict[str, int] = {}
            for row in rows:
                sums[row.account] = sums.get(row.account, 0) + row.amount
        return sums

    async def card(self, balance: int) -> str:
        """Give out a gift card that holds so much."""
        id = new_id("gft")
        async with self.host.begin() as uow:
            row = GiftCard(id=id, code_hash=id, last_four=id[-4:], currency="KRW", balance=balance)
            uow.session.add(row)
            await uow.session.flush()
            uow.session.add(GiftCardMove(gift_card_id=id, delta=balance, reference="issued"))
        return id

    async def balance(self, card_id: str) -> int:
        """What a gift card holds; its ledger says the same."""
        async with self.host.db.read() as session:
            row = await session.get_one(GiftCard, card_id)
            moves = await session.scalars(
                select(GiftCardMove.delta).where(GiftCardMove.gift_card_id == card_id)
            )
            assert row.balance == sum(moves)
            return row.balance

    async def stock(self, units: int) -> None:
        """Have so many small bottles and no more."""
        async with self.host.begin() as uow:
            await uow.session.execute(
                update(StockLot).where(StockLot.variant_id == SMALL).values(on_hand=0)
            )
            lot = StockLot(id=new_id("lot"), variant_id=SMALL, lot=new_id("L"), on_hand=units)
            lot.expires_on = (uow.now() + timedelta(days=200)).date()
            uow.session.add(lot)
            await uow.session.flush()
            move = StockMove(lot_id=lot.id, variant_id=SMALL, delta=units)
            move.reason = StockReason.RECEIVED
            uow.session.add(move)

    def charges(self, payment_id: str) -> list[dict[str, Any]]:
        """What the provider took for a payment."""
        return [c for c in self.bank.calls()["charges"] if _of(c, payment_id)]


def _of(charge: dict[str, Any], payment_id: str) -> bool:
    return bool(charge["metadata"].get("payment_id") == payment_id)


def _checkout(now: Any) -> Checkout:
    return Checkout(
        id=new_id("chk"),
        status=CheckoutStatus.OPEN,
        origin=SalesOrigin.STOREFRONT,
        channel_id="kr",
        locale="ko",
        email="buyer@example.com",
        shipping_address=ADDRESS,
        expires_at=now + timedelta(hours=1),
    )
