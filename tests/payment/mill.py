"""What a shop does with orders and money, by processes that may die at any line."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import httpx2
import orjson
import stripe
from sqlalchemy import delete, select

from core.clock import clock
from core.outbox import Lane, Outbox, UnitOfWork
from core.viewer import Viewer
from models.checkout import SalesOrigin
from models.order import OrderLine, Shipment, TrackingStatus
from models.payment import Payment, PaymentStatus
from services import checkout, order, payment, refund, stock
from services.checkout import Address, Agreement, Buyer, Line, Start
from services.order import Parcel, Sighting
from tests.checkout.till import SEOUL
from tests.payment.mortal import Fuse, MortalPayments, MortalTransactions
from tests.payment.test_webhook import signed
from tests.payment.till import Till
from workers import ar as codes
from workers import payment as money
from workers.base import Work, handlers

STAFF = Viewer(customer_id="cus_demo-staff", permissions=frozenset({"orders.write", "stock.write"}))
BACK = "http://127.0.0.1:1/back"
# The others' tasks, mail and parcels, move neither money nor bottles.
HERE = {codes.__name__, money.__name__}
TASKS = {t.__name__: (t, do) for t, (do, _) in handlers.items() if do.__module__ in HERE}
EMPTY = """truncate checkouts, stock_lots, ledger_entries, reservations, gift_cards,
  provider_events, outbox, idempotency_records cascade"""
HOME = Address(**{("postal_code" if k == "postalCode" else k): v for k, v in SEOUL.items()})


class Mill:
    """One shop, one customer of age, and staff; each method is what one request or task does."""

    def __init__(self, till: Till, buyer_id: str) -> None:
        self.till, self.host, self.fuse = till, till.host, Fuse()
        self.begin = MortalTransactions(till.host, self.fuse)
        self.payments = MortalPayments(till.host.gateways.payments, self.fuse)
        self.customer = Viewer(customer_id=buyer_id)
        gateways = replace(self.host.gateways, payments=self.payments)
        host = self.host
        self.work = Work(host.settings, host.db, self.begin, host.bus, host.graph, gateways)
        self.ahead = timedelta()

    async def empty(self, rows: asyncpg.Connection) -> None:
        """Begin with nothing but a catalogue, at our side and at the provider's."""
        await asyncio.to_thread(self.till.bank.reset)
        await rows.execute(EMPTY)
        self.later(timedelta() - self.ahead)

    def later(self, time: timedelta) -> None:
        """Let time go by."""
        self.ahead += time
        self.begin.now = clock(self.ahead.total_seconds())

    # Customers

    async def fill(self, wanted: Mapping[str, int], cards: list[str], same: str) -> str:
        """Begin a checkout that can be paid, and return its id."""
        settings, buyer = self.host.settings, Buyer(self.customer)
        channel = await self.host.channels.choose("kr")
        lines = tuple(Line(id, units) for id, units in wanted.items())
        asked = Start(channel, SalesOrigin.STOREFRONT, "ko", lines, "buyer@example.com")
        async with self.begin() as uow:

            async def work() -> str:
                row = await checkout.start(uow, buyer, settings, asked)
                row.gift_card_ids = cards
                await checkout.set_address(uow, buyer, settings, row.id, HOME, None, None)
                await checkout.set_delivery(uow, buyer, settings, row.id, "kr-chilled")
                return row.id

            return await checkout.keyed(uow, buyer, "startCheckout", same, {"w": wanted}, work)

    async def pay(self, checkout_id: str, method: str | None, same: str) -> str | None:
        """Complete a checkout; return the order that was told, if there is one yet."""
        agreed = Agreement(payment.Wish(method, BACK), None, same)
        where = (self.begin, self.payments, self.host.settings, Buyer(self.customer))
        return (await checkout.complete(*where, checkout_id, agreed)).order_id

    async def leave(self, checkout_id: str) -> None:
        """Cancel a checkout."""
        buyer = Buyer(self.customer)
        await checkout.give_up(self.begin, self.payments, buyer, checkout_id, None)

    async def cancel(self, order_id: str, same: str) -> None:
        """Cancel an order."""
        async with self.begin() as uow:
            await order.cancel(uow, self.customer, order_id, "changed my mind", same)

    async def ask_back(self, line: OrderLine, units: int, same: str) -> None:
        """Ask to send units back."""
        async with self.begin() as uow:
            asked = [(line.id, units)]
            await order.request_return(uow, self.customer, line.order_id, asked, "broken", same)

    # Staff

    async def receive(self, variant_id: str, units: int, same: str) -> None:
        """Take a delivery in."""
        expires = (datetime.now(UTC) + timedelta(days=300)).date()
        async with self.begin() as uow:
            delivery = stock.Delivery(variant_id, "L1", expires, units)
            await stock.receive(uow, STAFF, delivery, same)

    async def send(self, line: OrderLine, units: int, same: str) -> None:
        """Send units."""
        parcel = Parcel([(line.id, units)], "cj", same[:12].upper())
        async with self.begin() as uow:
            await order.fulfil(uow, STAFF, line.order_id, parcel, same)

    async def arrive(self, shipment: Shipment, same: str) -> None:
        """Note that a parcel arrived."""
        async with self.begin() as uow:
            seen = Sighting(TrackingStatus.DELIVERED, self.begin.now())
            await order.add_tracking_event(uow, STAFF, shipment.id, seen, same)

    async def take_back(self, line: OrderLine, units: int, restock: bool, same: str) -> None:
        """Take units back."""
        back = [(line.id, units)]
        async with self.begin() as uow:
            await order.receive_return(
                uow, STAFF, line.order_id, back, "unopened", same, restock=restock
            )

    async def refund(self, line: OrderLine, units: int | None, some: int | None, same: str) -> None:
        """Refund units, or an amount of goodwill."""
        lines = None if units is None else [(line.id, units)]
        async with self.begin() as uow:
            await order.pay_back(uow, STAFF, line.order_id, lines, some, "sorry", same)

    # The bank

    async def answer(self, row: Payment, ok: bool) -> None:
        """Have the customer, or the bank, do what the payment waits for; too late is fine."""
        bank, id = self.till.bank, str(row.provider_id)
        try:
            if row.status is PaymentStatus.PROCESSING:
                await asyncio.to_thread(bank.processed, id, ok=ok)
            elif row.status is PaymentStatus.REQUIRES_ACTION:
                await asyncio.to_thread(bank.authenticate, id, ok=ok)
            else:
                card = "pm_card_visa" if ok else "pm_card_chargeDeclined"
                confirm = self.till.sdk.v1.payment_intents.confirm_async
                await confirm(id, {"payment_method": card, "return_url": BACK})
        except (httpx2.HTTPStatusError, stripe.CardError, stripe.InvalidRequestError):
            return

    async def events(self) -> list[dict[str, Any]]:
        """Everything that the provider has to tell about charges and refunds."""
        told = await asyncio.to_thread(self.till.bank.events)
        return [one for one in told if str(one["type"]).startswith(("payment_intent.", "refund."))]

    async def hear(self, event: Mapping[str, Any]) -> None:
        """Take an event in, as the webhook's route does."""
        body = orjson.dumps(event)
        secret = self.till.world.env["STRIPE_WEBHOOK_SECRET"]
        news = self.payments.event(body, signed(body, secret))
        async with self.begin() as uow:
            await payment.hear(uow, news)

    # The relay and the workers

    async def relay(self) -> None:
        """Look for all that is due."""
        sweeps: tuple[Callable[[UnitOfWork], Awaitable[object]], ...] = (
            payment.sweep,
            refund.sweep,
            stock.sweep,
            checkout.expire,
        )
        for sweep in sweeps:
            async with self.begin() as uow:
                await sweep(uow)

    async def labour(self) -> int:
        """Do what is owed, in its order; a task is forgotten once it is done. Return how many."""
        async with self.host.db.read() as session:
            owed = select(Outbox).where(Outbox.lane == Lane.TASK).order_by(Outbox.id)
            rows = (await session.scalars(owed)).all()
        for row in rows:
            if row.name in TASKS:
                task, do = TASKS[row.name]
                await do(task(**row.payload), self.work)
            async with self.host.db.write.begin() as session:
                await session.execute(delete(Outbox).where(Outbox.id == row.id))
        return len(rows)

    async def ten_minutes(self) -> None:
        """Let ten minutes and a little go by, with relay and workers in good health."""
        for _ in range(11):
            self.later(timedelta(minutes=1))
            await self.relay()
            while await self.labour():
                pass

    # What is there

    async def waiting(self) -> list[Payment]:
        """Payments that somebody could do something for."""
        states = (
            PaymentStatus.REQUIRES_ACTION,
            PaymentStatus.REQUIRES_PAYMENT_METHOD,
            PaymentStatus.PROCESSING,
        )
        async with self.host.db.read() as session:
            rows = select(Payment).where(Payment.status.in_(states)).order_by(Payment.id)
            return list(await session.scalars(rows))

    async def lines(self) -> list[OrderLine]:
        """Every line of every order."""
        async with self.host.db.read() as session:
            return list(await session.scalars(select(OrderLine).order_by(OrderLine.id)))

    async def parcels(self) -> list[Shipment]:
        """Every parcel under way."""
        async with self.host.db.read() as session:
            rows = select(Shipment).where(Shipment.delivered_at.is_(None)).order_by(Shipment.id)
            return list(await session.scalars(rows))

    async def card(self, balance: int) -> str:
        """Give out a gift card."""
        return await self.till.card(balance)
