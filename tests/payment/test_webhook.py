"""The provider's events: forged, repeated, in any order; and each is applied once."""

import asyncio
import itertools
import time
from collections.abc import Callable
from typing import Any

import asyncpg
import httpx2
import orjson
import pytest
from sqlalchemy import func, select
from stripe import CardError, WebhookSignature

from models.checkout import CheckoutStatus
from models.order import OrderEvent, OrderStatus
from models.payment import Payment, PaymentStatus, ProviderEvent
from services import payment
from services.payment.settle import RANK
from tests.payment.till import Till
from tests.support.api import TLS

OLD = "whsec_the_one_before"
STANDING = """select p.status, o.status, c.status, p.amount, (select sum(amount) from ledger_entries
  where reference = p.id and account = 'provider') from payments p
  join checkouts c on c.id = p.checkout_id left join orders o on o.checkout_id = c.id
  where p.id = $1"""


def signed(body: bytes, secret: str, age: int = 0) -> str:
    """The header, as the provider's own SDK makes it."""
    return str(
        WebhookSignature.generate_signature_header(
            body.decode(), secret, timestamp=int(time.time()) - age
        )
    )


async def post(till: Till, body: bytes, signature: str | bytes | None) -> httpx2.Response:
    """Send an event."""
    headers = {"stripe-signature": signature} if signature is not None else {}
    async with httpx2.AsyncClient(verify=TLS, timeout=30) as http:
        return await http.post(till.hook, content=body, headers=headers)  # type: ignore[arg-type]


async def heard(till: Till) -> int:
    """How many events were taken."""
    return len(await taken(till))


async def taken(till: Till) -> set[str]:
    """Return the ids of the events that were taken."""
    async with till.host.db.read() as session:
        return set(await session.scalars(select(ProviderEvent.id)))


async def paid_unheard(till: Till) -> tuple[Payment, bytes]:
    """A payment that we do not know to be paid, and the event that says so."""
    row = await till.paid("kakao_pay")
    assert row.status is PaymentStatus.REQUIRES_ACTION
    await asyncio.to_thread(till.bank.authenticate, str(row.provider_id))
    events = till.bank.events(str(row.provider_id))
    (event,) = [one for one in events if one["type"] == "payment_intent.succeeded"]
    return row, orjson.dumps(event)


type Forge = Callable[[bytes, str], tuple[bytes, str | bytes | None]]
FORGED: dict[str, Forge] = {
    "wrong secret": lambda body, _: (body, signed(body, "whsec_guessed")),
    "no secret": lambda body, _: (body, signed(body, "")),
    "too old": lambda body, secret: (body, signed(body, secret, age=301)),
    "other body": lambda body, secret: (
        body.replace(b'"livemode":false', b'"livemode":true'),
        signed(body, secret),
    ),
    "no header": lambda body, _: (body, None),
    "empty header": lambda body, _: (body, ""),
    "no signature": lambda body, _: (body, f"t={int(time.time())}"),
    "no time": lambda body, secret: (body, signed(body, secret).partition(",")[2]),
    "other scheme": lambda body, secret: (body, signed(body, secret).replace("v1=", "v0=")),
    "no ascii": lambda body, _: (body, f"t={int(time.time())},v1=é".encode("latin-1")),
    "no text": lambda body, secret: (b"\xff\xfe" + body, signed(body, secret)),
    "no json": lambda body, secret: (body[:-1], signed(body[:-1], secret)),
    "five megabytes": lambda body, secret: (
        body + b" " * 5_242_880,
        signed(body + b" " * 5_242_880, secret),
    ),
}


async def test_forged_events_change_nothing(till: Till) -> None:
    row, body = await paid_unheard(till)
    secret = till.world.env["STRIPE_WEBHOOK_SECRET"]
    for name, forge in FORGED.items():
        answer = await post(till, *forge(body, secret))
        assert answer.status_code == 400, name
        assert "whsec" not in answer.text
    assert await heard(till) == 0
    assert (await till.payment(row.id)).status is PaymentStatus.REQUIRES_ACTION
    right = await post(till, body, signed(body, secret, age=290))
    assert (right.status_code, right.json()) == (200, {"received": True})
    assert (await till.payment(row.id)).status is PaymentStatus.SUCCEEDED


@pytest.mark.env(STRIPE_WEBHOOK_SECRET_PREVIOUS=OLD)
async def test_the_secret_before_is_good_while_it_is_rotated(till: Till) -> None:
    row, body = await paid_unheard(till)
    assert (await post(till, body, signed(body, OLD))).status_code == 200
    assert (await till.payment(row.id)).status is PaymentStatus.SUCCEEDED


@pytest.mark.env(STRIPE_WEBHOOK_SECRET="")
async def test_without_a_secret_everything_is_refused(till: Till) -> None:
    _, body = await paid_unheard(till)
    for secret in ("", "whsec_guessed"):
        assert (await post(till, body, signed(body, secret))).status_code == 400


async def test_each_of_five_at_once_is_applied_once(till: Till) -> None:
    row = await till.paid("kakao_pay")
    till.listen(hold=True)
    await asyncio.to_thread(till.bank.authenticate, str(row.provider_id))
    await till.pay_back((await first_refund(till, row)).id)
    kinds = ("payment_intent.", "charge.", "refund.")
    ours = [e for e in till.bank.events() if of(e, row) and str(e["type"]).startswith(kinds)]
    assert len(ours) == 6
    for event in ours:
        statuses = await asyncio.to_thread(till.bank.send, [str(event["id"])], 5)
        assert statuses == [200] * 5
    # The bank may still be sending what other tests left with it.
    assert {event["id"] for event in ours} <= await taken(till)
    order = await till.order(row.id)
    assert order is not None
    assert await till.ledger(row.id) == {"provider": row.amount - 1_000}
    async with till.host.db.read() as session:
        steps = select(func.count(OrderEvent.id)).where(OrderEvent.order_id == order.id)
        paid = steps.where(OrderEvent.after == OrderStatus.PAID)
        assert await session.scalar(paid) == 1


