"""Clients that people use, as they come from npm and PyPI, against the whole program."""

import asyncio
import json
import signal
from collections.abc import Callable, Iterator
from contextlib import AsyncExitStack
from itertools import pairwise
from typing import Any

import pytest

from app import App
from models.notification import NotificationKind
from sandbox.openai.server import SandboxControl
from services import notification
from services.account import SANDBOX_PASSWORD
from tests.conftest import World
from tests.support.api import Api, person
from tests.support.cameo import make_portrait, request_cameo
from tests.support.gql_client import GqlWatcher
from tests.support.node import client, run
from tests.support.serve import Program, answers

TEMPLATE = "neon-seoul-bar"
SCRIPTS: dict[str, tuple[str, dict[str, bool]]] = {
    "graphql-ws": ("watch/graphql-ws.mjs", {}),
    "graphql-sse": ("watch/graphql-sse.mjs", {}),
    "@apollo/client": ("watch/apollo.mjs", {}),
    "@urql/core": ("watch/urql.mjs", {}),
    "@urql/core by fetch": ("watch/urql.mjs", {"fetch": True}),
    "eventsource": ("watch/eventsource.mjs", {}),
}
JSON = "application/graphql-response+json; charset=utf-8"
STREAM = "text/event-stream; charset=utf-8"
SUBSCRIBERS = 50


@pytest.fixture
def renders(world: World) -> Iterator[Callable[[float], None]]:
    """Renders that take no time, or as long as told."""
    sandbox = SandboxControl(world.env["OPENAI_BASE_URL"].removesuffix("/v1"))
    sandbox.speed(instant=True)
    yield lambda seconds: sandbox.speed(instant=True, min_seconds=seconds)
    sandbox.speed()


def check_watched(name: str, events: list[dict[str, Any]]) -> None:
    """Whether these are a cameo's way from its place in the queue to its video."""
    percents = [event["percent"] for event in events]
    assert events[0]["status"] == "QUEUED", name
    assert all(before <= after for before, after in pairwise(percents)), (name, percents)
    assert events[-1]["status"] == "COMPLETED", (name, events[-1])
    assert events[-1]["video"]["url"].startswith("http"), name
    assert "RUNNING" in {event["status"] for event in events}, name


async def queued_cameo(api: Api, worker: Program) -> str:
    """A cameo that waits in the queue until the worker is started again."""
    portrait = await make_portrait(api)
    await asyncio.to_thread(worker.stop)
    return await request_cameo(api, portrait, TEMPLATE)


@pytest.mark.usefixtures("renders")
async def test_every_client_watches_a_cameo_to_its_end(world: World, minsu: Api) -> None:
    worker, _ = world.program("worker"), world.program("relay")
    cameo = await queued_cameo(minsu, worker)
    task = {"url": f"{world.url}/graphql", "token": minsu.token, "cameo": cameo}
    async with asyncio.TaskGroup() as tasks, AsyncExitStack() as stack:
        clients = {
            name: await stack.enter_async_context(client(script, name, **task, **options))
            for name, (script, options) in SCRIPTS.items()
        }
        python = GqlWatcher(minsu, cameo)
        running = tasks.create_task(python.run())
        await asyncio.gather(*(one.until("event") for one in clients.values()))
        async with asyncio.timeout(30):
            await python.began.wait()
        worker.start()
        await asyncio.gather(*(one.end() for one in clients.values()), running)
    shared = [python.shared]
    for name, one in clients.items():
        check_watched(name, one.told("event"))
        if name != "eventsource":
            (asked,) = one.told("query")
            assert (asked["id"], asked["status"]) == (cameo, "QUEUED")
            shared += one.told("mutation")
    check_watched("gql", python.events)
    assert python.asked == {"id": cameo, "status": "QUEUED"}
    assert {link["__typename"] for link in shared} == {"CameoShare"}
    assert len({link["id"] for link in shared}) == len(SCRIPTS)
    assert clients["@apollo/client"].told("cached") == ["COMPLETED"]
    requests = clients["@urql/core by fetch"].told("http")
    assert all("text/event-stream" in request["accept"] for request in requests)
    assert [request["type"] for request in requests] == [JSON, STREAM, JSON]


@pytest.mark.env(MAX_CONNECTIONS_PER_VIEWER="50", MAX_SUBSCRIPTIONS_PER_VIEWER="50")
async def test_subscribers_outlive_a_restart_of_the_api(
    world: World, renders: Callable[[float], None]
) -> None:
    api, worker = world.program("api"), world.program("worker")
    world.program("relay")
    await answers(world.url)
    async with person(world.url) as minsu:
        await minsu.sign_in("demo-minsu@example.com", SANDBOX_PASSWORD)
        cameo = await queued_cameo(minsu, worker)
        task = {"url": f"{world.url}/graphql", "token": minsu.token, "cameo": cameo}
        async with client("fleet.mjs", count=SUBSCRIBERS, **task) as fleet:
            await fleet.until("event", SUBSCRIBERS)
            renders(60)
            worker.start()
            while fleet.told("event")[-1]["stage"] != "RENDER":
                await fleet.until("event", len(fleet.told("event")) + 1)
            api.signal(signal.SIGTERM)
            closed = await fleet.until("closed", SUBSCRIBERS)
            assert {close["code"] for close in closed} == {1012}
            await asyncio.to_thread(api.stop)
            api.start()
            await fleet.until("connected", 2 * SUBSCRIBERS)
            renders(0)
            await fleet.end()
    for n in range(SUBSCRIBERS):
        check_watched(f"subscriber {n}", [one for one in fleet.told("event") if one["n"] == n])


async def test_eventsource_takes_up_where_it_was_cut(world: World, app: App, minsu: Api) -> None:
    ids: list[str] = []

    async def tell() -> None:
        async with app.begin() as uow:
            kind = NotificationKind.CAMEO_COMPLETED
            row = await notification.notify(uow, str(minsu.customer_id), kind, None)
        assert row
        ids.append(row.id)

    await tell()
    query = f'subscription {{ notifications(after: "{ids[0]}") {{ id }} }}'
    url = f"{world.url}/graphql"
    async with client("resume.mjs", url=url, query=query, token=minsu.token, count=3) as source:
        await tell()
        await source.until("lost")
        await tell()
        assert await source.until("open", 2) == [None, ids[1]]
        await source.until("event", 2)
        await tell()
        await source.end()
    events = source.told("event")
    assert [event["id"] for event in events] == ids[1:]
    assert [event["data"]["notifications"]["id"] for event in events] == ids[1:]


async def test_graphql_over_http_is_kept_to_the_letter(world: World, app: App) -> None:
    audits = json.loads(await run("audit.mjs", f"{world.url}/graphql"))
    assert len(audits) >= 61
    assert [audit for audit in audits if audit["status"] != "ok"] == []
