"""What a customer says of their likes in a chat counts, is shown, and goes with the chat."""

from typing import Any

import pytest

from app import App
from tests.catalogue.door import until
from tests.chat.conftest import talk
from tests.chat.test_forgetting import cached
from tests.chat.test_memory import exported, rows
from tests.chat.test_upkeep import DELETE
from tests.conftest import World
from tests.recommendation.asked import asked, ids, item, rate, recommended
from tests.support.api import Api
from tests.world.test_people import scores

MESSAGES = """query ($id: ID!) { chat(id: $id) { messages(first: 20) { edges { node {
  author preferences { label isLiked product { id } } } } } } }"""
SAID = "너드7 유자는 싫어요. 탁주를 좋아하고 1만 5천원 이하였으면 해요."
UNDERSTOOD = [
    {"label": "너드7 유자", "isLiked": False, "product": {"id": "nerd7-yuja"}},
    {"label": "탁주", "isLiked": True, "product": None},
    {"label": "₩15,000 이하", "isLiked": True, "product": None},
]
KEPT = "select count(*) from chat_preferences"


async def likes_in_redis(app: App, world: World, customer_id: str) -> list[str]:
    """The keys of Redis that hold what a customer's likes came to."""
    found = await cached(app, world, customer_id)
    return [key for key in found if ":rec:user:" in key or ":user:preference:" in key]


async def understood(api: Api, chat_id: str) -> list[Any]:
    """What each of the customer's messages was understood to say of likes."""
    headers = {**api.auth(), "accept-language": "ko"}
    body = {"query": MESSAGES, "variables": {"id": chat_id}}
    answer = (await api.http.post("/graphql", json=body, headers=headers)).json()
    found = answer["data"]["chat"]
    said = [edge["node"] for edge in found["messages"]["edges"]]
    assert all(not one["preferences"] for one in said if one["author"] != "CUSTOMER")
    return [one["preferences"] for one in said if one["author"] == "CUSTOMER"]


# A relay that finds no graph makes one, and what is recommended would move meanwhile.
@pytest.mark.env(CHAT_INTEREST="0")
@pytest.mark.usefixtures("told", "workers")
@pytest.mark.parametrize("engine", ["arcadedb"], indirect=True)
async def test_what_is_said_of_likes_counts_until_the_chat_is_deleted(
    minsu: Api, app: App, world: World
) -> None:
    before = await asked(minsu, wish="향긋한 술")
    assert "nerd7-yuja" in ids(before)
    chat, other = await talk(minsu), await talk(minsu)
    await chat.ask(SAID)
    await other.ask("너드7 유자는 어떤 술이에요?")
    assert await understood(minsu, chat.id) == [UNDERSTOOD]
    assert await understood(minsu, other.id) == [[]]
    assert (await exported(chat))["messages"][0]["preferences"]["drinks"] == {"nerd7-yuja": -1}
    after = await asked(minsu, wish="향긋한 술")
    assert "nerd7-yuja" not in ids(after)
    # Of takju the one within the price gains, and the dear yakju loses.
    gains = {
        id: item(after, id)["parts"]["content"] - item(before, id)["parts"]["content"]
        for id in ("nerd9-cloud", "nerd15-clear")
    }
    assert gains["nerd9-cloud"] > 0 > gains["nerd15-clear"], gains
    assert await likes_in_redis(app, world, minsu.customer_id or "")
    gone = await minsu.one(DELETE, id=chat.id)
    assert gone["__typename"] == "ErasureReceipt", gone

    async def is_forgotten() -> bool:
        return await likes_in_redis(app, world, minsu.customer_id or "") == []

    await until(is_forgotten, 30)
    again = await asked(minsu, wish="향긋한 술")
    assert ids(again) == ids(before)
    assert [one["parts"] for one in again["items"]] == [one["parts"] for one in before["items"]]
    assert await rows(app, KEPT) == [(0,)]


@pytest.mark.env(CHAT_INTEREST="0.1")
async def test_of_a_word_and_a_tap_the_later_counts(minsu: Api, workers: object) -> None:
    chat = await talk(minsu, "joon-ai", "en")
    await rate(minsu, nerd7_yuja="LIKES")
    await chat.ask("I don't like NERD7 Yuja.")
    assert "nerd7-yuja" not in await recommended(minsu, wish="fragrant")
    await rate(minsu, nerd7_yuja="NEUTRAL")
    assert "nerd7-yuja" in await recommended(minsu, wish="fragrant")
    cared = (await scores(minsu)).get("nerd7-yuja", 0)
    told = await chat.ask("I hate NERD7 Yuja. What is it made of?")
    assert (await scores(minsu)).get("nerd7-yuja", 0) <= cared, told.text
    assert "nerd7-yuja" not in await recommended(minsu, wish="fragrant")
    await chat.ask("Sorry, I love NERD7 Yuja.")
    assert "nerd7-yuja" in await recommended(minsu, wish="fragrant")


async def test_a_price_that_is_asked_for_counts(minsu: Api) -> None:
    dear = await asked(minsu, wish="selected")
    cheap = await asked(minsu, wish="under 10,000 won")
    shares = [item(found, "nerd15-clear")["parts"]["content"] for found in (dear, cheap)]
    assert shares[1] < shares[0]
    other = await asked(minsu, wish="under $10")
    assert item(other, "nerd15-clear")["parts"]["content"] == pytest.approx(shares[0], abs=0.05)
