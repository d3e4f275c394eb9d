"""The benchmark runs: a few requests on each server, all of which answer alike; no times."""

from contextlib import ExitStack

import pytest

from bench.data import add_cameo
from bench.fanout import fan_out
from bench.load import ask_times
from bench.queries import REFERENCE, SMALL
from bench.rounds import Question, same_answers
from bench.servers import any_node, ours, peer
from core.bus import Bus
from core.db import connect
from tests.conftest import World
from tests.support.serve import free_port

QUESTIONS = (
    Question("reference", "", REFERENCE, {"first": 5}),
    Question("reference of all", "", REFERENCE, {"first": 50}),
    Question("typename", "", SMALL, {}),
)
SUBSCRIBERS, EVENTS = 5, 2


@pytest.mark.env(NEO4J_URI="bolt://127.0.0.1:1")
async def test_all_servers_answer_alike(world: World) -> None:
    node = any_node()
    with ExitStack() as stack:
        servers = [
            ours("ours", world.env, free_port(), world.folder),
            peer("graphql-yoga", node, world.env, free_port(), world.folder),
            peer("mercurius", node, world.env, free_port(), world.folder),
        ]
        for server in servers:
            stack.enter_context(server)
        for question in QUESTIONS:
            assert same_answers(servers, question)
            for server in servers:
                tally = await ask_times(server.port, question.body, connections=4, times=20)
                assert tally.wrong == 0
                assert len(tally.sizes) == 1
                assert len(tally.seconds) >= 20
        products = same_answers(servers, QUESTIONS[0])["products"]
        assert products["pageInfo"]["hasNextPage"]
        db, bus = connect(world.settings), Bus(world.settings)
        try:
            await add_cameo(db)
            mine, yoga, _ = servers
            fans = await fan_out(mine, yoga, db, bus, subscribers=SUBSCRIBERS, events=EVENTS)
        finally:
            await bus.close()
            await db.close()
    assert [(fan.held, fan.messages) for fan in fans] == [(SUBSCRIBERS, SUBSCRIBERS * EVENTS)] * 2