async def first_refund(till: Till, row: Payment) -> Any:
    """A refund of a payment that is looked up now."""
    await till.reconcile(row.id)
    return await till.refund(row.id, 1_000)


def of(event: dict[str, Any], row: Payment) -> bool:
    """Whether an event is about a payment, its charge or its refund."""
    object = event["data"]["object"]
    return row.provider_id in (object["id"], object.get("payment_intent"))


async def test_events_in_any_order_end_the_same(till: Till) -> None:
    """24 orders of 4 events, 10 payments each (row 22)."""
    orders = list(itertools.permutations(range(4)))
    await till.stock(10 * len(orders))
    till.listen(hold=True)
    ids = await till.intents(10 * len(orders), None)
    gate, dsn = asyncio.Semaphore(4), till.world.dsn

    async def play(knobs: httpx2.AsyncClient, number: int, id: str) -> tuple[object, ...]:
        async with gate, rows.acquire() as row:
            return await _play(till, knobs, row, id, orders[number % len(orders)])

    async with asyncpg.create_pool(dsn, min_size=1, max_size=4) as rows, _knobs(till) as knobs:
        ends = await asyncio.gather(*(play(knobs, number, id) for number, id in enumerate(ids)))
    assert set(ends) == {(PaymentStatus.SUCCEEDED, OrderStatus.PAID, CheckoutStatus.COMPLETED)}
    assert len(ends) == 240
    assert await heard(till) == 4 * 240


def _knobs(till: Till) -> httpx2.AsyncClient:
    """The provider's knobs on one connection: a thread and a client for each turn is slow."""
    return httpx2.AsyncClient(verify=TLS, base_url=f"{till.bank.origin}/sandbox/", timeout=60)


async def _play(
    till: Till, knobs: httpx2.AsyncClient, rows: Any, id: str, order: tuple[int, ...]
) -> tuple[object, ...]:
    """A payment whose customer fails once and is asked by the bank then; its events as told."""
    row = await till.attempt(id)
    await _customer(till, knobs, str(row.provider_id))
    events = (await knobs.get("events", params={"object": row.provider_id})).json()["events"]
    assert len(events) == 4
    rank = RANK[row.status]
    for place in order:
        sent = await knobs.post("events", json={"ids": [events[place]["id"]]})
        assert sent.json() == {"statuses": [200]}, sent.text
        status, placed, checkout, amount, held = await rows.fetchrow(STANDING, id)
        assert RANK[status] >= rank
        rank = RANK[status]
    assert held == amount
    return status, placed, checkout


async def _customer(till: Till, knobs: httpx2.AsyncClient, intent: str) -> None:
    back = "http://127.0.0.1:1/back"
    confirm = till.sdk.v1.payment_intents.confirm_async
    with pytest.raises(CardError):
        await confirm(intent, {"payment_method": "pm_card_chargeDeclined", "return_url": back})
    await confirm(intent, {"payment_method": "pm_card_authenticationRequired", "return_url": back})
    (await knobs.post("authenticate", json={"id": intent, "ok": True})).raise_for_status()


async def test_a_decline_that_may_be_old_news_is_looked_up(till: Till) -> None:
    row = await till.paid(None)
    till.listen(hold=True)
    async with _knobs(till) as knobs:
        await _customer(till, knobs, str(row.provider_id))
    events = till.bank.events(str(row.provider_id))
    (failed,) = [e for e in events if e["type"] == "payment_intent.payment_failed"]
    assert await asyncio.to_thread(till.bank.send, [str(failed["id"])]) == [200]
    assert (await till.payment(row.id)).status is PaymentStatus.REQUIRES_PAYMENT_METHOD
    assert (await till.reconcile(row.id)).status is PaymentStatus.SUCCEEDED


async def test_strangers_charges_are_no_business_of_ours(till: Till) -> None:
    row, body = await paid_unheard(till)
    secret = till.world.env["STRIPE_WEBHOOK_SECRET"]
    event = orjson.loads(body)
    intent = event["data"]["object"]
    for change in (
        {"metadata": {}},
        {"metadata": {"payment_id": "pay_nobody"}},
        {"amount": 1},
        {"currency": "usd"},
        {"id": "pi_other"},
    ):
        event["id"] = f"evt_{len(str(change))}_{time.time_ns()}"
        event["data"]["object"] = {**intent, **change}
        changed = orjson.dumps(event)
        assert (await post(till, changed, signed(changed, secret))).status_code == 200
    assert (await till.payment(row.id)).status is PaymentStatus.REQUIRES_ACTION
    assert await till.order(row.id) is None


async def test_old_events_are_forgotten(till: Till) -> None:
    row, body = await paid_unheard(till)
    secret = till.world.env["STRIPE_WEBHOOK_SECRET"]
    assert (await post(till, body, signed(body, secret))).status_code == 200
    for days, left in ((30, 1), (32, 0)):
        till.later(days=days)
        async with till.host.begin() as uow:
            await payment.forget_old(uow)
        assert await heard(till) == left
    again = await post(till, body, signed(body, secret))
    assert again.json() == {"received": True}
    assert await till.ledger(row.id) == {"provider": row.amount}
