"""Facts: who said it, how true it is, and what was said before (row W3)."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services import world
from tests.catalogue.door import Door, told
from tests.catalogue.rows import drained
from tests.support.api import Api, Refused, key
from tests.world.said import FACTS, LEARN, RELATE, REVERT, learn, relate, revert, values
from tests.world.test_walk import first_hop, near, way
from workers.world import import_projections


async def test_a_fact_says_who_when_and_how_true(editor: Api) -> None:
    before = datetime.now(UTC) - timedelta(seconds=1)
    fact = await learn(editor, "  12 %\n of the grain ", predicate="Polishing")
    assert (fact["predicate"], fact["value"]) == ("Polishing", "12 % of the grain")
    assert (fact["truth"], fact["source"]) == ("FACT", "Mill's log of 2026")
    assert (fact["author"], fact["subject"]) == ("NERDX Staff", {"id": "icheon-rice"})
    assert datetime.fromisoformat(fact["validFrom"]) > before
    assert (fact["validTo"], fact["supersedes"], fact["relation"]) == (None, None, None)
    node = "query($id: ID!) { node(id: $id) { id ... on Fact { value source } } }"
    found = await editor.one(node, id=fact["id"])
    assert found["value"] == "12 % of the grain"


async def test_revert_restores_what_was_believed_before(editor: Api) -> None:
    first = await learn(editor, "70 %")
    conflict = await learn(editor, "60 %")
    assert conflict["code"] == "FACT_CONFLICT"
    assert conflict["existing"] == {"id": first["id"], "value": "70 %"}
    assert (await learn(editor, "60 %", predicate="POLISHING"))["code"] == "FACT_CONFLICT"
    second = await learn(editor, "60 %", supersedesId=first["id"])
    third = await learn(editor, "50 %", supersedesId=second["id"])
    assert third["supersedes"] == {"id": second["id"]}
    assert await values(editor) == ["50 %"]
    assert await values(editor, all=True) == ["70 %", "60 %", "50 %"]
    late = await learn(editor, "55 %", supersedesId=second["id"])
    assert late["existing"]["id"] == third["id"], "its place is taken"
    early = await revert(editor, second["id"])
    assert (early["code"], early["existing"]["id"]) == ("FACT_CONFLICT", third["id"])
    for _ in range(2):
        restored = await revert(editor, third["id"])
        assert (restored["id"], restored["validTo"]) == (second["id"], None)
        assert await values(editor) == ["60 %"]
    assert (await revert(editor, second["id"]))["id"] == first["id"]
    gone = await revert(editor, first["id"])
    assert (gone["id"], gone["revertedAt"] is None) == (first["id"], False)
    assert await values(editor) == []
    assert len(await values(editor, all=True)) == 3
    again = await learn(editor, "65 %", supersedesId=first["id"])
    assert (again["code"], again["field"]) == ("INVALID_INPUT", "input.supersedesId")
    assert (await learn(editor, "65 %"))["value"] == "65 %"


async def test_facts_may_begin_later(editor: Api) -> None:
    tomorrow = (datetime.now(UTC) + timedelta(days=1)).isoformat()
    now = await learn(editor, "70 %")
    later = await learn(editor, "40 %", supersedesId=now["id"], validFrom=tomorrow)
    assert await values(editor) == ["70 %", "40 %"], "both stand, one after the other"
    assert (await learn(editor, "30 %"))["code"] == "FACT_CONFLICT"
    await revert(editor, later["id"])
    assert await values(editor) == ["70 %"]


async def test_a_request_sent_again_tells_nothing_new(editor: Api) -> None:
    same = key()
    first = await learn(editor, "70 %", idempotencyKey=same)
    assert (await learn(editor, "70 %", idempotencyKey=same))["id"] == first["id"]
    other = await learn(editor, "71 %", idempotencyKey=same)
    assert other["code"] == "IDEMPOTENCY_CONFLICT"
    at_once = await asyncio.gather(*(learn(editor, f"{n}", predicate="harvest") for n in range(8)))
    assert sum("id" in one for one in at_once) == 1, "one stands, the others meet it"
    assert sum(one.get("code") == "FACT_CONFLICT" for one in at_once) == 7


async def test_what_makes_no_sense_is_refused(editor: Api) -> None:
    assert (await learn(editor, "x", subjectId="nowhere"))["code"] == "NOT_FOUND"
    assert (await learn(editor, "x", subjectId="nerd12-signature-500"))["code"] == "NOT_FOUND"
    assert (await learn(editor, "x", supersedesId="fct_nothing"))["code"] == "NOT_FOUND"
    for bad in ({"predicate": " "}, {"predicate": "p" * 81}, {"source": ""}, {"value": "v" * 1001}):
        answer = await learn(editor, **{"value": "x", **bad})
        assert (answer["code"], answer["field"]) == ("INVALID_INPUT", f"input.{next(iter(bad))}")
    assert (await learn(editor, "bossam", predicate="pairs_with"))["field"] == "input.predicate"
    first = await learn(editor, "70 %")
    other = await learn(editor, "x", predicate="mill", supersedesId=first["id"])
    assert other["field"] == "input.supersedesId"
    assert (await relate(editor, "bossam", "PAIRS_WITH", "nerd6-daily"))["field"] == (
        "input.relation"
    )
    known = await relate(editor, "nerd12-signature", "PAIRS_WITH", "bossam")
    assert "already" in known["message"]
    honey = await relate(editor, "nerd12-signature", "HAS_INGREDIENT", "jirisan-honey")
    assert (honey["code"], honey["field"]) == ("INVALID_INPUT", "input.toId")
    assert (await revert(editor, "fct_nothing"))["code"] == "NOT_FOUND"
    assert (await revert(editor, first["id"], ""))["code"] == "INVALID_INPUT"


async def test_only_staff_with_the_permission_may(minsu: Api, api: Api) -> None:
    told = {"subjectId": "icheon-rice", "predicate": "p", "value": "v", "truth": "FACT"}
    given_ = {**told, "source": "s", "idempotencyKey": key()}
    related = {"fromId": "a", "relation": "PAIRS_WITH", "toId": "b", "truth": "FACT"}
    asked = [
        (LEARN, {"input": given_}),
        (RELATE, {"input": {**related, "source": "s", "idempotencyKey": key()}}),
        (REVERT, {"id": "x", "reason": "y"}),
        (FACTS, {"about": "icheon-rice"}),
    ]
    for person, code in ((minsu, "FORBIDDEN"), (api, "UNAUTHENTICATED")):
        for query, variables in asked:
            with pytest.raises(Refused) as refused:
                await person.one(query, **variables)
            assert refused.value.code == code


async def test_facts_come_in_pages(editor: Api) -> None:
    for n in range(5):
        await learn(editor, f"{n}", predicate=f"p{n}")
    seen, after = list[str](), None
    while True:
        found = await editor.one(FACTS, about="icheon-rice", first=2, after=after)
        seen += [edge["node"]["value"] for edge in found["edges"]]
        after = found["pageInfo"]["endCursor"]
        if not found["pageInfo"]["hasNextPage"]:
            break
    assert seen == [f"{n}" for n in range(5)]
    assert found["totalCount"] == 5


async def test_what_staff_relate_is_walked_and_rebuilt(world_door: Door, staff: Api) -> None:
    import_projections()
    door, pair = world_door, ("nerd12-signature", "place-gongju-chungcheongnam-do")
    start = await world.graph_hash(door.graph)
    longer = await way(door, *pair)
    assert longer is None or len(longer["steps"]) > 1
    fact = await relate(staff, pair[0], "BREWED_IN", pair[1])
    assert (fact["relation"], fact["object"]) == ("BREWED_IN", {"id": pair[1]})
    await learn(staff, "70 %")
    assert await drained(door) > 0
    direct = await way(door, *pair, locale="ko")
    assert direct["sentence"] == "너드12 시그니처는 충남 공주에서 빚습니다."
    back = await way(door, *reversed(pair))
    assert back["sentence"] == ("Gongju, Chungcheongnam-do is where NERD12 Signature is brewed.")
    assert ("BREWED_IN", pair[1]) in await first_hop(door, pair[0])
    pairings = '{ product(id: "nerd12-signature") { pairings { id } } }'
    shown = await told(door, pairings)
    await relate(staff, pair[0], "PAIRS_WITH", "rain-pajeon-nothing")
    await relate(staff, pair[0], "PAIRS_WITH", await any_pairing(door))
    await drained(door)
    assert await told(door, pairings) == shown, "the catalogue alone tells of its products"
    incremental = await world.graph_hash(door.graph)
    assert incremental != start
    assert await world.rebuild(door.db, door.graph) == incremental
    await revert(staff, fact["id"])
    await drained(door)
    assert ("BREWED_IN", pair[1]) not in await first_hop(door, pair[0])
    for one in (await staff.one(FACTS, about=pair[0]))["edges"]:
        await revert(staff, one["node"]["id"])
    await revert(staff, (await staff.one(FACTS, about="icheon-rice"))["edges"][0]["node"]["id"])
    await drained(door)
    assert await world.graph_hash(door.graph) == start


async def any_pairing(door: Door) -> str:
    found = await near(door, "nerd6-daily", relations=["PAIRS_WITH"], first=5)
    return str(next(one["node"]["id"] for one in found if one["node"]["id"] != "bossam"))


async def test_a_relation_of_tomorrow_is_walked_tomorrow(world_door: Door, staff: Api) -> None:
    pair = ("icheon-rice", "naju-pear")
    fact = await relate(staff, pair[0], "RELATED_TO", pair[1])
    await drained(world_door)
    assert ("RELATED_TO", pair[1]) in await first_hop(world_door, pair[0])
    world_door.later(days=-1)
    assert ("RELATED_TO", pair[1]) not in await first_hop(world_door, pair[0])
    assert fact["validTo"] is None


async def test_a_relation_begins_when_it_is_said_to_and_takes_anothers_place(
    world_door: Door, staff: Api
) -> None:
    pair, day = ("icheon-rice", "naju-pear"), timedelta(days=1)
    begins, ends = ((datetime.now(UTC) + n * day).isoformat() for n in (1, 3))
    first = await relate(staff, pair[0], "RELATED_TO", pair[1], validFrom=begins)
    again = {"truth": "LEGEND", "source": "A letter", "validFrom": ends}
    taken = await relate(staff, pair[0], "RELATED_TO", pair[1], **again)
    assert taken["code"] == "FACT_CONFLICT"
    second = await relate(staff, pair[0], "RELATED_TO", pair[1], **again, supersedesId=first["id"])
    assert (second["truth"], second["supersedes"]) == ("LEGEND", {"id": first["id"]})
    other = await relate(staff, pair[1], "RELATED_TO", pair[0], supersedesId=second["id"])
    assert (other["code"], other["field"]) == ("INVALID_INPUT", "input.supersedesId")
    await drained(world_door)
    assert ("RELATED_TO", pair[1]) not in await first_hop(world_door, pair[0])
    for days in (2, 2):
        world_door.later(days=days)
        assert ("RELATED_TO", pair[1]) in await first_hop(world_door, pair[0])


async def test_odd_words_are_kept_or_refused_and_never_run(world_door: Door, staff: Api) -> None:
    loop = asyncio.get_running_loop()

    @settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.text(max_size=90), st.text(max_size=200))
    def fuzz(predicate: str, value: str) -> None:
        async def both() -> Any:
            return await staff.answer(
                LEARN,
                input={
                    "subjectId": "naju-pear",
                    "predicate": predicate,
                    "value": value,
                    "truth": "LEGEND",
                    "source": value or "s",
                    "idempotencyKey": key(),
                },
            )

        answer = asyncio.run_coroutine_threadsafe(both(), loop).result(60)
        if "errors" in answer:
            assert {e["extensions"]["code"] for e in answer["errors"]} <= {
                "BAD_REQUEST",
                "BAD_USER_INPUT",
            }

    await asyncio.to_thread(fuzz)
    await drained(world_door)
    incremental = await world.graph_hash(world_door.graph)
    assert await world.rebuild(world_door.db, world_door.graph) == incremental
