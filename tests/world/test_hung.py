"""A graph that is there and does not answer: one waits for it, then rows (issue 5, W1 and W2)."""

import asyncio
import signal
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from sandbox.stack import Stack
from tests.catalogue.door import Door, ask, trips, until
from tests.world.test_knowledge import KNOWLEDGE, ids, knows
from tests.world.test_walk import NEAR, PATH, first_hop, way

PAIR = ("nerd12-signature", "icheon-rice")
QUESTION = "Why is NERD12 twelve percent?"
# Nothing here waits for long; a graph that is waited for does not come back at all.
PATIENCE = 10


@contextmanager
def frozen(engine: Stack) -> Iterator[None]:
    """Connections stay open, and nothing answers on them."""
    engine.graph.process.signal(signal.SIGSTOP)
    try:
        yield
    finally:
        engine.graph.process.signal(signal.SIGCONT)


# Twice what the product has: here others are busy on the same two cores.
@pytest.mark.env(GRAPH_DEADLINE_SECONDS="1")
async def test_a_graph_that_hangs_is_waited_for_once(world_door: Door, engine: Stack) -> None:

    async def is_whole() -> bool:
        return "extensions" not in await ask(world_door, NEAR, id="icheon-rice")

    await until(is_whole, 60)
    path = await way(world_door, *PAIR)
    around = await first_hop(world_door, "icheon-rice")
    known = ids(await knows(world_door, QUESTION, first=3))
    with frozen(engine):
        async with asyncio.timeout(PATIENCE):
            answer = await ask(world_door, PATH, **{"from": PAIR[0], "to": PAIR[1]})
        assert answer["extensions"] == {"degraded": ["world"]}
        assert answer["data"]["lorePath"] == path
        async with asyncio.timeout(PATIENCE):
            answer = await ask(world_door, NEAR, id="icheon-rice", first=100)
        assert answer["extensions"] == {"degraded": ["world"]}
        assert await first_hop(world_door, "icheon-rice") == around
        async with asyncio.timeout(PATIENCE):
            answer = await ask(world_door, KNOWLEDGE, intent=QUESTION)
        assert answer["extensions"]["degraded"].count("world") == 1
        assert set(known) & set(ids(answer["data"]["knowledge"]))
        with trips(world_door.db) as seen:
            many = await asyncio.gather(*(first_hop(world_door, "icheon-rice") for _ in range(20)))
        assert many == [around] * 20
        assert seen.cypher == 0, "nobody asked the graph on a customer's time"

    await until(is_whole, 60)
