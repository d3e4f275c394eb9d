"""The pages over HTTP: what they may load, what is cached, and what they send to the graph."""

import re
from pathlib import Path

import pytest
from graphql import GraphQLSchema, build_schema, parse, validate
from httpx2 import AsyncClient

from app import App
from tests.conftest import World

ROOT = Path(__file__).resolve().parent.parent
SOURCES = ROOT / "web" / "src"
FRAGMENTS = {
    path.stem: path.read_text(encoding="utf-8")
    for path in (SOURCES / "operations").glob("*Parts.graphql")
}
DOCUMENTS = sorted(path for path in SOURCES.rglob("*.graphql") if path.stem not in FRAGMENTS)


@pytest.fixture
def live_server_url(world: World, app: App) -> str:
    """The address of an API that serves the pages; `make setup` builds them."""
    return world.url


@pytest.fixture(scope="module")
def schema() -> GraphQLSchema:
    """The schema as published."""
    return build_schema((ROOT / "graphql.schema").read_text(encoding="utf-8"))


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.stem)
def test_what_the_pages_send_fits_the_schema(path: Path, schema: GraphQLSchema) -> None:
    text = path.read_text(encoding="utf-8")
    used: dict[str, str] = {}
    while new := [name for name in FRAGMENTS if name not in used and _uses(name, text, used)]:
        used |= {name: FRAGMENTS[name] for name in new}
    assert validate(schema, parse("\n".join([text, *used.values()]))) == []


def _uses(name: str, text: str, used: dict[str, str]) -> bool:
    return any(f"...{name}" in one for one in (text, *used.values()))


@pytest.mark.parametrize("page", ["/explorer", "/watch/cam_nothing", "/s/nothing"])
async def test_pages_load_nothing_foreign(live_server_url: str, page: str) -> None:
    async with AsyncClient(base_url=live_server_url) as client:
        answer = await client.get(page)
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "script-src 'self';" in policy
    assert "frame-ancestors 'none'" in policy
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert answer.headers["cache-control"] == "no-store"
    assert "<script>" not in answer.text
    assert "style=" not in answer.text
    assert not re.findall(r"""(?:src|href)="https?:""", answer.text)


async def test_assets_are_kept_for_a_year(live_server_url: str) -> None:
    async with AsyncClient(base_url=live_server_url) as client:
        page = await client.get("/explorer")
        found = re.findall(r'"(/assets/[^"]+)"', page.text)
        assert found
        for url in found:
            asset = await client.get(url)
            assert asset.status_code == 200
            assert "immutable" in asset.headers["cache-control"]
        assert (await client.get("/assets/../manifest.json")).status_code == 404


@pytest.mark.parametrize(("locale", "word"), [("ko", "볼 수 없어요"), ("en", "shows nothing")])
async def test_a_dead_link_says_so_in_both_languages(
    live_server_url: str, locale: str, word: str
) -> None:
    async with AsyncClient(base_url=live_server_url) as client:
        answer = await client.get("/s/nothing", headers={"Accept-Language": locale})
        asked = await client.get(f"/s/nothing?lang={locale}")
    for page in (answer, asked):
        assert page.status_code == 404
        assert page.headers["x-robots-tag"] == "noindex"
        assert word in page.text
        assert f'<html lang="{locale}">' in page.text


async def test_personas_sign_in_with_what_the_page_is_told(live_server_url: str) -> None:
    sign_in = (SOURCES / "operations" / "SignIn.graphql").read_text() + FRAGMENTS["SessionParts"]
    async with AsyncClient(base_url=live_server_url) as client:
        config = (await client.get("/explorer/config.json")).json()
        assert {"Alice", "민수", "하나", "준호", "Partner Bar Co."} <= {
            persona["name"] for persona in config["personas"]
        }
        assert [channel["id"] for channel in config["channels"]]
        alice = next(one for one in config["personas"] if one["name"] == "Alice")
        variables = {"input": {"email": alice["email"], "password": alice["password"]}}
        answer = await client.post("/graphql", json={"query": sign_in, "variables": variables})
    assert answer.json()["data"]["signIn"]["customer"]["id"] == alice["id"]


async def test_the_root_leads_to_the_explorer(live_server_url: str) -> None:
    async with AsyncClient(base_url=live_server_url) as client:
        answer = await client.get("/")
    assert answer.is_redirect
    assert answer.headers["location"] == "/explorer"
