"""What one network may hold before it says who it is, and what it may have us remember."""

from contextlib import AsyncExitStack

import pytest

from core.throttle import network
from routes.graphql.caps import Caps
from routes.graphql.limits import Limits
from routes.graphql.refusals import Refusal
from tests.graphql_transport.conftest import Serve, until


async def test_sockets_that_say_nothing_are_capped_by_network(serve: Serve) -> None:
    door = await serve(max_connections=9, max_connections_per_address=2)
    async with AsyncExitStack() as stack:
        silent = [await stack.enter_async_context(door.wire()) for _ in range(2)]
        async with door.wire() as third:
            assert await third.closed() == (4429, "Too many connections")
        await silent[0].init("ann")
        async with door.wire() as third:
            await third.init("bob")
    await until(lambda: not door.endpoint.parts.caps.open_connections)
    assert not door.endpoint.parts.caps._connections


def test_a_full_process_counts_nobody_twice() -> None:
    caps = Caps(Limits(max_connections_per_address=1))
    caps.opening("2001:db8:0:1::1")
    with pytest.raises(Refusal):
        caps.opening("2001:db8:0:1:ffff::2")
    assert caps.opening("2001:db8:0:2::1")
    assert network("::ffff:192.0.2.1") == network("192.0.2.1")


async def test_remembered_documents_are_bounded_by_their_tokens(serve: Serve) -> None:
    door = await serve(cached_tokens=100)
    for n in range(30):
        answer = await door.ask(f"query Q{n} {{ {'hello ' * 20} }}")
        assert answer["data"] == {"hello": "Hello, you"}
    kept = door.endpoint.parts.engine._documents
    assert 0 < kept._tokens <= 100
    assert kept._tokens == sum(document.tokens for document in kept._kept.values())
