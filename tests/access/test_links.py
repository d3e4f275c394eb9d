"""Row 30: links that open something by themselves open that alone, while they last."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import httpx2
import pytest

from models.checkout import AgeVerification
from sandbox.ar import put_assets
from services import age, ar
from tests.access.crowd import Crowd, absent
from tests.ar.bar import CODES, EXPERIENCE, MANIFEST, MINI, SEEN, SIGNATURE, UNLOCK
from tests.support.api import TLS, Api
from tests.support.shop import buy

FILM = """query ($film: ID!, $photo: ID!, $share: ID!) {
  film: node(id: $film) { ... on CameoJob { previews { url }
    video { url posterUrl previewStripUrl } } }
  photo: node(id: $photo) { ... on Portrait { previewUrl } }
  share: node(id: $share) { ... on CameoShare { url } } }"""
SHARED = "query ($token: String!) { sharedCameo(token: $token) { userName } }"


async def links(crowd: Crowd, api: Api) -> dict[str, str]:
    """Every link that one customer gets, by what it opens."""
    made = await crowd.filmed(api)
    asked = {"film": made["CameoJob"], "photo": made["Portrait"], "share": made["CameoShare"]}
    seen = await api.ask(FILM, **asked)
    video = seen["film"]["video"]
    bought = await buy(crowd.host, api.customer_id, {MINI: 1})
    async with crowd.host.begin() as uow:
        await ar.make(uow, crowd.world.settings, bought.id)
    code = (await api.one(CODES, id=bought.id))["unlockCodes"][0]
    return {
        "preview": seen["film"]["previews"][0]["url"],
        "film": video["url"],
        "poster": video["posterUrl"],
        "strip": video["previewStripUrl"],
        "photo": seen["photo"]["previewUrl"],
        "share": seen["share"]["url"],
        "qr": code["qrPngUrl"],
    }


@pytest.fixture
def http() -> httpx2.AsyncClient:
    """Somebody with a browser, and nothing else."""
    return httpx2.AsyncClient(verify=TLS, follow_redirects=True, timeout=30)


async def test_a_link_opens_what_it_was_made_for_alone(
    crowd: Crowd, http: httpx2.AsyncClient
) -> None:
    own, theirs = [
        await links(crowd, api) for api in (crowd.owner, crowd.others["another customer"])
    ]
    async with http:
        for what, url in own.items():
            assert (await http.get(url)).status_code == 200, what
            for bad in forged(url, theirs[what]):
                assert (await http.get(bad)).status_code in (400, 403, 404), f"{what}: {bad}"


def forged(url: str, other: str) -> list[str]:
    """The same link without its signature, with one that is off by a letter, and with another's."""
    path, _, query = url.partition("?")
    if not query:
        return [url[:-1], url[:-1] + ("A" if url[-1] != "A" else "B"), url + "A"]
    last = "0" if url[-1] != "0" else "1"
    return [path, url[:-1] + last, f"{path}?{other.partition('?')[2]}", url[: -len(last) - 8]]


async def test_links_are_shown_to_nobody_else(crowd: Crowd) -> None:
    own = await links(crowd, crowd.owner)
    made = await crowd.filmed(crowd.owner)
    asked = {"film": made["CameoJob"], "photo": made["Portrait"], "share": made["CameoShare"]}
    for who, api in {**crowd.others, "staff": crowd.staff}.items():
        nothing = {"film": None, "photo": None, "share": None}
        assert await api.ask(FILM, **asked) == nothing, who
        token = urlsplit(own["share"]).path.rpartition("/")[2]
        assert await api.one(SHARED, token=token) == {"userName": "민수"}, "whoever holds it"
        assert await api.one(SHARED, token=made["CameoShare"]) is None, "its id is no token"


async def test_what_a_bottle_opens_is_linked_for_who_opened_it(
    crowd: Crowd, http: httpx2.AsyncClient
) -> None:
    put_assets(crowd.world.settings)
    bought = await buy(crowd.host, crowd.owner.customer_id, {MINI: 1})
    async with crowd.host.begin() as uow:
        await ar.make(uow, crowd.world.settings, bought.id)
    (code,) = (await crowd.owner.one(CODES, id=bought.id))["unlockCodes"]
    await crowd.owner.one(UNLOCK, i={"code": code["code"], "deviceId": "phone"})
    seen: Mapping[str, Any] = await crowd.owner.one(SEEN, product=SIGNATURE)
    glb = seen["animations"][0]["glbUrl"]
    manifest = (await crowd.owner.one(MANIFEST, id=EXPERIENCE, engine="ARCORE"))["url"]
    async with http:
        for url, other in ((glb, manifest), (manifest, glb)):
            assert (await http.get(url)).status_code == 200
            for bad in forged(url, other):
                assert (await http.get(bad)).status_code == 403, bad
    for who, api in {**crowd.others, "staff": crowd.staff}.items():
        shown = await api.one(SEEN, product=SIGNATURE)
        assert (shown["unlocked"], shown["animations"]) == (False, []), who


async def test_the_page_of_a_proof_of_age_opens_with_its_key(
    crowd: Crowd, http: httpx2.AsyncClient
) -> None:
    own = (await crowd.own())["AgeVerification"]
    unknown = absent({"AgeVerification": own})["AgeVerification"]
    settings = crowd.world.settings
    async with crowd.host.begin() as uow:
        row = await uow.session.get_one(AgeVerification, own)
        row.expires_at = uow.now() + timedelta(hours=1)
    async with http:
        assert (await http.get(age.page(settings, own))).status_code == 200
        bare = crowd.world.url + "/age/"
        wrong = age.page(settings, unknown).partition("?")[2]
        answers = [
            await http.get(bare + tried)
            for tried in (own, unknown, f"{own}?key=", f"{own}?key=é", f"{own}?{wrong}")
        ]
    assert {(answer.status_code, answer.text) for answer in answers} == {(404, answers[0].text)}
