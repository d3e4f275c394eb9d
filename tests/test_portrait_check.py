"""Photos that strangers send: which are used, which are refused, and what is left of them."""

import asyncio
import io
import resource
import struct
import sys
import zlib

import pytest
from PIL import Image, ImageEnhance, ImageOps

from core.settings import ROOT
from gateways.portrait import (
    PortraitRejectionReason,
    PreparedPortrait,
    Rejection,
    blurhash_of,
    check_isolated,
)
from gateways.portrait.check import check

PHOTOS = ROOT / "data" / "photos"
MAX = 15_728_640


def photo(name: str = "portrait") -> Image.Image:
    return Image.open(PHOTOS / f"{name}.jpg")


def encoded(image: Image.Image, format: str = "JPEG", **options) -> bytes:
    out = io.BytesIO()
    image.save(out, format, **options)
    return out.getvalue()


def reason(data: bytes, max_bytes: int = MAX) -> str:
    verdict = check(data, max_bytes)
    return verdict.reason.value if isinstance(verdict, Rejection) else "READY"


def huge_png(side: int = 30_000) -> bytes:
    def chunk(kind: bytes, body: bytes) -> bytes:
        crc = struct.pack(">I", zlib.crc32(kind + body))
        return struct.pack(">I", len(body)) + kind + body + crc

    rows = zlib.compress(bytes(side * 4), 9)
    header = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")
    )


async def test_the_given_photos() -> None:
    ready = await check_isolated((PHOTOS / "portrait.jpg").read_bytes(), MAX)
    assert isinstance(ready, PreparedPortrait)
    assert (ready.width, ready.height) == (1280, 1280)
    assert 200 < ready.face.width < 300
    for size, jpeg in ready.crops.items():
        with Image.open(io.BytesIO(jpeg)) as crop:
            assert "{}x{}".format(*crop.size) == size
            assert crop.format == "JPEG"
            assert not crop.getexif()
        assert reason(jpeg) == "READY"
    assert ready.blurhash == blurhash_of(ready.crops["1280x720"])
    two = await check_isolated((PHOTOS / "two-faces.jpg").read_bytes(), MAX)
    assert two == Rejection(PortraitRejectionReason.SEVERAL_FACES, 2)
    cat = await check_isolated((PHOTOS / "cat.jpg").read_bytes(), MAX)
    assert cat == Rejection(PortraitRejectionReason.NO_FACE, 0)


@pytest.mark.parametrize("side", [384, 512, 900, 2048, 4032])
def test_a_face_is_found_at_any_size(side: int) -> None:
    assert reason(encoded(photo().resize((side, side)))) == "READY"


@pytest.mark.parametrize("light", [0.45, 0.7, 1.4, 1.7])
def test_a_face_is_found_in_any_light(light: float) -> None:
    assert reason(encoded(ImageEnhance.Brightness(photo()).enhance(light))) == "READY"


@pytest.mark.parametrize("quality", [8, 25, 95])
def test_a_face_is_found_at_any_quality(quality: int) -> None:
    assert reason(encoded(photo(), quality=quality, progressive=quality == 25)) == "READY"


@pytest.mark.parametrize("mode", ["L", "CMYK", "RGBA", "P", "LA", "1"])
def test_every_colour_mode_is_read(mode: str) -> None:
    image = photo().resize((640, 640)).convert(mode)
    data = encoded(image, "JPEG" if mode == "CMYK" else "PNG")
    assert reason(data) in ({"READY", "NO_FACE"} if mode == "1" else {"READY"})


@pytest.mark.parametrize("orientation", [2, 3, 4, 5, 6, 7, 8])
def test_the_camera_may_be_held_in_any_way(orientation: int) -> None:
    inverse = {2: 2, 3: 3, 4: 4, 5: 5, 6: 8, 7: 7, 8: 6}[orientation]
    exif = Image.Exif()
    exif[0x0112] = inverse
    lying = photo().crop((0, 0, 1280, 1000))
    lying.getexif()[0x0112] = inverse
    turned = ImageOps.exif_transpose(_with_exif(lying, exif))
    exif[0x0112] = orientation
    verdict = check(encoded(turned, exif=exif), MAX)
    assert isinstance(verdict, PreparedPortrait)
    assert (verdict.width, verdict.height) == (1280, 1000)


def _with_exif(image: Image.Image, exif: Image.Exif) -> Image.Image:
    return Image.open(io.BytesIO(encoded(image, exif=exif, quality=95)))


def test_the_place_it_was_taken_is_forgotten() -> None:
    exif = Image.Exif()
    exif[0x010E] = "CANARY description"
    exif.get_ifd(0x8825).update({1: "N", 2: (37.0, 33.0, 58.0), 3: "E", 4: (126.0, 58.0, 40.0)})
    data = encoded(photo(), exif=exif, comment=b"CANARY comment", icc_profile=b"CANARY" * 30)
    assert b"CANARY" in data
    verdict = check(data, MAX)
    assert isinstance(verdict, PreparedPortrait)
    for jpeg in verdict.crops.values():
        assert b"CANARY" not in jpeg
        assert b"Exif" not in jpeg
        with Image.open(io.BytesIO(jpeg)) as crop:
            assert not crop.getexif().get_ifd(0x8825)


