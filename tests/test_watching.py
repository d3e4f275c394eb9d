"""What is open for somebody follows their account, however that is changed."""

import asyncio
from itertools import count
from typing import Any

import pytest
from sqlalchemy import update

from app import App
from models.account import AccountSession, Customer
from tests.support.api import Api, Refused
from tests.support.socket import Socket, socket

SOON = 5.0
NOTIFICATIONS = "subscription { notifications { id } }"
FOR_ADULTS = """mutation { retryCameo(id: "cam_nothing", idempotencyKey: "one") { __typename } }"""
BORN = """mutation { updateAccount(input: {birthDate: "1990-04-01"}) { __typename } }"""


async def change(app: App, api: Api, **values: Any) -> None:
    """Change an account by hand, as an operator would: nothing tells of it."""
    async with app.db.write.begin() as session:
        mine = update(Customer).where(Customer.id == api.customer_id)
        await session.execute(mine.values(**values))


@pytest.fixture
async def staff(app: App, minsu: Api) -> Api:
    """Minsu, who works for us today."""
    await change(app, minsu, roles=["customer", "staff"], permissions=["customers", "catalogue"])
    return minsu


@pytest.mark.parametrize(
    "values",
    [
        {"roles": ["customer"]},
        {"permissions": ["catalogue"]},
        {"birth_date": None},
    ],
    ids=["role", "permission", "age"],
)
async def test_what_is_lost_closes_the_socket(app: App, staff: Api, values: Any) -> None:
    async with socket(staff) as opened:
        await opened.subscribe("follow", NOTIFICATIONS)
        await change(app, staff, **values)
        async with asyncio.timeout(SOON):
            assert await opened.drain() == (4403, "account changed")


async def test_what_is_lost_ends_a_stream_with_its_reason(app: App, staff: Api) -> None:
    events = staff.follow(NOTIFICATIONS)
    following = asyncio.ensure_future(anext(events))
    async with asyncio.timeout(10):
        while not app.watching._held:  # noqa: ASYNC110
            await asyncio.sleep(0.02)
    await change(app, staff, roles=["customer"])
    with pytest.raises(Refused) as refused:
        async with asyncio.timeout(SOON):
            await following
    assert refused.value.code == "ACCOUNT_CHANGED"


async def test_a_session_that_ended_unheard_closes_the_socket(app: App, minsu: Api) -> None:
    async with socket(minsu) as opened:
        async with app.db.write.begin() as session:
            mine = update(AccountSession).where(AccountSession.customer_id == minsu.customer_id)
            await session.execute(mine.values(ended_at=app.begin.now()))
        async with asyncio.timeout(SOON):
            assert await opened.drain() == (4403, "session revoked")


async def answer(opened: Socket, name: str) -> dict[str, Any]:
    """Try what only adults may, over the socket."""
    await opened.subscribe(name, FOR_ADULTS)
    while (message := await opened.receive()).get("type") != "next":
        pass
    return dict(message["payload"])


async def test_what_is_won_counts_soon_on_the_same_socket(app: App, minsu: Api) -> None:
    await change(app, minsu, birth_date=None)
    async with socket(minsu) as opened:
        before = await answer(opened, "before")
        assert before["errors"][0]["extensions"]["code"] == "AGE_UNKNOWN"
        assert await minsu.one(BORN) == {"__typename": "Customer"}
        async with asyncio.timeout(SOON):
            for attempt in count():
                after = await answer(opened, f"after {attempt}")
                if not after.get("errors"):
                    break
                await asyncio.sleep(0.2)
    assert after["data"] == {"retryCameo": {"__typename": "NotFound"}}
