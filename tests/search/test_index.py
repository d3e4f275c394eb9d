"""The index follows the catalogue; and what the search does when there are no vectors."""

import asyncio
import json
import time
from pathlib import Path
from typing import Any

import pytest
from prometheus_client import REGISTRY
from sqlalchemy import delete, func, select, update

from core.outbox import GraphChange, Lane, Outbox
from core.settings import ROOT
from models.catalogue import ReferenceEntry
from models.search import Embedding, SearchEntry, SearchVector
from sandbox.openai.server import OpenAISandbox
from sandbox.stack import Stack
from services import catalogue, search
from services.search import lexicon, vocabulary
from tests.catalogue.door import Door, ask, until
from tests.catalogue.rows import change
from tests.conftest import World
from tests.search.ways import ids, vectors
from tests.search.ways import search as ask_for
from tests.support.serve import Program
from workers.search import reindex

GATEWAY = {"path": "/v1/embeddings"}


async def count(door: Door, query: Any) -> int:
    async with door.db.read() as session:
        return await session.scalar(query) or 0


def edited(folder: Path, **names: str) -> Path:
    """Write a catalogue in which these products have other names."""
    found = json.loads((ROOT / "data" / "catalogue.json").read_text())
    for product in found["products"]:
        if product["id"] in names:
            product["name"] = {"ko": names[product["id"]], "en": "Renamed"}
    path = folder / "catalogue.json"
    path.write_text(json.dumps(found, ensure_ascii=False))
    return path


@pytest.mark.just_seeded
async def test_a_seeded_catalogue_is_found_and_compared(door: Door) -> None:
    assert await count(door, select(func.count(SearchEntry.id))) == 49
    lacking = select(func.count(SearchVector.id)).where(SearchVector.embedding.is_(None))
    assert await count(door, lacking) == 0
    assert await count(door, select(func.count(SearchVector.id))) == 98
    assert await count(door, select(func.count(Embedding.id))) == 98
    assert await count(door, select(func.count(Outbox.id)).where(Outbox.lane == Lane.SEARCH)) == 0
    assert await search.refresh(door.begin, vectors(door)) == 0


async def test_a_change_of_the_catalogue_is_found_by_relay_and_worker(
    door: Door, tmp_path: Path, workers: tuple[Program, Program]
) -> None:
    await catalogue.load(door.begin, edited(tmp_path, **{"nerd6-daily": "달무리 하루"}))

    async def is_found() -> bool:
        return ids(await ask_for(door, "달무리"))[:1] == ["nerd6-daily"]

    await until(is_found, 90)
    recipes = ids(await ask_for(door, "달무리", types=["RECIPE"]))
    assert recipes == ["rain-bowl"]

    async def is_whole() -> bool:
        owed = select(func.count(Outbox.id)).where(Outbox.lane == Lane.SEARCH)
        lacking = select(func.count(SearchVector.id)).where(SearchVector.embedding.is_(None))
        return await count(door, owed) == await count(door, lacking) == 0

    await until(is_whole, 90)


