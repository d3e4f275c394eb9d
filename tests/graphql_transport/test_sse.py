"""GraphQL over SSE, distinct connections mode."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx2
import orjson
import pytest

from tests.graphql_transport.conftest import DEADLINE, Door, Serve, until
from tests.support.sse import lines

STREAM = {"accept": "text/event-stream", "content-type": "application/json"}


class Reader:
    """An event stream, block by block."""

    def __init__(self, response: httpx2.Response, told: AsyncIterator[str]) -> None:
        self.response, self._told = response, told

    async def _block(self) -> str:
        block: list[str] = []
        async for line in self._told:
            assert "\r" not in line
            if not line:
                return "\n".join(block)
            block.append(line)
        raise AssertionError("the stream ended")

    async def block(self) -> str:
        async with asyncio.timeout(DEADLINE):
            return await self._block()

    async def event(self) -> tuple[str, str | None, Any]:
        """Return the next event's name, id and payload; comments are skipped."""
        while (block := await self.block()).startswith(":"):
            pass
        fields = dict(line.split(":", 1) for line in block.split("\n"))
        data = fields["data"].strip()
        id_ = fields["id"].strip() if "id" in fields else None
        return fields["event"].strip(), id_, orjson.loads(data) if data else None


@asynccontextmanager
async def stream(
    door: Door, query: str, *, headers: Any = None, **members: Any
) -> AsyncIterator[Reader]:
    body = orjson.dumps({"query": query, **members})
    sent = {**STREAM, **(headers or {})}
    async with (
        door.http.stream("POST", door.url, content=body, headers=sent) as response,
        lines(response) as told,
    ):
        yield Reader(response, told)


async def test_events_carry_their_id_and_end_with_complete(door: Door) -> None:
    async with stream(door, "subscription { count(to: 2) }") as reader:
        assert reader.response.headers["content-type"] == "text/event-stream; charset=utf-8"
        assert len(reader.response.headers["x-trace-id"]) == 32
        assert "retry: 2000" in await reader.block()
        assert await reader.event() == ("next", "1", {"data": {"count": 1}})
        assert await reader.event() == ("next", "2", {"data": {"count": 2}})
        assert await reader.event() == ("complete", None, None)


@pytest.mark.parametrize("way", ["header", "post parameter", "get parameter"])
async def test_a_log_resumes_from_the_last_event(door: Door, way: str) -> None:
    headers = {**STREAM, **({"last-event-id": "41"} if way == "header" else {})}
    query = "subscription { log }"
    url = door.url if way == "header" else f"{door.url}?lastEventId=41"
    door.world.resumed.clear()
    if way == "get parameter":
        url += f"&query={query}"
        request = door.http.build_request("GET", url, headers=headers)
    else:
        body = orjson.dumps({"query": query})
        request = door.http.build_request("POST", url, headers=headers, content=body)
    response = await door.http.send(request, stream=True)
    await until(lambda: door.world.log.followers)
    door.world.log.publish(42)
    async with lines(response) as told:
        assert await Reader(response, told).event() == ("next", "42", {"data": {"log": "42"}})
    assert door.world.resumed == ["41"]
    await response.aclose()
    await until(lambda: not door.world.log.followers)


async def test_browsers_may_get_queries_but_no_mutations(door: Door) -> None:
    headers = {"accept": "text/event-stream"}
    answer = await door.http.get(door.url, params={"query": "{ hello }"}, headers=headers)
    assert 'data: {"data":{"hello":"Hello, you"}}\n\nevent: complete\n' in answer.text
    refused = await door.http.get(door.url, params={"query": "mutation { bump }"}, headers=headers)
    assert refused.status_code == 405


async def test_clients_that_read_both_get_json_for_queries(door: Door) -> None:
    urql = (
        "application/graphql-response+json, application/graphql+json, application/json, "
        "text/event-stream, multipart/mixed"
    )
    answer = await door.post("{ hello }", headers={"accept": urql})
    assert answer.headers["content-type"].startswith("application/graphql-response+json")
    async with stream(door, "subscription { count(to: 1) }", headers={"accept": urql}) as reader:
        assert (await reader.event())[2] == {"data": {"count": 1}}


