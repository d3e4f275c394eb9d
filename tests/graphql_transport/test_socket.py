"""graphql-transport-ws, frame by frame."""

import asyncio
import time

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from tests.graphql_transport.conftest import ORIGIN, Door, Serve, until


async def test_a_subscription_runs_to_its_end(door: Door) -> None:
    async with door.wire() as wire:
        await wire.init()
        await wire.subscribe("subscription($to: Int!) { count(to: $to) }", "a", to=1)
        assert await wire.read() == {"id": "a", "type": "next", "payload": {"data": {"count": 1}}}
        assert await wire.read() == {"id": "a", "type": "complete"}


async def test_queries_and_mutations_run_too(door: Door) -> None:
    async with door.wire() as wire:
        await wire.init("ann", acceptLanguage="ko", channel="us")
        await wire.subscribe("{ me where }", "q")
        answer = {"data": {"me": "ann", "where": "ko/us"}}
        assert await wire.read() == {"id": "q", "type": "next", "payload": answer}
        assert await wire.read() == {"id": "q", "type": "complete"}
        await wire.subscribe("mutation { bump }", "m")
        assert (await wire.read())["payload"]["data"]["bump"] >= 1


async def test_the_header_of_the_handshake_signs_in(door: Door) -> None:
    async with door.wire(additional_headers={"authorization": "Bearer bob"}) as wire:
        await wire.init()
        await wire.subscribe("subscription { mine }")
        assert (await wire.read())["payload"] == {"data": {"mine": "bob"}}


@pytest.mark.parametrize(
    "message",
    [
        "null",
        "[]",
        "1",
        '"x"',
        "not json",
        "{}",
        '{"type":null}',
        '{"type":"start","id":"1"}',
        '{"type":"connection_init","payload":[]}',
        '{"type":"ping","payload":"x"}',
        '{"type":"subscribe"}',
        '{"type":"subscribe","id":{"a":1},"payload":{"query":"{ hello }"}}',
        '{"type":"subscribe","id":1,"payload":{"query":"{ hello }"}}',
        '{"type":"subscribe","id":"","payload":{"query":"{ hello }"}}',
        '{"type":"subscribe","id":"1","payload":"{ hello }"}',
        '{"type":"subscribe","id":"1"}',
        '{"type":"subscribe","id":"1","payload":{"query":7}}',
        '{"type":"subscribe","id":"1","payload":{"query":"{ hello }","variables":"x"}}',
        '{"type":"subscribe","id":"1","payload":{"query":"{ hello }","variables":[]}}',
        '{"type":"subscribe","id":"1","payload":{"query":"{ hello }","operationName":{}}}',
        '{"type":"complete","id":null}',
        '{"type":"ping","payload":{"a":"\\u0000"}}',
        "[" * 5_000,
        b"binary",
    ],
)
async def test_bad_messages_close_4400(
    door: Door, message: str | bytes, caplog: pytest.LogCaptureFixture
) -> None:
    async with door.wire() as wire:
        await wire.init()
        await wire.connection.send(message)
        code, reason = await wire.closed()
        assert code == 4400
        assert reason
        assert reason.startswith("Invalid message")
    assert not [r for r in caplog.records if r.exc_info]


async def test_only_the_faulty_operation_ends(door: Door) -> None:
    async with door.wire() as wire:
        await wire.init()
        await wire.subscribe("subscription { state }", "good")
        await until(lambda: door.world.topic.followers)
        for id_, query, code in (
            ("1", "subscription {", "GRAPHQL_PARSE_FAILED"),
            ("2", "subscription { nope }", "GRAPHQL_VALIDATION_FAILED"),
            ("3", "subscription($n: Int!) { count(to: $n) }", "BAD_USER_INPUT"),
            (
                "4",
                "query($n: Int!) { items(first: $n) { edges { node { id } } } }",
                "BAD_USER_INPUT",
            ),
            ("5", "subscription { mine }", "UNAUTHENTICATED"),
            ("6", "subscription { count state }", "GRAPHQL_VALIDATION_FAILED"),
        ):
            await wire.subscribe(query, id_)
            message = await wire.read()
            assert (message["id"], message["type"]) == (id_, "error")
            assert message["payload"][0]["extensions"]["code"] == code
        door.world.topic.publish("still here")
        assert (await wire.read())["payload"] == {"data": {"state": "still here"}}