async def test_the_index_is_what_rows_are_however_often_it_is_told(
    door: Door, world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    async def state() -> list[Any]:
        async with door.db.read() as session:
            entries = await session.execute(
                select(SearchEntry.id, SearchEntry.terms, SearchEntry.body).order_by(SearchEntry.id)
            )
            texts = await session.execute(
                select(SearchVector.id, SearchVector.text).order_by(SearchVector.id)
            )
            return [tuple(row) for row in (*entries, *texts)]

    before = await state()
    async with door.begin() as uow:
        for _ in range(3):
            for kind, key in (("product", "nerd6-daily"), ("ingredient", "icheon-rice")):
                uow.send(GraphChange(kind, key))
        uow.send(GraphChange("lore", "nothing-of-that-name"))
        uow.send(GraphChange("customer", "cus_1"))
    # All brews are made of this rice, and mixed drinks of the brews.
    done = await asyncio.gather(*(search.refresh(door.begin, vectors(door)) for _ in range(3)))
    assert sum(done) >= 1 + 12 + 10
    assert await state() == before
    await change(door, delete(SearchEntry))
    assert await reindex(world.settings) == 0
    assert capsys.readouterr().out.endswith("49 entries can be found\n")
    assert await state() == before


async def test_new_synonyms_make_the_entries_anew(door: Door) -> None:
    row = {"section": "synonyms", "key": "x", "data": {"words": ["막걸리", "구름술"]}}
    async with door.begin() as uow:
        uow.session.add(ReferenceEntry(id="synonyms:x", **row))
        await uow.session.flush()
        await search.mend(uow, vectors(door).model)
        assert len(uow.sent) == 1
    assert await search.refresh(door.begin, vectors(door)) == 49
    vocabulary.forget(door.db)
    assert "nerd6-daily" in ids(await ask_for(door, "구름술"))[:4]
    async with door.db.read() as session:
        known = await lexicon.read(session)
    assert await count(door, select(func.count()).where(SearchEntry.basis == known.basis)) == 49


@pytest.fixture
def provider(tmp_path: Path, world: World):
    """A provider of embeddings of this test's own, with faults of its own."""
    with OpenAISandbox.at(tmp_path / "openai") as sandbox:
        world.env["OPENAI_BASE_URL"] = sandbox.base_url
        world.env["OPENAI_API_KEY"] = sandbox.config.api_key
        world.env["EMBEDDING_BREAKER_SECONDS"] = "1"
        yield sandbox


@pytest.mark.env(SEARCH_EMBEDDING_SECONDS="0.4")
async def test_without_embeddings_words_answer_within_a_second(
    provider: OpenAISandbox, door: Door
) -> None:
    await ask_for(door, "ㅁㄱㄹ")
    for fault in ("timeout", "500", "malformed", "drip"):
        provider.faults({"match": GATEWAY, "fault": fault, "times": -1})
        took = []
        for number in range(7):
            started = time.monotonic()
            found = await ask_for(door, f"유자 {fault} {number}")
            took.append(time.monotonic() - started)
            assert found["degraded"] is True
            assert "nerd7-yuja" in ids(found)
        # Others may hold this machine up now and then.
        assert sorted(took)[3] < 1, fault
        provider.faults()

        async def is_well() -> bool:
            return not (await ask_for(door, "오미자와 유자"))["degraded"]

        await until(is_well, 20)


@pytest.mark.env(GRAPH_DEADLINE_SECONDS="2", SEARCH_EMBEDDING_SECONDS="3")
async def test_a_slow_provider_takes_none_of_the_graphs_time(
    provider: OpenAISandbox, door: Door, engine: Stack
) -> None:
    await ask_for(door, "ㅁㄱㄹ")
    provider.faults({"match": GATEWAY, "fault": "timeout", "times": -1})
    query = '{ knowledge(intent: "유자 술은 어때요?") { node { ... on Node { id } } } }'

    async def is_walked() -> bool:
        answer = await ask(door, query)
        assert "embeddings" in answer["extensions"]["degraded"]
        assert "nerd7-yuja" in [one["node"]["id"] for one in answer["data"]["knowledge"]]
        return answer["extensions"]["degraded"] == ["embeddings"]

    # A graph that is cold may miss its own two seconds once or twice.
    await until(is_walked, 60)


async def test_vectors_are_asked_for_once(provider: OpenAISandbox, door: Door) -> None:
    found = await ask_for(door, "깊은 밤의 한 잔")
    asked = provider.calls()["requests"]
    assert not found["degraded"]
    assert asked == {"POST /v1/embeddings": 1}
    for _ in range(3):
        await ask_for(door, "깊은 밤의 한 잔", locale="en")
    assert provider.calls()["requests"] == asked
    prefix = door.host.settings.redis_prefix
    stats = await door.host.bus.redis.mget(f"{prefix}:stats:hits", f"{prefix}:stats:misses")
    assert [int(number) for number in stats] == [3, 1]
    assert REGISTRY.get_sample_value("redis_cache_hit_rate") == 0.75
    assert 0 < (REGISTRY.get_sample_value("cache_hit_rate") or 0) < 1
    keys = [key async for key in door.host.bus.redis.scan_iter(f"{prefix}:embed:*")]
    assert len(keys) == 1
    assert 3_500 < await door.host.bus.redis.ttl(keys[0]) <= 3_600
    # What people write is kept in no table.
    assert await count(door, select(func.count(Embedding.id))) == 98


async def test_vectors_follow_when_the_provider_is_back(
    provider: OpenAISandbox, door: Door, tmp_path: Path
) -> None:
    provider.faults({"match": GATEWAY, "fault": "400", "times": -1})
    await catalogue.load(door.begin, edited(tmp_path, **{"nerd6-daily": "달무리 하루"}))
    await search.refresh(door.begin, vectors(door))
    lacking = select(func.count(SearchVector.id)).where(SearchVector.embedding.is_(None))
    assert await count(door, lacking) == 2
    assert ids(await ask_for(door, "달무리"))[:1] == ["nerd6-daily"]
    provider.faults()
    await change(door, update(SearchVector).values(due_at=func.now()))
    await search.refresh(door.begin, vectors(door))
    assert await count(door, lacking) == 0


async def test_meaning_finds_what_says_it_in_other_words(door: Door, world: World) -> None:
    async with door.db.read() as session:
        row = (
            await session.scalars(
                select(SearchVector).where(SearchVector.entry_id == "lore:pouring-manners")
            )
        ).first()
    assert row is not None
    typed = row.text.splitlines()[-1][:180]
    found = await ask_for(door, "zzzzqqqq " + typed[:150])
    assert "pouring-manners" in ids(found)[:3]
    scores = {edge["node"]["id"]: edge["score"] for edge in found["edges"]}
    await change(door, update(SearchVector).values(model="another"))
    apart = await ask_for(door, "zzzzqqqq " + typed[:150])
    after = {edge["node"]["id"]: edge["score"] for edge in apart["edges"]}
    assert after.get("pouring-manners", 0) < scores["pouring-manners"], "of another model"
