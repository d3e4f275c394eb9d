"""Files, manifests and QR codes behind signed links; and that sandbox files are what they say."""

import asyncio
import json
import struct
import zipfile
from datetime import datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import cv2
import httpx2
import numpy as np
import pytest
from imageio_ffmpeg import get_ffmpeg_exe

from core.settings import ROOT
from sandbox.ar import put_assets
from sandbox.ar.put import assets
from services.ar import links
from tests.ar.bar import EXPERIENCE, MANIFEST, MINI, Bar, below
from tests.support.api import TLS, Api, person

ENGINES = ("ARKIT", "ARCORE", "WEBXR", "IMAGE_TARGET")
FILES = assets(ROOT / "data" / "catalogue.json")


def experiences() -> list[dict[str, Any]]:
    content = json.loads((ROOT / "data" / "catalogue.json").read_bytes())
    return list(content["ar_experiences"])


def opened(data: bytes) -> tuple[dict[str, Any], bytes]:
    """Read a GLB as its specification says, and return its two chunks."""
    magic, version, length = struct.unpack_from("<4sII", data)
    assert (magic, version, length) == (b"glTF", 2, len(data))
    size, kind = struct.unpack_from("<I4s", data, 12)
    assert (kind, size % 4) == (b"JSON", 0)
    document = json.loads(data[20 : 20 + size])
    rest = 20 + size
    binary, kind = struct.unpack_from("<I4s", data, rest)
    assert (kind, binary % 4) == (b"BIN\0", 0)
    assert rest + 8 + binary == len(data)
    return document, data[rest + 8 :]


def test_every_figure_is_a_glb_with_the_animation_that_the_catalogue_names() -> None:
    named = [a for entry in experiences() for a in entry["animations"] if a["type"] == "3d_model"]
    assert len(named) == 12
    for told in named:
        document, binary = opened(FILES[told["asset_url"].rpartition("/")[2]]())
        assert document["asset"]["version"] == "2.0"
        assert document["buffers"] == [{"byteLength": len(binary)}]
        (animation,) = document["animations"]
        assert animation["name"] == told["animation"]
        times = document["accessors"][animation["samplers"][0]["input"]]
        assert times["max"] == [told["duration"]]
        for view in document["bufferViews"]:
            assert view["byteOffset"] % 4 == 0
            assert view["byteOffset"] + view["byteLength"] <= len(binary)
        for mesh in document["meshes"]:
            (part,) = mesh["primitives"]
            indices = read(document, binary, part["indices"], "H")
            points = document["accessors"][part["attributes"]["POSITION"]]
            assert max(indices) < points["count"]
            assert len(indices) % 3 == 0
            heights = read(document, binary, part["attributes"]["POSITION"], "f")[1::3]
            assert min(heights) == points["min"][1]
            assert max(heights) == points["max"][1]


def read(document: dict[str, Any], binary: bytes, number: int, letter: str) -> tuple[Any, ...]:
    accessor = document["accessors"][number]
    view = document["bufferViews"][accessor["bufferView"]]
    length = accessor["count"] * {"SCALAR": 1, "VEC3": 3}[accessor["type"]]
    return struct.unpack_from(f"<{length}{letter}", binary, view["byteOffset"])


def test_every_usdz_is_stored_and_aligned() -> None:
    named = [name for name in FILES if name.endswith(".usdz")]
    assert len(named) == 12
    for name in named:
        data = FILES[name]()
        with zipfile.ZipFile(BytesIO(data)) as archive:
            assert archive.testzip() is None
            (entry,) = archive.infolist()
            assert entry.compress_type == zipfile.ZIP_STORED
            assert entry.filename == name.replace(".usdz", ".usda")
            text = archive.read(entry)
        sizes = struct.unpack_from("<HH", data, entry.header_offset + 26)
        begins = entry.header_offset + 30 + sum(sizes)
        assert begins % 64 == 0
        assert data[begins : begins + len(text)] == text
        assert text.startswith(b"#usda 1.0\n")
        assert b"xformOp:translate.timeSamples" in text
        assert FILES[name]() == data, "the same each time"


