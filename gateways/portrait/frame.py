"""Crops framed on a face; what the photo lacks is filled with its own blur."""

import io
from dataclasses import dataclass

from PIL import Image, ImageDraw, ImageFilter, ImageOps

from gateways.portrait.port import FaceBox

FACE_SHARE = 0.34
"""Of the frame's height in landscape; of its width, times 1.3, in portrait."""
EYE_LINE = 0.40
MAX_UPSCALE = 2.0
FEATHER = 24
QUALITY = 90


@dataclass(frozen=True, slots=True)
class _Window:
    left: float
    top: float
    width: float
    height: float


def crop(image: Image.Image, face: FaceBox, width: int, height: int) -> bytes:
    """A JPEG of that size around the face, without metadata."""
    window = _window(image.size, face, width, height)
    scale = width / window.width
    left, top = max(0.0, window.left), max(0.0, window.top)
    right = min(float(image.width), window.left + window.width)
    bottom = min(float(image.height), window.top + window.height)
    size = (max(1, round((right - left) * scale)), max(1, round((bottom - top) * scale)))
    part = image.resize(size, Image.Resampling.LANCZOS, box=(left, top, right, bottom))
    place = (round((left - window.left) * scale), round((top - window.top) * scale))
    canvas = _surroundings(image, width, height)
    canvas.paste(part, place, _feathered(size, place, (width, height)))
    out = io.BytesIO()
    canvas.save(out, "JPEG", quality=QUALITY, optimize=True)
    return out.getvalue()


def _window(photo: tuple[int, int], face: FaceBox, width: int, height: int) -> _Window:
    if width >= height:
        high = face.height / FACE_SHARE
    else:
        high = face.width / (FACE_SHARE * 1.3) * height / width
    high = max(min(high, float(photo[1])), height / MAX_UPSCALE)
    wide = high * width / height
    left = face.left + face.width / 2 - wide / 2
    top = face.top + face.height / 2 - high * EYE_LINE
    return _Window(_kept(left, wide, photo[0]), _kept(top, high, photo[1]), wide, high)


def _kept(start: float, length: float, limit: int) -> float:
    """Moves a span inside the photo, or centres the photo in it when it is longer."""
    if length >= limit:
        return (limit - length) / 2
    return min(max(0.0, start), limit - length)


def _surroundings(image: Image.Image, width: int, height: int) -> Image.Image:
    small = ImageOps.fit(image, (max(8, width // 16), max(8, height // 16)))
    blurred = small.filter(ImageFilter.GaussianBlur(4))
    return blurred.resize((width, height), Image.Resampling.BICUBIC)


def _feathered(
    size: tuple[int, int], place: tuple[int, int], frame: tuple[int, int]
) -> Image.Image:
    """Soft edges where the photo ends inside the frame, hard ones where the frame does."""
    mask = Image.new("L", size, 255)
    draw = ImageDraw.Draw(mask)
    ends = (place[0] + size[0], place[1] + size[1])
    for step in range(FEATHER):
        shade = round(255 * step / FEATHER)
        if place[0] > 1:
            draw.line((step, 0, step, size[1]), shade)
        if ends[0] < frame[0] - 1:
            draw.line((size[0] - 1 - step, 0, size[0] - 1 - step, size[1]), shade)
    for step in range(FEATHER):
        shade = round(255 * step / FEATHER)
        if place[1] > 1:
            draw.line((0, step, size[0], step), shade)
        if ends[1] < frame[1] - 1:
            draw.line((0, size[1] - 1 - step, size[0], size[1] - 1 - step), shade)
    return mask
