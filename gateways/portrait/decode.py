"""Decoding that trusts nothing: by content, within bounds, without metadata."""

import io
import struct
import zlib
from dataclasses import dataclass

from PIL import Image, UnidentifiedImageError

from gateways.portrait.port import PortraitRejectionReason as Reason
from gateways.portrait.port import Unusable

MIN_SIDE = 256
MAX_SIDE = 8000
# JPEG is decoded at a reduced scale, PNG whole, and WebP into three canvases at once.
MAX_PIXELS = {"JPEG": 40_000_000, "PNG": 20_000_000, "WEBP": 12_500_000}
WORK_SIDE = 3000
_BROKEN = (
    OSError, ValueError, TypeError, SyntaxError, KeyError, IndexError, EOFError, MemoryError,
    OverflowError, AttributeError, struct.error, zlib.error,
)  # fmt: skip
PAPER = (244, 242, 238)
_ORIENTATION = 0x0112
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_SIDEWAYS = {_TURNS[5], _TURNS[6], _TURNS[7], _TURNS[8]}
_BOMB = (Image.DecompressionBombError, Image.DecompressionBombWarning)
_BMP_HEADERS = {12, 16, 40, 52, 56, 64, 108, 124}
_FTYPS = (b"heic", b"heix", b"hevc", b"mif1", b"msf1", b"avif", b"avis", b"crx ", b"jxl ")
_OTHERS = (
    b"GIF87a", b"GIF89a", b"II*\0", b"MM\0*", b"II+\0", b"8BPS", b"\xff\x0a",
    b"\0\0\0\x0cJXL ", b"\0\0\0\x0cjP  ", b"\0\0\x01\0", b"\x76\x2f\x31\x01",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Photo:
    """An upright RGB picture, made smaller by `scale` if it was very large."""

    image: Image.Image
    width: int
    height: int
    scale: float


def decode(data: bytes, max_bytes: int) -> Photo:
    """The photo, or Unusable; memory stays within a few bytes a pixel of MAX_PIXELS."""
    if len(data) > max_bytes:
        raise Unusable(Reason.TOO_LARGE)
    format = _format(data)
    try:
        with Image.open(io.BytesIO(data), formats=(format,)) as image:
            _check_bounds(image.size, format)
            return _upright(image)
    except _BOMB as error:
        raise Unusable(Reason.TOO_LARGE) from error
    except (UnidentifiedImageError, *_BROKEN) as error:
        raise Unusable(Reason.UNREADABLE) from error


def _format(data: bytes) -> str:
    if data.startswith(b"\xff\xd8\xff"):
        return "JPEG"
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return "PNG"
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "WEBP"
    is_bmp = data[:2] == b"BM" and int.from_bytes(data[14:18], "little") in _BMP_HEADERS
    is_ftyp = data[4:8] == b"ftyp" and data[8:12] in _FTYPS
    if is_bmp or is_ftyp or data.startswith(_OTHERS):
        raise Unusable(Reason.UNSUPPORTED_FORMAT)
    raise Unusable(Reason.NOT_AN_IMAGE)


def _check_bounds(size: tuple[int, int], format: str) -> None:
    """Reads the header's word only; nothing is decoded yet."""
    if max(size) > MAX_SIDE or size[0] * size[1] > MAX_PIXELS[format]:
        raise Unusable(Reason.TOO_LARGE)
    if min(size) < MIN_SIDE:
        raise Unusable(Reason.TOO_SMALL)


def _upright(image: Image.Image) -> Photo:
    width, height = image.size
    full = max(width, height)
    turn = _turn(image)
    image.draft("RGB", (WORK_SIDE, WORK_SIDE))
    small = _reduced(image)
    # Frees the large one before the next copy is made.
    image.close()
    if turn is not None:
        small = small.transpose(turn)
        if turn in _SIDEWAYS:
            width, height = height, width
    return Photo(_rgb(small), width, height, max(small.size) / full)


def _reduced(image: Image.Image) -> Image.Image:
    """A copy within WORK_SIDE, in a mode that can be averaged."""
    image.load()
    if image.mode.startswith("I"):
        image = image.convert("I").point(lambda value: value * (1 / 256)).convert("L")
    elif image.mode in ("P", "PA", "1"):
        image = image.convert("RGBA" if _is_see_through(image) else "RGB")
    factor = -(-max(image.size) // WORK_SIDE)
    return image.reduce(factor) if factor > 1 else image.copy()


def _turn(image: Image.Image) -> Image.Transpose | None:
    try:
        return _TURNS.get(image.getexif().get(_ORIENTATION, 1))
    except _BROKEN:
        return None


def _is_see_through(image: Image.Image) -> bool:
    return image.mode in ("RGBA", "LA", "PA", "La", "RGBa") or "transparency" in image.info


def _rgb(image: Image.Image) -> Image.Image:
    """Plain RGB in a picture of its own, so that no metadata comes along."""
    plain = Image.new("RGB", image.size, PAPER)
    if _is_see_through(image):
        layer = image.convert("RGBA")
        plain.paste(layer, mask=layer.getchannel("A"))
    else:
        plain.paste(image.convert("RGB"))
    return plain
