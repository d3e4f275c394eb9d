"""The object store's gateway against a server that speaks S3."""

import socket
from collections.abc import AsyncIterator, Iterator

import httpx2
import pytest
from moto.server import ThreadedMotoServer
from pydantic import SecretStr

from app import App
from core.settings import Settings
from gateways.storage import ObjectMissing, ObjectTooLarge, S3Storage, StorageUnavailable
from services import deployment
from tests.conftest import World
from tests.support.api import TLS

PNG = b"\x89PNG\r\n\x1a\n" + bytes(2000)


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    with socket.create_server(("127.0.0.1", 0)) as door:
        port = door.getsockname()[1]
    server = ThreadedMotoServer("127.0.0.1", port, verbose=False)
    server.start()
    yield f"http://127.0.0.1:{port}"
    server.stop()


def settings(endpoint: str, **changes: object) -> Settings:
    given = {
        "s3_endpoint_url": endpoint,
        "s3_access_key_id": SecretStr("test"),
        "s3_secret_access_key": SecretStr("test"),
    }
    return Settings(**(given | changes))


@pytest.fixture
async def storage(endpoint) -> AsyncIterator[S3Storage]:
    storage = S3Storage(settings(endpoint))
    await storage.ensure_bucket()
    yield storage
    await storage.delete(await storage.keys(""))


async def test_objects_come_back_whole(storage, tmp_path) -> None:
    await storage.ensure_bucket()
    await storage.ping()
    await storage.put("a/1", b"hello", "text/plain", {"cameo": "cam_1"})
    path = tmp_path / "film.mp4"
    path.write_bytes(PNG)
    await storage.put("a/2", path, "video/mp4")
    assert await storage.get("a/1", 5) == b"hello"
    info = await storage.head("a/1")
    assert (info.size, info.content_type, info.metadata) == (5, "text/plain", {"cameo": "cam_1"})
    assert (await storage.head("a/2")).content_type == "video/mp4"
    with pytest.raises(ObjectTooLarge):
        await storage.get("a/2", 100)
    await storage.download("a/2", tmp_path / "back.mp4")
    assert (tmp_path / "back.mp4").read_bytes() == PNG
    assert await storage.keys("a/") == ["a/1", "a/2"]


async def test_what_is_not_there(storage, tmp_path) -> None:
    assert await storage.head("none") is None
    for call in (storage.get("none", 10), storage.download("none", tmp_path / "none")):
        with pytest.raises(ObjectMissing):
            await call
    assert list(tmp_path.iterdir()) == []


async def test_deleting_counts_what_was_there(storage) -> None:
    for n in range(3):
        await storage.put(f"d/{n}", b"x", "text/plain")
    assert await storage.delete(["d/0", "d/1", "d/1", "d/never"]) == 2
    assert await storage.delete(["d/0"]) == 0
    assert await storage.delete([]) == 0
    assert await storage.keys("d/") == ["d/2"]


async def test_browsers_upload_with_a_form(storage) -> None:
    form = await storage.upload_form("quarantine/1", "image/png", 1, 5000, 60)
    assert form.fields["key"] == "quarantine/1"
    assert form.fields["Content-Type"] == "image/png"
    async with httpx2.AsyncClient(verify=TLS) as http:
        sent = await http.post(form.url, data=form.fields, files={"file": ("p.png", PNG)})
        assert sent.status_code in (200, 204)
        assert await storage.get("quarantine/1", 10_000) == PNG


async def test_links_open_for_a_while(storage) -> None:
    await storage.put("films/1.mp4", PNG, "video/mp4")
    link = await storage.link("films/1.mp4", 60, content_type="video/mp4")
    async with httpx2.AsyncClient(verify=TLS) as http:
        got = await http.get(link)
    assert got.content == PNG
    assert got.headers["content-type"] == "video/mp4"
    assert "X-Amz-Expires=80" in link


async def test_a_link_stays_the_same_while_it_lasts(storage, monkeypatch) -> None:
    now = [1000.0]
    monkeypatch.setattr("gateways.storage.s3.monotonic", lambda: now[0])
    first = await storage.link("a", 60)
    now[0] += 19
    assert await storage.link("a", 60) == first
    assert await storage.link("a", 60, content_type="image/jpeg") != first
    assert (await storage.link("b", 60)).split("?")[0] != first.split("?")[0]
    made = storage._public.generate_presigned_url
    signed = []
    monkeypatch.setattr(
        storage._public, "generate_presigned_url", lambda *a, **k: signed.append(a) or made(*a, **k)
    )
    await storage.link("a", 60)
    assert signed == []
    now[0] += 2
    await storage.link("a", 60)
    assert len(signed) == 1


async def test_links_name_the_host_that_browsers_reach(endpoint) -> None:
    storage = S3Storage(settings(endpoint, s3_public_endpoint_url="https://files.example.com"))
    assert (await storage.link("a b", 60)).startswith("https://files.example.com/nerdx/a%20b?")
    form = await storage.upload_form("k", "image/png", 1, 2, 60)
    assert form.url.startswith("https://files.example.com/")


async def test_a_store_that_is_away() -> None:
    with socket.create_server(("127.0.0.1", 0)) as door:
        port = door.getsockname()[1]
    storage = S3Storage(settings(f"http://127.0.0.1:{port}"))
    with pytest.raises(StorageUnavailable):
        await storage.ping()
    with pytest.raises(StorageUnavailable):
        await storage.put("a", b"x", "text/plain")


async def test_a_bucket_that_is_missing(endpoint) -> None:
    with pytest.raises(StorageUnavailable):
        await S3Storage(settings(endpoint, s3_bucket="elsewhere")).ping()


async def test_a_bucket_has_one_owner(world: World, app: App) -> None:
    """A second database that is pointed at our bucket must not take our films for strays."""
    storage = S3Storage(world.settings)
    assert await deployment.owns_bucket(app.begin, storage)
    assert await deployment.owns_bucket(app.begin, storage)
    await storage.put(deployment.MARKER, b"dep_of_somebody_else", "text/plain")
    assert not await deployment.owns_bucket(app.begin, storage)