async def test_film_and_song_play(tmp_path: Path) -> None:
    for name, streams in (("origin-story-compressed.mp4", 2), ("jar-song-n12.m4a", 1)):
        path = tmp_path / name
        path.write_bytes(FILES[name]())
        assert path.read_bytes()[4:8] == b"ftyp"
        command = [get_ffmpeg_exe(), "-v", "error", "-i", str(path), "-f", "null", "-"]
        log = await run(command)
        assert log == ""
        told = await run([get_ffmpeg_exe(), "-hide_banner", "-i", str(path)])
        assert told.count("Stream #") == streams


async def run(command: list[str]) -> str:
    process = await asyncio.create_subprocess_exec(*command, stderr=asyncio.subprocess.PIPE)
    async with asyncio.timeout(60):
        _, log = await process.communicate()
    return log.decode().strip()


@pytest.fixture
def stocked(bar: Bar) -> Bar:
    """A store that holds the sandbox's files; a second time nothing is made."""
    assert put_assets(bar.world.settings) == len(FILES)
    assert put_assets(bar.world.settings) == 0
    return bar


async def test_signed_links_lead_to_files_of_their_type_and_end(stocked: Bar) -> None:
    bar = stocked
    await bar.unlock(await bar.code())
    scan, tap, _, listen = (await bar.seen())["animations"]
    wanted = {
        scan["glbUrl"]: ("model/gltf-binary", b"glTF"),
        scan["usdzUrl"]: ("model/vnd.usdz+zip", b"PK\x03\x04"),
        tap["videoUrl"]: ("video/mp4", b"\0\0\0"),
        listen["audioUrl"]: ("audio/mp4", b"\0\0\0"),
    }
    async with httpx2.AsyncClient(
        verify=TLS, base_url=bar.world.url, follow_redirects=True
    ) as http:
        for url, (kind, begin) in wanted.items():
            assert url.startswith(f"{bar.world.url}/ar/assets/")
            answer = await http.get(url)
            assert answer.status_code == 200
            assert answer.headers["content-type"] == kind
            assert answer.content.startswith(begin)
            part = await http.get(url, headers={"range": "bytes=0-3"})
            assert (part.status_code, len(part.content)) == (206, 4)
            for bad in forged(url):
                assert (await http.get(bad)).status_code in (403, 404)
        assert [(await bar.seen())["animations"][0]["glbUrl"]] == [scan["glbUrl"]], "kept a while"
    ends = int(httpx2.URL(scan["glbUrl"]).params["ends"])
    later = datetime.fromtimestamp(ends).astimezone()
    query = httpx2.URL(scan["glbUrl"]).params
    told = ("assets/brewing-master-3d.glb", query["ends"], query["sig"])
    settings = bar.world.settings
    assert links.is_genuine(settings, *told, later - timedelta(seconds=1))
    assert not links.is_genuine(settings, *told, later)


def forged(url: str) -> list[str]:
    """The same link to something else, for longer, and with another signature."""
    ends, signature = httpx2.URL(url).params["ends"], httpx2.URL(url).params["sig"]
    path, _, query = url.partition("?")
    other = path.rpartition("/")[0] + "/paper-umbrella.glb"
    return [
        path,
        f"{other}?{query}",
        f"{path}?ends={int(ends) + 60}&sig={signature}",
        f"{path}?ends={ends}&sig={'0' * 64}",
        f"{path}?ends={ends}&sig=é",
        f"{path}?ends=٩{ends}&sig={signature}",
        f"{'/'.join(path.split('/')[:-1])}/..%2F{path.rpartition('/')[2]}?{query}",
        f"{path}.html?{query}",
    ]


async def test_a_file_that_is_not_there_is_missing_and_not_a_fault(bar: Bar) -> None:
    await bar.unlock(await bar.code())
    url = (await bar.seen())["animations"][0]["glbUrl"]
    answer = await bar.customer.http.get(below(url))
    assert answer.status_code == 404


