"""A graph that hangs costs nobody time but those who were there when it began (row W5)."""

import signal
import time

import pytest

from core.graph import REST_SECONDS
from sandbox.stack import Stack
from tests.catalogue.conftest import door_to
from tests.catalogue.door import REFERENCE, Door, ask, trips, until
from tests.conftest import World

DEADLINE = 1.0


async def is_whole(door: Door) -> bool:
    return "extensions" not in await ask(door, REFERENCE, first=1)


@pytest.mark.env(GRAPH_DEADLINE_SECONDS=f"{DEADLINE}")
async def test_nobody_waits_for_a_graph_that_hangs(world: World, engine: Stack) -> None:
    async with door_to(world) as door:
        await until(lambda: is_whole(door), 60)
        whole = await ask(door, REFERENCE, first=12)
        engine.graph.process.signal(signal.SIGSTOP)
        try:
            assert not await is_whole(door), "the first one waits, and finds out"
            with trips(door.db) as seen:
                # Long enough for the API to have asked the graph again, by itself.
                until_then = time.monotonic() + 2 * (REST_SECONDS + DEADLINE)
                while time.monotonic() < until_then:
                    answer = await ask(door, REFERENCE, first=12)
                    assert answer["extensions"] == {"degraded": ["world"]}
                    assert answer["data"] == whole["data"]
            assert seen.cypher == 0, "nobody asked the graph on a customer's time"
        finally:
            engine.graph.process.signal(signal.SIGCONT)
        await until(lambda: is_whole(door), 60)
