"""How long a webhook waits, and what orders say of returns; without workers."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import update

from app import App
from models.order import Actor, OrderEvent, OrderStatus
from models.partner import WebhookDelivery, WebhookFault
from services import partner
from services.acp import returns
from services.partner import Message, Outcome
from tests.acp.partner import CREATE
from tests.support.api import Api, key
from tests.support.shop import SMALL, buy

WAITS = [5, 15, 45, 135, 405, 1_215, 3_645, 10_935, 32_805, 43_200, 43_200]
S = OrderStatus


async def token(app: App, staff: Api) -> str:
    """A partner whose server is never reached."""
    given = {"name": "x", "scopes": ["orders"], "webhookUrl": "https://partner.example/hook"}
    made = await staff.one(CREATE, i={**given, "idempotencyKey": key()})
    return str(made["token"]["id"])


async def tried(app: App, id: str, outcome: Outcome) -> tuple[Message, WebhookDelivery, float]:
    """Claim what is next and settle it; give back how long it waits from then on."""
    async with app.begin() as uow:
        due = update(WebhookDelivery).where(WebhookDelivery.due_at.is_not(None))
        await uow.session.execute(due.values(due_at=uow.now()))
    async with app.begin() as uow:
        message = await partner.claim(uow, app.settings, id)
    assert message is not None
    async with app.begin() as uow:
        now = uow.now()
        await partner.settle(uow, app.settings, message, outcome)
        row = await uow.session.get_one(WebhookDelivery, message.id)
    return message, row, (row.due_at - now).total_seconds() if row.due_at else -1.0


@pytest.mark.env(PARTNER_WEBHOOK_PAUSE_FAILURES="100")
async def test_waits_grow_for_three_days_and_then_it_is_given_up(app: App, staff: Api) -> None:
    id = await token(app, staff)
    await buy(app, None, {SMALL: 1}, partner_id=id)
    failed = Outcome(WebhookFault.TIMEOUT)
    waits = [(await tried(app, id, failed))[2] for _ in range(14)]
    for wait, wanted in zip(waits, [*WAITS, *[43_200] * 3], strict=True):
        assert 0.79 * wanted < wait < 1.21 * wanted
    assert timedelta(days=2.4) < timedelta(seconds=sum(waits)) < timedelta(days=3.7)
    message, row, _ = await tried(app, id, failed)
    assert (message.attempt, row.due_at, row.last_fault) == (15, None, WebhookFault.TIMEOUT)
    assert row.gave_up_at is not None


async def test_a_receiver_may_ask_for_more_time(app: App, staff: Api) -> None:
    id = await token(app, staff)
    await buy(app, None, {SMALL: 1}, partner_id=id)
    for asked, wanted in ((600.0, 600), (1.0, 15), (1e9, 43_200)):
        wait = (await tried(app, id, Outcome(WebhookFault.STATUS, 429, asked)))[2]
        assert 0.79 * wanted < wait < 1.21 * wanted


def history(*steps: tuple[OrderStatus, OrderStatus]) -> Sequence[OrderEvent]:
    """Steps of an order."""
    at = datetime(2026, 11, 21, tzinfo=UTC)
    return [
        OrderEvent(id=f"oev_{n}", before=before, after=after, actor=Actor.STAFF, at=at)
        for n, (before, after) in enumerate(steps)
    ]


ASKED = (S.DELIVERED, S.RETURN_REQUESTED)


@pytest.mark.parametrize(
    ("steps", "told"),
    [
        ([(S.PLACED, S.PAID)], []),
        ([(S.PAID, S.CANCELED)], [("cancellation", "completed")]),
        ([ASKED], [("return", "pending")]),
        ([ASKED, (S.RETURN_REQUESTED, S.RETURN_REQUESTED)], [("return", "pending")]),
        ([ASKED, (S.RETURN_REQUESTED, S.RETURNED)], [("return", "completed")]),
        ([ASKED, (S.RETURN_REQUESTED, S.REFUNDED)], [("return", "completed")]),
        ([ASKED, (S.RETURN_REQUESTED, S.DELIVERED)], [("return", "failed")]),
        ([(S.SHIPPED, S.RETURNED), (S.RETURNED, S.REFUNDED)], [("return", "completed")]),
        (
            [ASKED, (S.RETURN_REQUESTED, S.DELIVERED), ASKED],
            [("return", "failed"), ("return", "pending")],
        ),
    ],
)
def test_returns_are_read_off_the_history(
    steps: list[tuple[OrderStatus, OrderStatus]], told: list[Any]
) -> None:
    found = returns.adjustments(history(*steps))
    assert [(one["type"], one["status"]) for one in found] == told
