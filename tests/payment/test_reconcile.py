"""Nothing stays open: whatever breaks between an intent and its end is found and ended (row 25)."""

import asyncio
import time
from collections.abc import Awaitable, Callable

import httpx2
import pytest
from sqlalchemy import select

from app import App
from core.clock import clock
from core.outbox import UnitOfWork
from models.checkout import Checkout, CheckoutStatus
from models.order import OrderStatus
from models.payment import Payment, PaymentStatus, RefundStatus
from services import payment, refund
from services.account import SANDBOX_PASSWORD
from tests.checkout.till import pay, proven, ready
from tests.conftest import World
from tests.payment.till import Till
from tests.support.api import Api
from tests.support.proxy import Proxy, Trap, proxied
from tests.support.serve import answers, free_port

CREATE = {"method": "POST", "path": "/v1/payment_intents"}
LOST = "lost_reply_after_acceptance"


@pytest.mark.parametrize("moment", ["before", "after"])
async def test_an_api_that_dies_while_it_charges(world: World, till: Till, moment: str) -> None:
    """Killed between the intent and the charge, or between the charge and its answer."""
    traps: list[Trap] = []
    port = free_port()
    async with proxied(world.env["STRIPE_BASE_URL"], traps) as door:
        url = f"http://127.0.0.1:{port}"
        dying = world.program("api", PORT=str(port), PUBLIC_URL=url, STRIPE_BASE_URL=door.url)
        await answers(url)
        act: dict[str, Callable[[Proxy], None]] = {moment: lambda _: dying.kill()}
        traps.append(Trap("POST", "^/v1/payment_intents$", **act))  # type: ignore[arg-type]
        async with Api(url) as minsu:
            await minsu.sign_in("demo-minsu@example.com", SANDBOX_PASSWORD)
            assert minsu.customer_id
            await proven(till.host.begin, minsu.customer_id)
            seen = await ready(minsu)
            with pytest.raises(httpx2.HTTPError):
                await pay(minsu, seen)
    row = await of_checkout(till, seen["id"])
    assert row.status is PaymentStatus.INTENT
    assert len(till.charges(row.id)) == (moment == "after")
    world.program("worker")
    world.program("relay", CLOCK_OFFSET_SECONDS="60")
    await till.until(row.id, PaymentStatus.SUCCEEDED)
    placed = await till.order(row.id)
    assert placed is not None
    assert placed.status is OrderStatus.PAID
    assert len(till.charges(row.id)) == 1


async def of_checkout(till: Till, checkout_id: str) -> Payment:
    """The only payment of a checkout."""
    async with till.host.db.read() as session:
        rows = await session.scalars(select(Payment).where(Payment.checkout_id == checkout_id))
        return rows.one()


async def test_a_lost_answer_is_found(till: Till) -> None:
    id = await till.intent()
    till.bank.faults({"match": CREATE, "fault": LOST, "times": 2})
    assert (await till.attempt(id)).status is PaymentStatus.INTENT
    assert (await till.checkout(id)).status is CheckoutStatus.PAYING
    assert (await till.reconcile(id)).status is PaymentStatus.SUCCEEDED
    assert len(till.charges(id)) == 1


async def test_a_hundred_lost_answers_are_a_hundred_orders(till: Till) -> None:
    """Row 20, to its end: each is charged once, and each has its order."""
    await till.stock(100)
    ids = await till.intents(100)
    till.bank.faults({"match": CREATE, "fault": LOST, "times": -1})
    lost = await at_a_time(4, till.attempt, ids)
    assert {row.status for row in lost} == {PaymentStatus.INTENT}
    till.bank.faults()
    assert {row.status for row in await at_a_time(4, till.reconcile, ids)} == {"succeeded"}
    charges = [charge["metadata"]["payment_id"] for charge in till.bank.calls()["charges"]]
    assert [charges.count(id) for id in ids] == [1] * 100
    placed = [await till.order(id) for id in ids]
    assert {one and one.status for one in placed} == {OrderStatus.PAID}


async def at_a_time(
    number: int, work: Callable[[str], Awaitable[Payment]], ids: list[str]
) -> list[Payment]:
    """Do something with each, so many at once."""
    room = asyncio.Semaphore(number)

    async def one(id: str) -> Payment:
        async with room:
            return await work(id)

    return list(await asyncio.gather(*map(one, ids)))


async def test_a_failure_that_is_repeated_under_the_key_is_searched_for(till: Till) -> None:
    id = await till.intent()
    till.bank.faults({"match": CREATE, "fault": "500", "code": "after"})
    assert (await till.attempt(id)).status is PaymentStatus.INTENT
    assert (await till.reconcile(id)).status is PaymentStatus.INTENT
    till.later(minutes=3)
    assert (await till.reconcile(id)).status is PaymentStatus.SUCCEEDED
    assert len(till.charges(id)) == 1


async def test_what_never_reached_the_provider_is_charged_in_time_or_never(till: Till) -> None:
    soon, late = await till.intents(2)
    till.later(minutes=3)
    assert (await till.reconcile(soon)).status is PaymentStatus.SUCCEEDED
    till.later(minutes=10)
    assert (await till.attempt(late)).status is PaymentStatus.INTENT
    assert (await till.reconcile(late)).status is PaymentStatus.CANCELED
    assert (len(till.charges(soon)), len(till.charges(late))) == (1, 0)
    assert (await till.checkout(late)).status is CheckoutStatus.OPEN


