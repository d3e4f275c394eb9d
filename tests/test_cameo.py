"""Cameos through the door: from a photo to a film that plays, and away again."""

from pathlib import Path

import httpx
import pytest

from tests.conftest import World
from tests.support.api import Api, Refused
from tests.support.cameo import ask_cameo, make_portrait, request_cameo, watch

pytestmark = pytest.mark.usefixtures("app")
PHOTOS = Path(__file__).resolve().parents[1] / "data" / "photos"


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
    async with httpx.AsyncClient() as http:
        film = await http.get(video["url"])
        poster = await http.get(video["posterUrl"])
    assert len(film.content) == video["byteSize"]
    assert poster.headers["content-type"] == "image/jpeg"
    me = await minsu.one("{ me { notifications(first: 5) { edges { node { kind } } } } }")
    assert [edge["node"]["kind"] for edge in me["notifications"]["edges"]] == ["CAMEO_COMPLETED"]


@pytest.mark.parametrize(
    ("photo", "reason"), [("two-faces.jpg", "SEVERAL_FACES"), ("cat.jpg", "NO_FACE")]
)
@pytest.mark.usefixtures("workers")
async def test_photo_is_refused(minsu: Api, photo: str, reason: str) -> None:
    portrait = await make_portrait(minsu, (PHOTOS / photo).read_bytes(), ends="REJECTED")
    node = "query ($id: ID!) { node(id: $id) { ... on Portrait { rejection { reason } } } }"
    found = await minsu.one(node, id=portrait)
    assert found["rejection"]["reason"] == reason


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
    async with httpx.AsyncClient() as http:
        return dict((await http.get(f"{base}/sandbox/calls")).json())