async def test_a_stream_that_breaks_is_masked(door: Door) -> None:
    async with door.wire() as wire:
        await wire.init()
        await wire.subscribe("subscription { state }")
        await until(lambda: door.world.topic.followers)
        door.world.topic.publish(RuntimeError("secret"))
        message = await wire.read()
        assert message["type"] == "error"
        assert message["payload"][0]["extensions"]["code"] == "INTERNAL"
        assert "secret" not in str(message)


async def test_init_must_come_in_time(serve: Serve) -> None:
    door = await serve(init_seconds=0.1)
    async with door.wire() as wire:
        assert await wire.closed() == (4408, "Connection initialisation timeout")


async def test_init_comes_once(door: Door) -> None:
    async with door.wire() as wire:
        await wire.init()
        await wire.send({"type": "connection_init"})
        assert await wire.closed() == (4429, "Too many initialisation requests")


async def test_nothing_runs_before_init(door: Door) -> None:
    async with door.wire() as wire:
        await wire.subscribe("{ hello }")
        assert await wire.closed() == (4401, "Unauthorized")


async def test_ids_are_used_once_at_a_time(door: Door) -> None:
    async with door.wire() as wire:
        await wire.init()
        await wire.subscribe("subscription { count(to: 1) }")
        assert [(await wire.read())["type"] for _ in range(2)] == ["next", "complete"]
        await wire.subscribe("subscription { state }")
        await wire.subscribe("subscription { state }")
        assert await wire.closed() == (4409, "Subscriber for 1 already exists")


@pytest.mark.parametrize("offered", [None, ["graphql-ws"], ["soap"]])
async def test_other_subprotocols_are_refused(door: Door, offered: list[str] | None) -> None:
    async with connect(f"ws://127.0.0.1:{door.port}/graphql", subprotocols=offered) as connection:
        await connection.wait_closed()
        assert connection.close_code == 4406


@pytest.mark.parametrize("token", ["bad token", "ann@1"])
async def test_bad_tokens_close_4403(door: Door, token: str) -> None:
    async with door.wire() as wire:
        params = {"authorization": f"Bearer {token}"}
        await wire.send({"type": "connection_init", "payload": params})
        code, reason = await wire.closed()
        assert code == 4403
        assert reason in ("TOKEN_INVALID", "TOKEN_EXPIRED")


async def test_an_outage_of_the_host_closes_1013(door: Door) -> None:
    async with door.wire() as wire:
        params = {"authorization": "Bearer outage"}
        await wire.send({"type": "connection_init", "payload": params})
        assert (await wire.closed())[0] == 1013


async def test_foreign_origins_are_refused(door: Door) -> None:
    async with door.wire(origin=ORIGIN) as wire:
        await wire.init()
    async with door.wire(origin=f"http://127.0.0.1:{door.port}") as wire:
        await wire.init()
    for origin in ("https://evil.example", "null", f"http://127.0.0.1:{door.port}.evil.example"):
        with pytest.raises(InvalidStatus) as refusal:
            async with door.wire(origin=origin):
                pass
        assert refusal.value.response.status_code == 403


async def test_pings_are_answered_and_sent(serve: Serve) -> None:
    door = await serve(ping_seconds=0.1, pong_seconds=0.2)
    async with door.wire() as wire:
        await wire.init()
        await wire.send({"type": "ping", "payload": {"n": 1}})
        assert await wire.read() == {"type": "pong", "payload": {"n": 1}}
        for _ in range(3):
            assert await wire.read() == {"type": "ping"}
            await wire.send({"type": "pong"})
        assert await wire.read() == {"type": "ping"}
        assert await wire.closed() == (4408, "No pong in time")