@pytest.mark.parametrize("platform", ENGINES)
async def test_manifests_for_every_engine(bar: Bar, platform: str) -> None:
    locked = await bar.customer.one(MANIFEST, id=EXPERIENCE, engine=platform)
    assert locked["code"] == "AR_LOCKED"
    await bar.unlock(await bar.code())
    found = await bar.customer.one(MANIFEST, id=EXPERIENCE, engine=platform)
    assert (found["engine"], found["contentType"]) == (platform, "application/json")
    async with httpx2.AsyncClient(verify=TLS, base_url=bar.world.url) as http:
        answer = await http.get(below(found["url"]))
        assert answer.headers["content-type"] == "application/json"
        told = answer.json()
        for other in ENGINES:
            bad = found["url"].replace(path_of(platform), path_of(other))
            assert (await http.get(below(bad))).status_code == (200 if other == platform else 403)
    assert (told["engine"], told["planeDetection"]) == (platform, ["horizontal"])
    assert told["marker"]["name"] == "nerd12_marker_001"
    assert ("imageTargets" in told) == (platform == "IMAGE_TARGET")
    model, film, drinks, song = told["animations"]
    kind = "model/vnd.usdz+zip" if platform == "ARKIT" else "model/gltf-binary"
    assert (model["type"], model["contentType"]) == ("MODEL", kind)
    assert model["animationName"] == "wave_greeting"
    assert model["caption"]["ko"] == "누리가 손을 흔들며 독 뚜껑을 연다"
    assert (film["type"], film["overlay"]) == ("VIDEO", "product_info_ui")
    assert [one["id"] for one in drinks["recipes"]][:1] == ["pear-moon"]
    assert drinks["recipes"][0]["steps"]["en"]
    assert (song["type"], song["lore"]) == ("AUDIO", "the-jar-that-sings")
    for one in (model, film, song, {"url": told["marker"]["imageUrl"]}):
        query = httpx2.URL(one["url"]).params
        path = httpx2.URL(one["url"]).path.removeprefix("/ar/")
        now = bar.host.begin.now()
        assert links.is_genuine(bar.world.settings, path, query["ends"], query["sig"], now)


def path_of(engine: str) -> str:
    return f"/{engine.lower().replace('_', '-')}.json"


async def test_manifests_are_not_found_where_there_is_none(bar: Bar) -> None:
    for id in ("ar-nothing", "nerd12-signature", "' or 1=1"):
        answer = await bar.customer.one(MANIFEST, id=id, engine="ARKIT")
        assert answer["code"] == "NOT_FOUND"


async def test_qr_codes_lead_to_the_unlock_page(bar: Bar, hana: Api) -> None:
    (code,) = await bar.codes(await bar.bought({MINI: 1}))
    async with person(bar.world.url) as stranger:
        png = await stranger.http.get(below(code["qrPngUrl"]))
        svg = await stranger.http.get(below(code["qrSvgUrl"]))
        assert png.headers["content-type"] == "image/png"
        assert svg.headers["content-type"] == "image/svg+xml"
        assert svg.content.startswith(b"<svg")
        picture = cv2.imdecode(np.frombuffer(png.content, np.uint8), cv2.IMREAD_COLOR)
        assert picture is not None
        text, _, _ = cv2.QRCodeDetector().detectAndDecode(picture)
        assert text == f"{bar.world.url}/ar/unlock#{code['code']}"
        for bad in forged(code["qrPngUrl"]):
            assert (await stranger.http.get(bad)).status_code in (403, 404)
    answer = await bar.unlock(text.partition("#")[2], api=hana)
    assert answer["__typename"] == "ArUnlock"
    await bar.change(code["id"], revoked_at=datetime.now().astimezone())
    gone = await bar.customer.http.get(below(code["qrPngUrl"]))
    assert gone.status_code == 404
