"""Public audits and clients from npm."""

import asyncio
import os
import shutil
import sys
from pathlib import Path
from typing import Any

import orjson
import pytest

from tests.graphql_transport.conftest import Door

CLIENTS = Path(__file__).parent.parent / "clients"


async def run(*command: str) -> bytes:
    process = await asyncio.create_subprocess_exec(
        *command,
        cwd=CLIENTS,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    async with asyncio.timeout(120):
        out, error = await process.communicate()
    assert process.returncode == 0, error.decode()
    return out


@pytest.fixture(scope="module")
async def node() -> str:
    """Node.js with the clients installed."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    found, npm = shutil.which("node", path=path), shutil.which("npm", path=path)
    assert found, "Node.js is needed: it comes with the development dependencies"
    assert npm, "npm is needed: it comes with the development dependencies"
    installed = CLIENTS / "node_modules" / ".package-lock.json"
    if not installed.exists() or installed.stat().st_mtime < (
        (CLIENTS / "package-lock.json").stat().st_mtime
    ):
        await run(npm, "ci", "--no-audit", "--no-fund")
    return found


async def test_graphql_over_http_is_kept_to_the_letter(door: Door, node: str) -> None:
    audits: list[dict[str, Any]] = orjson.loads(await run(node, "audit.mjs", door.url))
    assert len(audits) >= 61
    assert [audit for audit in audits if audit["status"] != "ok"] == []


async def test_graphql_sse_watches_to_the_end(door: Door, node: str) -> None:
    out = await run(node, "sse.mjs", door.url, "subscription { count(to: 3) }")
    assert [orjson.loads(line) for line in out.splitlines()] == [
        {"data": {"count": n}} for n in (1, 2, 3)
    ]
    out = await run(node, "sse.mjs", door.url, "subscription { mine }", "Bearer ann")
    assert orjson.loads(out) == {"data": {"mine": "ann"}}
    out = await run(node, "sse.mjs", door.url, "subscription { nope }")
    assert orjson.loads(out)["errors"][0]["extensions"]["code"] == "GRAPHQL_VALIDATION_FAILED"
