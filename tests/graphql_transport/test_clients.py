"""Public audits and clients from npm."""

from typing import Any

import orjson

from tests.graphql_transport.conftest import Door
from tests.support.node import run


async def test_graphql_over_http_is_kept_to_the_letter(door: Door) -> None:
    audits: list[dict[str, Any]] = orjson.loads(await run("audit.mjs", door.url))
    assert len(audits) >= 61
    assert [audit for audit in audits if audit["status"] != "ok"] == []


async def test_graphql_sse_watches_to_the_end(door: Door) -> None:
    out = await run("sse.mjs", door.url, "subscription { count(to: 3) }")
    assert [orjson.loads(line) for line in out.splitlines()] == [
        {"data": {"count": n}} for n in (1, 2, 3)
    ]
    out = await run("sse.mjs", door.url, "subscription { mine }", "Bearer ann")
    assert orjson.loads(out) == {"data": {"mine": "ann"}}
    out = await run("sse.mjs", door.url, "subscription { nope }")
    assert orjson.loads(out)["errors"][0]["extensions"]["code"] == "GRAPHQL_VALIDATION_FAILED"
