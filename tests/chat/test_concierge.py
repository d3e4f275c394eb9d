"""Joon at work, tool by tool: each is called by words, run by a worker, and told in cards."""

import pytest
from sqlalchemy import text

from app import App
from services.account import SANDBOX_PASSWORD
from tests.chat.conftest import Heard, talk
from tests.checkout.till import proven
from tests.conftest import World
from tests.stock.shop import Shop
from tests.support.api import Api, person
from tests.support.shop import BOTTLE, SMALL

pytestmark = pytest.mark.usefixtures("workers")
SIGNATURE = "nerd12-signature"
NOTICES = "select variant_id from restock_notices"


async def leave(world: World, app: App, bottles: int, minis: int) -> None:
    """Have staff count that so many are left."""
    async with person(world.url) as staff:
        await staff.sign_in("demo-staff@example.com", SANDBOX_PASSWORD)
        shop = Shop(app, staff)
        await shop.has(BOTTLE, bottles)
        await shop.has(SMALL, minis)


def tools(heard: Heard) -> list[tuple[str, bool]]:
    """Which tools ran, and whether they worked."""
    return [(one["tool"], one["succeeded"]) for one in heard.of("ToolEnded")]


def cards(heard: Heard) -> list[str]:
    """What was shown."""
    parts = heard.message["parts"]
    return [part["__typename"] for part in parts if part["__typename"].endswith("Card")]


async def test_what_is_sold_out_is_answered_with_sorrow_and_something_like_it(
    minsu: Api, world: World, app: App
) -> None:
    await proven(app.begin, minsu.customer_id or "")
    await leave(world, app, 0, 0)
    chat = await talk(minsu, "joon-ai")
    heard = await chat.ask("너드12 시그니처 두 병 주세요")
    assert tools(heard) == [("create_checkout", False)]
    assert "죄송합니다" in heard.text
    assert "품절" in heard.text
    shown = {part["product"]["id"] for part in heard.message["parts"] if "product" in part}
    assert shown
    assert SIGNATURE not in shown
    assert set(cards(heard)) == {"ProductCard"}, "no order of what is not there"
    assert shown <= heard.cited
    asked = await chat.ask("너드12 시그니처 재고 있나요?")
    assert tools(asked) == [("check_inventory", True)]
    assert "품절" in asked.text
    noticed = await chat.ask("너드12 시그니처 다시 들어오면 알려 주세요")
    assert tools(noticed) == [("notify_back_in_stock", True)]
    async with app.db.write() as session:
        waits = list(await session.scalars(text(NOTICES)))
    assert [one for one in waits if one.startswith(SIGNATURE)]
    english = await (await talk(minsu, "joon-ai", "en")).ask(
        "Two bottles of NERD12 Signature please"
    )
    assert "sold out" in english.text
    assert "OrderCard" not in cards(english)


async def test_something_like_a_drink_is_shown(minsu: Api) -> None:
    chat = await talk(minsu, "joon-ai")
    heard = await chat.ask("너드12 시그니처랑 비슷한 술 보여 주세요")
    assert tools(heard) == [("find_similar", True)]
    assert set(cards(heard)) == {"ProductCard"}
    assert SIGNATURE not in {
        part["product"]["id"] for part in heard.message["parts"] if "product" in part
    }


async def test_nothing_is_waited_for_that_is_there(minsu: Api) -> None:
    heard = await (await talk(minsu, "joon-ai")).ask("너드12 시그니처 재입고되면 알려 주세요")
    assert tools(heard) == [("notify_back_in_stock", False)]
    assert heard.message["status"] == "FINISHED"


async def test_the_experience_of_a_label_is_told(minsu: Api) -> None:
    heard = await (await talk(minsu, "joon-ai")).ask("너드12 시그니처 AR 체험이 있나요?")
    assert tools(heard) == [("recommend_phygital_experience", True)]
    assert "AR" in heard.text
    assert SIGNATURE in heard.cited


async def test_a_code_that_the_customer_types_lowers_the_total(minsu: Api, app: App) -> None:
    await proven(app.begin, minsu.customer_id or "")
    chat = await talk(minsu, "joon-ai")
    first = await chat.ask("너드12 시그니처 두 병 주세요")
    heard = await chat.ask("할인 코드 FIRSTCUP 적용해 주세요")
    assert tools(heard) == [("apply_discount", True)]
    assert cards(heard) == ["OrderCard"]

    def total(of: Heard) -> int:
        card = next(one for one in of.message["parts"] if one["__typename"] == "OrderCard")
        return int(card["checkout"]["totals"]["total"]["amount"])

    old = next(one for one in first.message["parts"] if one["__typename"] == "OrderCard")
    assert total(heard) < total(first)
    assert old["confirmation"] not in str(heard.message["parts"])


async def test_a_story_that_is_asked_for_is_told_whole(minsu: Api) -> None:
    heard = await (await talk(minsu)).ask("이천 쌀 이야기 하나 들려주세요")
    assert tools(heard) == [("generate_story", True)]
    kinds = {one["source"]["__typename"] for one in heard.message["citations"]}
    assert kinds == {"Lore"}
    assert 2 <= len(heard.text.split("\n\n")) <= 4


async def test_the_last_bottles_in_ones_own_cart_are_not_sold_out(
    minsu: Api, world: World, app: App
) -> None:
    await proven(app.begin, minsu.customer_id or "")
    await leave(world, app, 2, 0)
    chat = await talk(minsu, "joon-ai")
    assert cards(await chat.ask("너드12 시그니처 두 병 주세요")) == ["OrderCard"]
    fewer = await chat.ask("너드12 시그니처 한 병만 주세요")
    assert tools(fewer) == [("create_checkout", True)]
    assert cards(fewer) == ["OrderCard"]
    again = await chat.ask("너드12 시그니처 두 병 주세요")
    assert cards(again) == ["OrderCard"]
    async with person(world.url) as other:
        await other.sign_in("demo-alice@example.com", SANDBOX_PASSWORD)
        heard = await (await talk(other, "joon-ai")).ask("너드12 시그니처 한 병 주세요")
    assert "품절" in heard.text