async def test_messages_are_bounded_in_size_and_rate(serve: Serve) -> None:
    door = await serve(max_message_bytes=500, max_messages_per_second=1, message_burst=5)
    async with door.wire() as wire:
        await wire.init()
        await wire.send({"type": "ping", "payload": {"a": "x" * 500}})
        assert await wire.closed() == (4413, "Message too large")
    async with door.wire() as wire:
        await wire.init()
        for _ in range(10):
            await wire.send({"type": "ping"})
        assert await wire.closed() == (4429, "Too many messages")


async def test_expired_tokens_end_the_connection(door: Door) -> None:
    async with door.wire() as wire:
        expires = time.time() + 1
        await wire.init(f"ann@{expires}")
        await wire.subscribe("subscription { state }")
        assert await wire.closed() == (4403, "token expired")
        assert time.time() - expires < 1


async def test_revoked_sessions_end_the_connection(door: Door) -> None:
    async with door.wire() as wire:
        await wire.init("carl")
        for end in door.world.revocations["carl"]:
            end()
        assert await wire.closed() == (4403, "session revoked")
    await until(lambda: not door.world.revocations["carl"])


async def test_connections_are_capped(serve: Serve) -> None:
    door = await serve(max_connections=3, max_connections_per_viewer=1)
    async with door.wire() as first, door.wire() as second:
        await first.init("ann")
        await second.init("bob")
        async with door.wire() as third:
            await third.send(
                {"type": "connection_init", "payload": {"authorization": "Bearer ann"}}
            )
            assert await third.closed() == (4429, "Too many connections")
        async with door.wire() as third, door.wire() as fourth:
            await third.init("carl")
            assert (await fourth.closed())[0] == 1013
    await until(lambda: not door.endpoint.parts.caps.open_connections)
    async with door.wire() as again:
        await again.init("ann")


async def test_subscriptions_are_capped(serve: Serve) -> None:
    door = await serve(max_subscriptions_per_viewer=2, max_operations_per_connection=3)
    async with door.wire() as wire:
        await wire.init("ann")
        for id_ in "ab":
            await wire.subscribe("subscription { state }", id_)
        await wire.subscribe("subscription { state }", "c")
        message = await wire.read()
        assert message["payload"][0]["extensions"]["code"] == "TOO_MANY_SUBSCRIPTIONS"
        await wire.send({"type": "complete", "id": "a"})
        await wire.subscribe("subscription { count(to: 1) }", "c")
        assert (await wire.read())["type"] == "next"
        assert (await wire.read())["type"] == "complete"
        for id_ in "de":
            await wire.subscribe("{ slow }", id_)
        await wire.subscribe("{ hello }", "f")
        message = await wire.read()
        assert message["payload"][0]["extensions"]["code"] == "TOO_MANY_OPERATIONS"


async def test_a_mutation_ends_although_its_socket_left(door: Door) -> None:
    async with door.wire() as wire:
        await wire.init()
        await wire.subscribe("mutation { bumpSlowly }")
        await until(lambda: door.world.runs["started"])
    door.world.mutation_gate.set()
    await until(lambda: door.world.runs["finished"])


async def test_a_client_that_never_reads_is_dropped(serve: Serve) -> None:
    door = await serve(write_seconds=0.3)
    async with door.wire() as wire:
        await wire.init()
        await wire.subscribe("subscription { state(size: 200000) }")
        await until(lambda: door.world.topic.followers)
        wire.connection.transport.pause_reading()
        for n in range(60):
            door.world.topic.publish(n)
            await asyncio.sleep(0.02)
        await until(lambda: not door.endpoint.parts.caps.open_connections)
        await until(lambda: not door.server.server_state.connections)
        assert not door.world.topic.followers
        wire.connection.transport.abort()


async def test_a_stopping_server_sends_its_clients_elsewhere(serve: Serve) -> None:
    door = await serve()
    async with door.wire() as wire:
        await wire.init()
        await wire.subscribe("subscription { state }")
        await until(lambda: door.world.topic.followers)
        started = time.monotonic()
        door.server.should_exit = True
        assert (await wire.closed())[0] == 1012
        assert time.monotonic() - started < 2
    await until(lambda: not door.world.topic.followers)
