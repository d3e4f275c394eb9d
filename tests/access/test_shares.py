"""Row V12: a share link ends when it was said, or when it is taken back, and counts its looks."""

from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import httpx2

from core.clock import clock
from tests.access.crowd import Crowd
from tests.support.api import TLS, Api

LINK = "query ($id: ID!) { node(id: $id) { ... on CameoShare { url viewCount revokedAt } } }"
REVOKE = """mutation ($id: ID!) { revokeCameoShare(id: $id) {
  ... on CameoShare { revokedAt viewCount } ... on UserError { code } } }"""
SHARED = "query ($token: String!) { sharedCameo(token: $token) { userName } }"


async def shared(crowd: Crowd) -> tuple[str, dict[str, Any]]:
    """Share a film; return the link's id and what its owner sees of it."""
    id = (await crowd.filmed(crowd.owner))["CameoShare"]
    return id, await crowd.owner.one(LINK, id=id)


async def opens(api: Api, url: str) -> bool:
    """Whether the page and the field show the film to whoever holds the link."""
    token = urlsplit(url).path.rpartition("/")[2]
    async with httpx2.AsyncClient(verify=TLS) as http:
        page = (await http.get(url)).status_code
    found = await api.one(SHARED, token=token)
    assert (page, found) in ((200, {"userName": "민수"}), (404, None))
    return found is not None


async def test_looks_are_counted(crowd: Crowd) -> None:
    id, link = await shared(crowd)
    assert link["viewCount"] == 0
    async with httpx2.AsyncClient(verify=TLS) as http:
        for _ in range(3):
            assert (await http.get(link["url"])).status_code == 200
    assert (await crowd.owner.one(LINK, id=id))["viewCount"] == 3


async def test_a_link_that_is_taken_back_opens_nothing(crowd: Crowd) -> None:
    id, link = await shared(crowd)
    assert await opens(crowd.staff, link["url"])
    stranger = crowd.others["another customer"]
    assert (await stranger.one(REVOKE, id=id))["code"] == "NOT_FOUND"
    assert await opens(crowd.staff, link["url"])
    first = await crowd.owner.one(REVOKE, id=id)
    assert first["revokedAt"]
    assert not await opens(crowd.staff, link["url"])
    again = await crowd.owner.one(REVOKE, id=id)
    assert again["revokedAt"] == first["revokedAt"], "taken back twice is taken back once"


async def test_a_link_ends_when_it_was_said(crowd: Crowd) -> None:
    _, link = await shared(crowd)
    crowd.host.begin.now = clock(timedelta(hours=23, minutes=59).total_seconds())
    async with httpx2.AsyncClient(verify=TLS) as http:
        assert (await http.get(link["url"])).status_code == 200
        crowd.host.begin.now = clock(timedelta(hours=24, minutes=1).total_seconds())
        assert (await http.get(link["url"])).status_code == 404