def test_what_is_not_an_image() -> None:
    svg = b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"><script/></svg>'
    html = b"<!doctype html><script>alert(1)</script>"
    for data in (b"", b"x", svg, html, b"BM is not a bitmap here", b"%PDF-1.7\n", b"\0" * 4096):
        assert reason(data) == "NOT_AN_IMAGE"


def test_formats_that_are_not_taken() -> None:
    image = photo().resize((300, 300))
    for format in ("GIF", "BMP", "TIFF"):
        assert reason(encoded(image, format)) == "UNSUPPORTED_FORMAT"
    assert reason(b"\0\0\0\x18ftypheic" + bytes(99)) == "UNSUPPORTED_FORMAT"


def test_bounds_are_read_before_anything_is_decoded() -> None:
    assert reason(huge_png()) == "TOO_LARGE"
    assert reason(huge_png(9000)) == "TOO_LARGE"
    assert reason(encoded(photo().resize((255, 400)))) == "TOO_SMALL"
    assert reason(b"\xff\xd8\xff" + bytes(1000), max_bytes=1000) == "TOO_LARGE"


async def test_a_bomb_harms_nobody() -> None:
    small = huge_png()
    assert len(small) < 10_000
    assert (await check_isolated(small, MAX)).reason == PortraitRejectionReason.TOO_LARGE
    fifty = bytes(50 * 1024 * 1024)
    assert (await check_isolated(fifty, MAX)).reason == PortraitRejectionReason.TOO_LARGE


async def test_the_check_stays_small(tmp_path) -> None:
    path = tmp_path / "large.png"
    photo().resize((4400, 4400)).convert("RGBA").save(path, compress_level=1)
    code = (
        "import resource, sys; from gateways.portrait.check import check;"
        "v = check(open(sys.argv[1], 'rb').read(), 10**9); assert v.crops;"
        "print(open('/proc/self/status').read().split('VmHWM:')[1].split()[0])"
    )
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", code, str(path), cwd=ROOT, stdout=asyncio.subprocess.PIPE
    )
    out, _ = await process.communicate()
    assert int(out) < 300 * 1024


@pytest.mark.parametrize("keep", [0.02, 0.5, 0.9])
def test_a_photo_that_ends_too_soon(keep: float) -> None:
    whole = (PHOTOS / "portrait.jpg").read_bytes()
    assert reason(whole[: int(len(whole) * keep)]) == "UNREADABLE"
    png = encoded(photo().resize((400, 400)), "PNG")
    assert reason(png[: int(len(png) * keep)]) == "UNREADABLE"


def test_moving_pictures_give_their_first_frame() -> None:
    frames = [photo().resize((640, 640)), Image.new("RGB", (640, 640))]
    for format in ("WEBP", "PNG"):
        data = encoded(frames[0], format, save_all=True, append_images=frames[1:])
        assert reason(data) == "READY"


def test_a_face_far_away() -> None:
    scene = Image.new("RGB", (2400, 2400), (120, 130, 140))
    scene.paste(photo().resize((700, 700)), (800, 900))
    assert check(encoded(scene), MAX) == Rejection(PortraitRejectionReason.FACE_TOO_SMALL, 1)


def test_a_tall_photo_is_widened_by_its_own_blur() -> None:
    tall = photo().crop((330, 0, 800, 1280))
    verdict = check(encoded(tall), MAX)
    assert isinstance(verdict, PreparedPortrait)
    with Image.open(io.BytesIO(verdict.crops["1280x720"])) as crop:
        assert crop.size == (1280, 720)
        assert len(set(crop.crop((0, 0, 40, 720)).convert("L").tobytes())) > 20


BAD = {
    "nothing": b"",
    "html": b"<!doctype html><script>alert(1)</script>",
    "svg": b'<svg xmlns="http://www.w3.org/2000/svg" width="900" height="900"/>',
    "gif and script": b"GIF89a/*" + bytes(600) + b"*/=1;alert(1)//",
    "30,000 by 30,000": huge_png(),
    "cut in half": (PHOTOS / "portrait.jpg").read_bytes()[:60_000],
    "200 MB": bytes(200 * 1024 * 1024),
}


@pytest.mark.parametrize("name", BAD)
async def test_a_refusal_takes_less_than_two_seconds_of_cpu(name: str) -> None:
    # Of CPU: how long it takes on a busy machine says nothing of the check (row 44).
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    verdict = await check_isolated(BAD[name], MAX)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert isinstance(verdict, Rejection)
    assert after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime < 2
