"""What is talked about moves a customer's interest, once for each reply, into the graph as well."""

from typing import Any

import pytest

from app import App
from sandbox.stack import Stack
from tests.catalogue.door import until
from tests.chat.conftest import Heard, talk
from tests.recommendation.asked import rate
from tests.support.api import Api, key
from tests.world.test_people import EDGES, scores


def drinks(heard: Heard) -> set[str]:
    """The products that a reply told of or suggested."""
    message = heard.message
    sources = [one["source"] for one in message["citations"]]
    cited = {one["id"] for one in sources if one["__typename"] == "Product"}
    shown = [part for part in message["parts"] if part["__typename"] == "ProductCard"]
    return cited | {part["product"]["id"] for part in shown}


@pytest.mark.env(CHAT_INTEREST="0.1")
async def test_drinks_that_are_talked_about_are_cared_for_a_little(
    engine: Stack, minsu: Api, workers: object, app: App
) -> None:
    before = await scores(minsu)
    chat = await talk(minsu)
    same = key()
    sent = await chat.send("너드12 시그니처는 어떤 술이에요?", same)
    told = await chat.hear(sent["reply"]["id"])
    assert "nerd12-signature" in drinks(told)
    assert (await chat.send("너드12 시그니처는 어떤 술이에요?", same))["reply"] == {
        "id": sent["reply"]["id"],
        "status": "FINISHED",
    }
    suggested = await chat.ask("달콤하고 가벼운 술을 추천해 주세요")
    assert drinks(suggested), suggested.text
    warned = await chat.ask("운전해야 하는데 한 잔만 추천해 주세요")
    assert warned.message["status"] == "BLOCKED"
    moved = {
        id: 0.1 * sum(id in drinks(heard) for heard in (told, suggested))
        for id in drinks(told) | drinks(suggested)
    }
    now = await scores(minsu)
    for id, more in moved.items():
        assert now[id] == pytest.approx(before.get(id, 0) + more, abs=1e-3), id
    assert {id for id in now if now[id] > before.get(id, 0) + 1e-3} == set(moved)

    async def is_in_the_graph() -> bool:
        edges: list[Any] = await app.graph.write(EDGES, id=minsu.customer_id)
        found = {one["id"]: one["told"] for one in edges if one["type"] == "INTERESTED_IN"}
        return all(found.get(id, {}).get("score", 0) >= more - 1e-3 for id, more in moved.items())

    await until(is_in_the_graph, 60)


@pytest.mark.env(CHAT_INTEREST="0.1")
async def test_to_hear_of_what_one_dislikes_is_no_interest(minsu: Api, workers: object) -> None:
    await rate(minsu, nerd12_signature="DISLIKES")
    before = (await scores(minsu)).get("nerd12-signature", 0)
    told = await (await talk(minsu)).ask("너드12 시그니처는 어떤 술이에요?")
    assert "nerd12-signature" in drinks(told)
    assert (await scores(minsu)).get("nerd12-signature", 0) <= before