async def test_a_subscription_needs_a_stream(door: Door) -> None:
    answer = await door.post("subscription { count }", headers={"accept": "application/json"})
    assert answer.status_code == 406
    assert answer.json()["errors"][0]["extensions"]["code"] == "STREAM_REQUIRED"


async def test_errors_are_streamed_to_clients_that_only_stream(door: Door) -> None:
    for query, code in (
        ("subscription { nope }", "GRAPHQL_VALIDATION_FAILED"),
        ("subscription($n: Int!) { count(to: $n) }", "BAD_USER_INPUT"),
        ("subscription { mine }", "UNAUTHENTICATED"),
        ("{", "GRAPHQL_PARSE_FAILED"),
    ):
        async with stream(door, query) as reader:
            assert reader.response.status_code == 200
            name, _, payload = await reader.event()
            assert (name, payload["errors"][0]["extensions"]["code"]) == ("next", code)
            assert await reader.event() == ("complete", None, None)


async def test_silence_is_filled_with_heartbeats(serve: Serve) -> None:
    door = await serve(heartbeat_seconds=0.05)
    async with stream(door, "subscription { state }") as reader:
        await reader.block()
        assert [await reader.block() for _ in range(3)] == [":"] * 3


async def test_expired_tokens_end_the_stream(door: Door) -> None:
    expires = time.time() + 1
    headers = {"authorization": f"Bearer ann@{expires}"}
    async with stream(door, "subscription { state }", headers=headers) as reader:
        name, _, payload = await reader.event()
        assert (name, payload["errors"][0]["extensions"]["code"]) == ("next", "TOKEN_EXPIRED")
        assert await reader.event() == ("complete", None, None)
        assert time.time() - expires < 1


async def test_caps_are_shared_with_sockets(serve: Serve) -> None:
    door = await serve(max_connections_per_viewer=1, max_connections=2)
    headers = {"authorization": "Bearer ann"}
    async with door.wire() as wire:
        await wire.init("ann")
        async with stream(door, "subscription { state }", headers=headers) as reader:
            assert reader.response.status_code == 429
            assert reader.response.headers["retry-after"]
        async with door.wire():
            await until(lambda: door.endpoint.parts.caps.open_connections == 2)
            async with stream(door, "subscription { state }") as reader:
                assert reader.response.status_code == 503


async def test_a_client_that_leaves_ends_its_execution(door: Door) -> None:
    async with stream(door, "subscription { state }") as reader:
        await reader.block()
        await until(lambda: door.world.topic.followers)
    await until(lambda: not door.world.topic.followers)


async def test_a_client_that_never_reads_is_dropped(serve: Serve) -> None:
    door = await serve(write_seconds=0.3)
    reader, writer = await asyncio.open_connection("127.0.0.1", door.port, limit=1)
    body = b'{"query":"subscription { state(size: 300000) }"}'
    writer.write(
        b"POST /graphql HTTP/1.1\r\nhost: x\r\naccept: text/event-stream\r\n"
        b"content-type: application/json\r\ncontent-length: %d\r\n\r\n%s" % (len(body), body)
    )
    await until(lambda: door.world.topic.followers)
    for n in range(60):
        door.world.topic.publish(n)
        await asyncio.sleep(0.02)
    await until(lambda: not door.endpoint.parts.caps.open_connections)
    await until(lambda: not door.server.server_state.connections)
    assert not door.world.topic.followers
    writer.transport.abort()
    del reader


async def test_a_stopping_server_cuts_its_streams(serve: Serve) -> None:
    door = await serve()
    async with stream(door, "subscription { state }") as reader:
        await reader.block()
        await until(lambda: door.world.topic.followers)
        started = time.monotonic()
        door.server.should_exit = True
        with pytest.raises(httpx2.RemoteProtocolError):
            await reader.event()
        assert time.monotonic() - started < 2
    await until(lambda: not door.world.topic.followers)
