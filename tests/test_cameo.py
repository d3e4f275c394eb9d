"""Cameos through the door: from a photo to a film that plays, and away again."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import httpx2
import pytest

from app import App
from models.catalogue import Likeness, LikenessStatus
from tests.conftest import World
from tests.support.api import TLS, Api, Refused
from tests.support.cameo import (
    CONSENT,
    CREATE,
    PHOTO,
    PORTRAIT,
    SUBMIT,
    ask_cameo,
    make_portrait,
    request_cameo,
    upload,
    watch,
)
from tests.support.sse import lines

pytestmark = pytest.mark.usefixtures("app")
PHOTOS = Path(__file__).resolve().parents[1] / "data" / "photos"


SHARE = """mutation ($input: ShareCameoInput!) { shareCameo(input: $input) {
  ... on CameoShare { id } } }"""


@pytest.mark.usefixtures("workers")
async def test_photo_becomes_film(minsu: Api) -> None:
    portrait = await make_portrait(minsu)
    job = await request_cameo(minsu, portrait, "neon-seoul-bar")
    seen = [state async for state in watch(minsu, job)]
    assert seen[-1]["status"] == "COMPLETED", seen[-1]
    percents = [state["percent"] for state in seen]
    assert percents == sorted(percents)
    assert percents[-1] == 100
    stages = {preview["stage"] for preview in seen[-1]["previews"]}
    assert stages == {"PREPARE", "SUBMIT", "RENDER", "FETCH", "FINISH", "PUBLISH"}
    video = seen[-1]["video"]
    assert video["durationSeconds"] == pytest.approx(12, abs=0.5)
    async with httpx2.AsyncClient(verify=TLS) as http:
        film = await http.get(video["url"])
        poster = await http.get(video["posterUrl"])
    assert len(film.content) == video["byteSize"]
    assert poster.headers["content-type"] == "image/jpeg"
    me = await minsu.one("{ me { notifications(first: 5) { edges { node { kind body } } } } }")
    (told,) = [edge["node"] for edge in me["notifications"]["edges"]]
    assert told["kind"] == "CAMEO_COMPLETED"
    film = await minsu.one("query ($id: ID!) { cameo(id: $id) { template { name } } }", id=job)
    assert film["template"]["name"] in told["body"]
    share = await minsu.one(SHARE, input={"cameoId": job, "idempotencyKey": job})
    node = "query ($id: ID!) { node(id: $id) { id } }"
    assert await minsu.one(node, id=share["id"]) == {"id": share["id"]}
    assert await (await minsu.guest()).one(node, id=share["id"]) is None


@pytest.mark.parametrize(
    ("photo", "reason"), [("two-faces.jpg", "SEVERAL_FACES"), ("cat.jpg", "NO_FACE")]
)
@pytest.mark.usefixtures("workers")
async def test_photo_is_refused(minsu: Api, photo: str, reason: str) -> None:
    portrait = await make_portrait(minsu, (PHOTOS / photo).read_bytes(), ends="REJECTED")
    node = "query ($id: ID!) { node(id: $id) { ... on Portrait { rejection { reason } } } }"
    found = await minsu.one(node, id=portrait)
    assert found["rejection"]["reason"] == reason


async def test_photo_of_another_kind_is_told_in_words(minsu: Api) -> None:
    asked = {"contentType": "image/heic", "byteSize": 1, "idempotencyKey": "heic"}
    answer = await minsu.one(CREATE, i=asked)
    assert answer["message"] == "Send a photo of type jpeg, png, webp with at most 15 MB."


async def test_events_of_a_state_carry_their_place(minsu: Api) -> None:
    portrait = await upload(minsu, PHOTO.read_bytes())
    body = {"query": PORTRAIT, "variables": {"id": portrait}}
    headers = {**minsu.auth(), "accept": "text/event-stream", "last-event-id": "1-1"}
    stream = minsu.http.stream("POST", "/graphql", json=body, headers=headers)
    async with asyncio.timeout(20), stream as answer, lines(answer) as told:
        places = [await _place(told)]
        asked = {"portraitId": portrait, "consentVersion": CONSENT, "idempotencyKey": portrait}
        await minsu.one(SUBMIT, i=asked)
        places.append(await _place(told))
    assert places[0] != places[1]


async def _place(told: AsyncIterator[str]) -> str:
    async for line in told:
        if line.startswith("id: "):
            return line
    raise AssertionError("the stream ended")


async def test_minor_may_not(api: Api, world: World) -> None:
    from services.account import SANDBOX_PASSWORD

    await api.sign_in("demo-teen@example.com", SANDBOX_PASSWORD)
    with pytest.raises(Refused) as refused:
        await ask_cameo(api, "por_x", "neon-seoul-bar")
    assert refused.value.code == "AGE_RESTRICTED"
    with pytest.raises(Refused) as refused:
        await ask_cameo(await api.guest(), "por_x", "neon-seoul-bar")
    assert refused.value.code == "AGE_UNKNOWN"


@pytest.mark.usefixtures("workers")
async def test_words_are_judged_before_anything_is_paid(minsu: Api, world: World) -> None:
    portrait = await make_portrait(minsu)
    before = len((await world_calls(world))["accepted"])
    answer = await ask_cameo(minsu, portrait, "neon-seoul-bar", userName="kill all of them")
    assert answer["__typename"] == "ContentRefused"
    assert answer["categories"]
    assert len((await world_calls(world))["accepted"]) == before


async def world_calls(world: World) -> dict[str, list[object]]:
    base = world.env["OPENAI_BASE_URL"].removesuffix("/v1")
    async with httpx2.AsyncClient(verify=TLS) as http:
        return dict((await http.get(f"{base}/sandbox/calls")).json())


REGISTER = """mutation ($i: RegisterInput!) { register(input: $i) { __typename
  ... on Session { accessToken customer { id } } } }"""
DELETE_ACCOUNT = """mutation ($p: String!) { deleteAccount(password: $p) { __typename
  ... on ErasureReceipt { subject signature stores { name objects } } } }"""


async def rows_with(world: World, *texts: str) -> list[str]:
    """Tables that hold one of these texts anywhere."""
    connection = await asyncpg.connect(world.dsn)
    tables = await connection.fetch("select tablename from pg_tables where schemaname = 'public'")
    found = []
    for (table,) in tables:
        for text in texts:
            query = f'select count(*) from "{table}" t where t::text ilike $1'
            if await connection.fetchval(query, f"%{text}%"):
                found.append(f"{table}: {text}")
    await connection.close()
    return found


async def test_a_licence_that_ends_in_the_queue_is_noticed(
    minsu: Api, world: World, app: App
) -> None:
    """Row V11: nobody's likeness is filmed on the strength of yesterday's licence."""
    relay, worker = world.program("relay"), world.program("worker")
    portrait = await make_portrait(minsu)
    worker.stop()
    job = await request_cameo(minsu, portrait, "neon-seoul-bar")
    async with app.db.write.begin() as session:
        host = await session.get_one(Likeness, "host-sam")
        host.status = LikenessStatus.BLOCKED
    worker.start()
    states = [state async for state in watch(minsu, job)]
    assert states[-1]["failure"]["code"] == "TEMPLATE_UNAVAILABLE"
    assert states[-1]["allowedActions"] == ["REMIX", "DELETE"]
    assert (await ask_cameo(minsu, portrait, "neon-seoul-bar"))["__typename"] == (
        "TemplateUnavailable"
    )
    assert relay.is_running
