"""The page of the chats in a real Chromium: from a question to a paid order, and its mishaps."""

import re
from collections.abc import AsyncIterator
from typing import Any

import httpx2
import pytest
import pytest_asyncio
from sqlalchemy import func, select

from app import App
from models.ar import UnlockCode
from models.chat import Chat
from models.order import Order
from sandbox.stripe.server import StripeControl
from tests.chat.test_upkeep import sandbox
from tests.conftest import World
from tests.support.api import TLS, Api
from tests.test_browser import Node, browser
from tests.test_checkout_page import bank, charges, faults, playing

__all__ = ["bank", "browser"]

# So slow that an answer can be seen being made.
PACE = 25
NOBODY = {"ko": "대화를 찾을 수 없어요", "en": "No such chat"}
NEWCOMERS = {
    "ko": {"name": "새봄", "email": "saebom@example.com", "phone": False},
    "en": {"name": "Sam", "email": "sam@example.com", "phone": True},
}
PAID = {"ko": "주문이 결제됐어요", "en": "Your order is paid"}
HANDED = {"ko": "매주에서 준으로", "en": "From Maeju to Joon"}
CONFIRM = {"ko": r"확인하고 ₩[\d,]+ 결제하기", "en": r"Confirm and pay ₩[\d,]+"}
JOON = {"ko": "준", "en": "Joon"}
HOSTS = 3


@pytest_asyncio.fixture(loop_scope="session")
async def unhurried(world: World) -> AsyncIterator[None]:
    """A model that takes its time, and at the end is as it was."""
    await sandbox(world, tokens_per_second=PACE)
    yield
    await sandbox(world, tokens_per_second=0)


async def played(node: Node, world: World, play: str, **task: object) -> dict[str, Any]:
    """Run a play of `tests/browser/talk.mjs` to its end; return what it saw."""
    async with playing(node, play, "talk.mjs", url=f"{world.url}/talk", **task) as one:
        while "waits" in (told := await one.line()):
            await sandbox(world, tokens_per_second=told["pace"])
            one.go_on()
        return told


async def bought(app: App) -> tuple[Order, int]:
    """The only order there is, and how many codes there are."""
    async with app.db.read() as session:
        codes = await session.scalar(select(func.count()).select_from(UnlockCode))
        return (await session.scalars(select(Order))).one(), codes or 0


def is_whole(seen: dict[str, Any], locale: str) -> None:
    """Hold what somebody saw, from the door to a paid order, to what they should have."""
    assert faults(seen) == []
    assert seen["fits"]
    assert (seen["lang"], seen["cast"]) == (locale, HOSTS)
    assert len(set(seen["grew"])) > 2, "the answer came all at once"
    assert seen["announcedEarly"] == ""
    told = re.sub(r"(?<=\D)\d(?=\s|$)", "", "".join(seen["told"]))
    assert told[:20].strip() in seen["announced"]
    assert seen["cites"]
    assert len(seen["excerpt"]) > 20
    assert seen["focused"] == "SUMMARY"
    assert seen["handoff"] == "joon-ai"
    assert HANDED[locale] in seen["handoffText"]
    assert seen["speakers"] == [JOON[locale]]
    assert [re.sub(r"^.* × ", "", line) for line in seen["lines"]] == ["2"]
    assert seen["warnings"] >= 1
    assert re.fullmatch(CONFIRM[locale], seen["button"])
    assert seen["paid"] == PAID[locale]
    assert len(seen["codes"]) == 2
    assert seen["order"] == seen["again"] == seen["atPage"]
    assert re.fullmatch(r"/talk/cht_\w+", seen["url"])


# In Korean under `make dev` itself: tests/test_dev.py.
@pytest.mark.usefixtures("workers", "unhurried")
async def test_a_newcomer_is_told_why_and_buys_two(
    world: World, app: App, bank: StripeControl, browser: Node
) -> None:
    seen = await played(browser, world, "whole", locale="en", way="kr-chilled", **NEWCOMERS["en"])
    is_whole(seen, "en")
    order, codes = await bought(app)
    assert (order.number, order.total, order.origin.value) == (seen["order"], seen["total"], "chat")
    assert order.status.value == "paid"
    assert codes == 2
    assert order.checkout_id
    assert await charges(bank, order.checkout_id) == 1


@pytest.mark.usefixtures("workers", "unhurried")
async def test_nothing_is_lost_or_said_twice(world: World, app: App, browser: Node) -> None:
    seen = await played(
        browser, world, "steady", locale="ko", persona="민수", title="비 오는 날의 술"
    )
    lost = ("ERR_CONNECTION_RESET", "ERR_INTERNET_DISCONNECTED")
    assert [one for one in faults(seen) if not any(name in one for name in lost)] == []
    assert seen["fits"]
    assert seen["reloaded"] == seen["inOther"] != []
    assert seen["askedOnce"] == 1
    assert seen["wentOn"] > 0
    assert seen["resumed"] == seen["inOtherToo"] != []
    assert len(seen["resumed"]) == len(set(seen["resumed"]))
    assert seen["drinks"] >= 1
    assert len(seen["keys"]) == 2
    assert len(set(seen["keys"])) == 1
    assert "운전과 술" in seen["careful"]
    assert (seen["saidThrice"], seen["saidFour"]) == (3, 4)
    assert seen["stopped"] == "STOPPED"
    assert "비용" in seen["usage"]
    assert seen["exported"] == "비 오는 날의 술"
    assert seen["left"] == 0
    assert seen["missing"] == NOBODY["ko"]
    async with app.db.read() as session:
        assert await session.scalar(select(func.count()).select_from(Chat)) == 0


@pytest.mark.usefixtures("workers")
async def test_a_guest_says_how_old_they_are(world: World, app: App, browser: Node) -> None:
    seen = await played(browser, world, "guest", locale="ko", phone=True)
    assert faults(seen) == []
    assert seen["fits"]
    assert seen["cites"] >= 1


async def test_the_page_is_the_same_for_every_chat(world: World, api: Api) -> None:
    async with httpx2.AsyncClient(verify=TLS, base_url=world.url) as http:
        pages = [await http.get(path) for path in ("/talk", "/talk/cht_nothing")]
    assert {page.status_code for page in pages} == {200}
    assert len({page.text for page in pages}) == 1
    policy = pages[0].headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "script-src 'self';" in policy
    assert pages[0].headers["cache-control"] == "no-store"
    assert "<script>" not in pages[0].text
