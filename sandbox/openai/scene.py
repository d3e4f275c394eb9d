"""Draws what a prompt looks like: a background to wander over, light and a title."""

import io
import re
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path

from PIL import Image, ImageChops, ImageDraw, ImageFilter, ImageFont, ImageOps

from sandbox.openai.config import FONT

ROOM = 1.14  # the background is this much larger than the frame, so that it can move
_MARK = re.compile(r"\[ref [^\]]*\]")


@dataclass(frozen=True, slots=True)
class Scene:
    """The pictures that ffmpeg puts in motion, and what tunes them."""

    background: Path
    light: Path
    title: Path
    seed: int


def draw(prompt: str, reference: bytes, width: int, height: int, folder: Path) -> Scene:
    """Writes the pictures of one video into `folder`."""
    seed = int.from_bytes(blake2b(prompt.encode(), digest_size=6).digest())
    size = (round(width * ROOM), round(height * ROOM))
    picture = _photo(reference, size) if reference else _landscape(seed, size)
    scene = Scene(folder / "background.png", folder / "light.png", folder / "title.png", seed)
    picture.save(scene.background, compress_level=1)
    _light(seed, height).save(scene.light, compress_level=1)
    _title(title_of(prompt), width, height).save(scene.title, compress_level=1)
    return scene


def title_of(prompt: str) -> str:
    """The first words of a prompt."""
    words = _MARK.sub("", prompt).split()
    title = ""
    for word in words:
        if len(title) + len(word) > 56:
            break
        title = f"{title} {word}".strip()
    return title or "NERDX"


def _photo(reference: bytes, size: tuple[int, int]) -> Image.Image:
    with Image.open(io.BytesIO(reference)) as photo:
        return ImageOps.fit(photo.convert("RGB"), size, Image.Resampling.BILINEAR)


def _landscape(seed: int, size: tuple[int, int]) -> Image.Image:
    hue = seed % 360
    sky = Image.linear_gradient("L").resize(size)
    picture = ImageOps.colorize(sky, f"hsl({hue},45%,22%)", f"hsl({(hue + 40) % 360},60%,58%)")
    draw = ImageDraw.Draw(picture, "RGBA")
    for n in range(14):
        bits = (seed >> n) * 2654435761 + n * 40503
        x, y = bits % size[0], (bits >> 7) % size[1]
        radius = size[1] // 16 + (bits >> 13) % (size[1] // 5)
        fill = (255, 240 - n * 9, 190 - n * 5, 46)
        draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill)
    return picture.filter(ImageFilter.GaussianBlur(3))


def _light(seed: int, height: int) -> Image.Image:
    width = height // 3
    fade = Image.linear_gradient("L").rotate(90).resize((width, height))
    glow = ImageChops.darker(fade, ImageOps.mirror(fade)).point(lambda value: value // 2)
    warm = Image.new("RGB", (width, height), f"hsl({(seed >> 5) % 70},90%,75%)")
    warm.putalpha(glow)
    return warm


def _title(text: str, width: int, height: int) -> Image.Image:
    font = ImageFont.truetype(FONT, max(18, min(width, height) // 20))
    lines, line = list[str](), ""
    for word in text.split():
        if line and font.getlength(f"{line} {word}") > width * 0.72:
            lines.append(line)
            line = ""
        line = f"{line} {word}".strip()
    shown = "\n".join([*lines, line])
    pad = int(font.size // 2)
    canvas = Image.new("RGBA", (width, height // 3), (0, 0, 0, 0))
    draw = ImageDraw.Draw(canvas)
    box = draw.multiline_textbbox((2 * pad, pad), shown, font=font)
    draw.rounded_rectangle((box[0] - pad, 0, box[2] + pad, box[3] + pad), pad, (12, 10, 20, 150))
    draw.multiline_text((2 * pad, pad), shown, font=font, fill=(255, 248, 232, 255))
    return canvas