@pytest.mark.parametrize("method", ["kakao_pay", "pm_card_authenticationRequired", None])
async def test_a_customer_who_went_away(till: Till, method: str | None) -> None:
    card = await till.card(2_000)
    row = await till.paid(method, cards=[card])
    waiting = row.status
    till.later(minutes=5)
    assert (await till.reconcile(row.id)).status is waiting
    till.later(minutes=9)
    row = await till.reconcile(row.id)
    assert (row.status, row.due_at) == (PaymentStatus.CANCELED, None)
    assert await till.balance(card) == 2_000
    assert (await till.checkout(row.id)).status is CheckoutStatus.OPEN
    kept = await till.sdk.v1.payment_intents.retrieve_async(str(row.provider_id))
    assert kept.status == "canceled"


async def test_a_customer_who_came_back_in_the_last_second(till: Till) -> None:
    row = await till.paid("kakao_pay")
    till.later(minutes=9)
    await asyncio.to_thread(till.bank.authenticate, str(row.provider_id))
    assert (await till.reconcile(row.id)).status is PaymentStatus.SUCCEEDED
    assert await till.refunds(row.id) == []


async def test_nothing_is_open_after_ten_minutes(till: Till) -> None:
    """One of each kind; only the clock moves, and what the relay and workers do by it."""
    till.bank.speed(processing_seconds=3_600)
    await till.stock(20)
    methods = ["pm_card_visa", "pm_card_chargeDeclined", "kakao_pay", None]
    ids = [await till.intent(method) for method in methods]
    gone = await till.intent()
    async with till.host.begin() as uow:
        row = await uow.session.get_one(Payment, gone)
        checkout = await uow.session.get_one(Checkout, row.checkout_id)
        checkout.status = CheckoutStatus.CANCELED
    till.bank.faults({"match": CREATE, "fault": LOST, "times": 2 * (len(ids) + 1)})
    for id in (*ids, gone):
        assert (await till.attempt(id)).status is PaymentStatus.INTENT
    for minutes in (1, 2, 3, 5, 7, 9, 9.9):
        till.later(minutes=minutes)
        await tick(till)
    rows = {id: await till.payment(id) for id in (*ids, gone)}
    assert {row.due_at for row in rows.values()} == {None}
    ends = [rows[id].status for id in ids]
    assert ends == ["succeeded", "failed", "canceled", "canceled"]
    for id in rows:
        held = sum((await till.ledger(id)).values())
        paid = sum(int(str(charge["amount"])) for charge in till.charges(id))
        has_order = await till.order(id) is not None
        assert held == (paid if has_order else 0)
    assert (await till.refunds(gone))[0].status is RefundStatus.SUCCEEDED


async def tick(till: Till) -> None:
    """Look for what is due, as the relay does, and do it, as a worker does."""
    for id in await _rung(till, payment.sweep):
        await till.reconcile(id)
    for id in await _rung(till, refund.sweep):
        await till.pay_back(id)


async def _rung(till: Till, sweep: Callable[[UnitOfWork], Awaitable[None]]) -> list[str]:
    async with till.host.begin() as uow:
        await sweep(uow)
        return [id for message in uow.session.new for id in message.payload.values()]


async def test_a_provider_that_is_down_is_asked_until_it_answers(till: Till) -> None:
    id = await till.intent()
    till.bank.faults({"match": {"path": "/v1/*"}, "fault": "503", "times": -1})
    for minutes in (0, 1, 11):
        till.later(minutes=minutes)
        row = await (till.reconcile(id) if minutes else till.attempt(id))
        assert row.status is PaymentStatus.INTENT
        assert row.due_at is not None
    till.bank.faults()
    assert (await till.reconcile(id)).status is PaymentStatus.CANCELED
    assert till.charges(id) == []


async def test_a_lost_answer_to_a_refund_is_found(till: Till) -> None:
    row = await till.paid()
    back = await till.refund(row.id, 1_000)
    refunds = {"method": "POST", "path": "/v1/refunds"}
    till.bank.faults({"match": refunds, "fault": LOST, "times": 2})
    assert (await till.pay_back(back.id)).status is RefundStatus.INTENT
    till.later(minutes=3)
    assert (await till.pay_back(back.id)).status is RefundStatus.SUCCEEDED
    made = [r for r in till.bank.calls()["refunds"] if r["payment_intent"] == row.provider_id]
    assert [one["amount"] for one in made] == [1_000]
    assert await till.ledger(row.id) == {"provider": row.amount - 1_000}


async def test_a_bank_whose_news_are_lost_is_asked(till: Till) -> None:
    till.bank.speed(processing_seconds=0.1)
    row = await till.paid("pm_usBankAccount_success")
    await asyncio.to_thread(settled_at_bank, till, str(row.provider_id))
    assert (await till.reconcile(row.id)).status is PaymentStatus.SUCCEEDED


def settled_at_bank(till: Till, intent: str) -> None:
    """Wait until the bank has decided."""
    deadline = time.monotonic() + 30
    while not any(e["type"] == "payment_intent.succeeded" for e in till.bank.events(intent)):
        assert time.monotonic() < deadline
        time.sleep(0.05)


async def test_the_relay_rings_for_what_is_due_and_for_nothing_else(till: Till, app: App) -> None:
    due, not_due = await till.intents(2)
    async with app.begin() as uow:
        row = await uow.session.get_one(Payment, due)
        row.due_at = uow.now()
    app.begin.now = clock(1)
    assert await _rung(till, payment.sweep) == [due]
    now = app.begin.now()
    assert [(await till.payment(id)).due_at > now for id in (due, not_due)] == [True, True]
