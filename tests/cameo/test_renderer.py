"""A renderer that fails in every way it can: no job is stuck, no shot is paid twice (row 18)."""

import asyncio
import json
import time
from typing import Any

import httpx2
import pytest

from sandbox.openai.webhooks import sign
from tests.cameo.crew import Crew
from tests.cameo.desk import DOUBLE, SHORT, Desk, ended, until
from tests.conftest import World
from tests.support.api import TLS, Api, key
from tests.support.cameo import request_cameo

RETRY = """mutation ($id: ID!, $key: String!) { retryCameo(id: $id, idempotencyKey: $key) {
  __typename ... on CameoJob { id status } ... on UserError { code } } }"""


def order(name: str, shot: int, fault: str, **more: Any) -> dict[str, Any]:
    """Have the orders of one shot of one person's film meet a fault."""
    match = {"method": "POST", "path": "/v1/videos", "prompt_contains": f"{name} {shot}"}
    return {"match": match, "fault": fault, **more}


async def film(desk: Desk, api: Api, photo: str, name: str, template: str) -> dict[str, Any]:
    """Make a film for this name; return its last state, with what each shot cost."""
    job = await request_cameo(api, photo, template, userName=name)
    return await _with_costs(desk, job, await ended(api, job))


async def _with_costs(desk: Desk, job: str, state: dict[str, Any]) -> dict[str, Any]:
    prompts = [str(order["prompt"]) for order in await desk.paid(job)]
    name = (await desk.job(job))["user_name"]
    state["costs"] = [
        sum(prompt.startswith(f"{name} {shot['number']}") for prompt in prompts)
        for shot in state["shots"]
    ]
    return {**state, "job": job}


@pytest.mark.env(
    PROVIDER_TIMEOUT_SECONDS="2",
    SHOT_ATTEMPTS="2",
    SHOT_DEADLINE_SECONDS="12",
    MAX_OPEN_CAMEOS="9",
    RENDER_SLOTS="9",
)
async def test_renderer_fails_in_every_way(
    minsu: Api, photo: str, crew: Crew, desk: Desk, world: World
) -> None:
    status = {"method": "GET", "path": "/v1/videos/*", "prompt_contains": "Ada 1"}
    content = {"method": "GET", "path": "/v1/videos/*/content", "prompt_contains": "Ada 2"}
    desk.studio.faults(
        order("Ada", 1, "lost_reply_after_acceptance"),
        order("Ada", 2, "429", seconds=2),
        {"match": status, "fault": "500"},
        {"match": content, "fault": "cut_stream"},
        order("Ben", 1, "timeout"),
        order("Ben", 2, "500"),
        order("Cho", 1, "black_render"),
        order("Dan", 2, "fail_render"),
        order("Eve", 1, "never_finishing", times=-1),
        order("Fay", 1, "fail_render", code="moderation_blocked"),
        order("Gil", 1, "short_render"),
    )
    asked = [(name, DOUBLE) for name in ("Ada", "Ben", "Cho", "Dan", "Eve")]
    films = [film(desk, minsu, photo, *one) for one in [*asked, ("Fay", SHORT), ("Gil", SHORT)]]
    ada, ben, cho, dan, eve, fay, gil = await asyncio.gather(*films)
    for done, costs in ((ada, [1, 1]), (ben, [1, 1]), (cho, [2, 1]), (dan, [1, 2]), (gil, [2])):
        assert done["status"] == "COMPLETED", done
        assert done["costs"] == costs, done
        await desk.is_whole(done["job"])
    assert (fay["status"], fay["failure"]["code"]) == ("FAILED", "RENDER_REFUSED")
    assert fay["allowedActions"] == ["REMIX", "DELETE"]
    assert (eve["status"], eve["failure"]["code"]) == ("FAILED", "RENDER_FAILED")
    assert eve["costs"] == [world.settings.shot_attempts, 1]
    desk.studio.faults()
    again = await minsu.one(RETRY, id=eve["job"], key=key())
    assert again["__typename"] == "CameoJob", again
    final = await _with_costs(desk, eve["job"], await ended(minsu, eve["job"]))
    assert final["status"] == "COMPLETED", final
    # The shot that was filmed when the other one failed is not paid again.
    assert final["costs"] == [world.settings.shot_attempts + 1, 1]


async def told(desk: Desk, id: str, body: bytes, secret: str, at: int) -> httpx2.Response:
    """Post a webhook as the renderer would."""
    headers = {
        "webhook-id": id,
        "webhook-timestamp": str(at),
        "webhook-signature": sign(secret, id, at, body),
    }
    async with httpx2.AsyncClient(verify=TLS) as http:
        url = f"{desk.world.url}/webhooks/renderer"
        return await http.post(url, content=body, headers=headers)


@pytest.mark.env(POLL_SECONDS="300")
async def test_webhooks_alone_move_a_film(
    minsu: Api, photo: str, crew: Crew, desk: Desk, world: World
) -> None:
    secret = world.env["OPENAI_WEBHOOK_SECRET"]
    desk.studio.speed(instant=True, min_seconds=1)
    desk.studio.webhook(f"{world.url}/webhooks/renderer", secret)
    desk.studio.faults({"match": {"path": "/webhook"}, "fault": "twice"})
    release = asyncio.Event()
    asked = crew.trap("GET", r"/videos/[^/?]+$", late=release)
    job = await request_cameo(minsu, photo, SHORT)
    watching = asyncio.create_task(ended(minsu, job))
    await asked.met.wait()

    async def receipts() -> bool:
        return bool(await desk.one("select count(*) from webhook_receipts") == 1)

    # The news comes while a worker is still asking: it must not wait for the next poll.
    await until(receipts)
    release.set()
    final = await watching
    assert final["status"] == "COMPLETED", final
    before = await desk.job(job)
    video = (await desk.paid(job))[0]["id"]
    body = json.dumps({"type": "video.completed", "data": {"id": video}}).encode()
    now = int(time.time())
    first = await told(desk, "wh_1", body, secret, now)
    second = await told(desk, "wh_1", body, secret, now)
    assert (first.json(), second.json()["duplicate"]) == ({"received": True}, True)
    for forged in (
        await told(desk, "wh_2", body, "whsec_" + "A" * 32, now),
        await told(desk, "wh_3", body, secret, now - 3600),
        await told(desk, "wh_4", b"[]", secret, now),
    ):
        assert forged.status_code == 400, forged.text
    assert (await told(desk, "wh_5", bytes(5_000_000), secret, now)).status_code in (400, 413)
    assert await desk.job(job) == before
