"""One execution per event, not per subscriber."""

import asyncio
from contextlib import AsyncExitStack

from prometheus_client import REGISTRY

from tests.graphql_transport.conftest import Door, Serve, Wire, until


async def opened(stack: AsyncExitStack, door: Door, tokens: list[str]) -> list[Wire]:
    wires = [await stack.enter_async_context(door.wire()) for _ in tokens]
    return [await wire.init(token) for wire, token in zip(wires, tokens, strict=True)]


async def reading(door: Door, count: int) -> None:
    """Wait until that many read, and their execution follows what a test publishes."""
    topics = door.world.topic, door.world.log
    await until(
        lambda: (
            REGISTRY.get_sample_value("graphql_subscribers") == count
            and any(topic.followers for topic in topics)
        )
    )


async def test_equal_subscriptions_run_once(serve: Serve) -> None:
    door = await serve()
    world = door.world
    executions = REGISTRY.get_sample_value("graphql_executions_total") or 0
    async with AsyncExitStack() as stack:
        wires = await opened(stack, door, ["ann"] * 10)
        for n, wire in enumerate(wires):
            # Written otherwise, but the same document.
            await wire.subscribe("subscription {" + " " * n + "state, }", f"{n}")
        await reading(door, 10)
        for item in ("a", "b"):
            world.topic.publish(item)
            for n, wire in enumerate(wires):
                message = {"id": f"{n}", "type": "next", "payload": {"data": {"state": item}}}
                assert await wire.read() == message
        assert (world.runs["state"], world.runs["state_events"]) == (1, 2)
        assert REGISTRY.get_sample_value("graphql_executions_total") == executions + 1
        world.topic.publish(None)
        for wire in wires:
            assert (await wire.read())["type"] == "complete"
    assert len(door.endpoint.parts.executions) == 0


async def test_other_scopes_and_variables_run_alone(serve: Serve) -> None:
    door = await serve()
    async with AsyncExitStack() as stack:
        ann, bob, korean = await opened(stack, door, ["ann", "bob", "ann"])
        await ann.subscribe("subscription { state }")
        await ann.subscribe("subscription { state(size: 1) }", "2")
        await ann.subscribe("query Q { hello } subscription S { state }", "3")
        await bob.subscribe("subscription { state }")
        await korean.subscribe("subscription { state }")
        await until(lambda: len(door.world.topic.followers) >= 3)
        assert (await ann.read())["payload"][0]["extensions"]["code"] == "OPERATION_NOT_FOUND"
        assert door.world.runs["state"] == 3


async def test_errors_reach_everybody(serve: Serve) -> None:
    door = await serve()
    async with AsyncExitStack() as stack:
        wires = await opened(stack, door, ["ann"] * 3)
        for wire in wires:
            await wire.subscribe("subscription { state }")
        await reading(door, 3)
        door.world.topic.publish(RuntimeError("broken"))
        for wire in wires:
            assert (await wire.read())["type"] == "error"


async def test_who_comes_late_gets_the_latest_state(serve: Serve) -> None:
    door = await serve()
    async with AsyncExitStack() as stack:
        first, second = await opened(stack, door, ["ann", "ann"])
        await first.subscribe("subscription { state }")
        await until(lambda: door.world.topic.followers)
        door.world.topic.publish("now")
        assert (await first.read())["payload"]["data"]["state"] == "now"
        await second.subscribe("subscription { state }")
        assert (await second.read())["payload"]["data"]["state"] == "now"
        door.world.topic.publish("then")
        for wire in (first, second):
            assert (await wire.read())["payload"]["data"]["state"] == "then"
        assert door.world.runs["state"] == 1


async def test_the_last_who_leaves_ends_the_run(serve: Serve) -> None:
    door = await serve()
    async with AsyncExitStack() as stack:
        first, second = await opened(stack, door, ["ann", "ann"])
        await first.subscribe("subscription { state }")
        await second.subscribe("subscription { state }")
        await reading(door, 2)
        await first.send({"type": "complete", "id": "1"})
        await reading(door, 1)
        door.world.topic.publish("on")
        assert (await second.read())["payload"]["data"]["state"] == "on"
        await second.send({"type": "complete", "id": "1"})
        await until(lambda: door.world.runs["state_ended"])
        await first.subscribe("subscription { state }")
        await until(lambda: door.world.runs["state"] == 2)


async def test_a_slow_reader_skips_progress_but_sees_the_end(serve: Serve) -> None:
    door = await serve()
    async with AsyncExitStack() as stack:
        slow, quick = await opened(stack, door, ["ann", "ann"])
        for wire in (slow, quick):
            await wire.subscribe("subscription { state(size: 100000) }")
        await reading(door, 2)
        slow.connection.transport.pause_reading()
        for n in range(200):
            door.world.topic.publish(f"{n:03}-")
            assert (await quick.read())["payload"]["data"]["state"][:3] == f"{n:03}"
        door.world.topic.publish(None)
        assert (await quick.read())["type"] == "complete"
        slow.connection.transport.resume_reading()
        seen = []
        while (message := await slow.read())["type"] == "next":
            seen.append(int(message["payload"]["data"]["state"][:3]))
        assert message["type"] == "complete"
        assert seen == sorted(set(seen))
        assert len(seen) < 200
        assert seen[-1] == 199


async def test_a_slow_reader_of_a_log_is_told_to_resume(serve: Serve) -> None:
    door = await serve(log_backlog=5, write_seconds=5)
    async with AsyncExitStack() as stack:
        slow, quick = await opened(stack, door, ["ann", "ann"])
        for wire in (slow, quick):
            await wire.subscribe("subscription { log(size: 100000) }")
        await reading(door, 2)
        assert door.world.runs["log"] == 1
        slow.connection.transport.pause_reading()
        for n in range(100):
            door.world.log.publish(f"{n:03}-")
            assert (await quick.read())["payload"]["data"]["log"][:3] == f"{n:03}"
        slow.connection.transport.resume_reading()
        seen = []
        while (message := await slow.read())["type"] == "next":
            seen.append(int(message["payload"]["data"]["log"][:3]))
        assert seen == list(range(len(seen)))
        assert 5 <= len(seen) < 100
        assert message["payload"][0]["extensions"]["code"] == "SLOW_CONSUMER"


async def test_a_log_that_has_begun_is_not_joined(serve: Serve) -> None:
    door = await serve()
    async with AsyncExitStack() as stack:
        first, second = await opened(stack, door, ["ann", "ann"])
        await first.subscribe("subscription { log }")
        await until(lambda: door.world.log.followers)
        door.world.log.publish("1")
        await first.read()
        await second.subscribe("subscription { log }")
        await until(lambda: door.world.runs["log"] == 2)
        async with asyncio.timeout(5):
            door.world.log.publish("2")
            assert (await second.read())["payload"]["data"]["log"] == "2"
