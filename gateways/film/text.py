"""Words as pictures, so that no customer's text ever reaches ffmpeg."""

import unicodedata
from functools import cache
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

FONTS = Path(__file__).resolve().parents[2] / "data" / "fonts"
BOLD, REGULAR = "NanumGothic-Bold.ttf", "NanumGothic-Regular.ttf"
INK = (255, 250, 240, 255)
MAX_LETTERS = 120


@cache
def font(name: str, size: int) -> ImageFont.FreeTypeFont:
    """A shipped font; Korean and Latin."""
    return ImageFont.truetype(FONTS / name, size)


def drawable(text: str) -> str:
    """The text without controls, and without letters that the font has not got."""
    shaped = font(BOLD, 32)
    nothing = bytes(shaped.getmask("\U0010ffff"))
    kept = [
        " " if letter.isspace() else letter
        for letter in unicodedata.normalize("NFC", text)
        if letter.isspace() or (letter.isprintable() and bytes(shaped.getmask(letter)) != nothing)
    ]
    return " ".join("".join(kept).split())[:MAX_LETTERS]


def wrapped(text: str, shaped: ImageFont.FreeTypeFont, width: float) -> str:
    """Broken into lines that fit, between words, else between letters."""
    lines, line = list[str](), ""
    for piece in _pieces(text, shaped, width):
        if line and shaped.getlength(line + piece) > width:
            lines.append(line.rstrip())
            line = piece.lstrip()
        else:
            line += piece
    return "\n".join([*lines, line.rstrip()])


def _pieces(text: str, shaped: ImageFont.FreeTypeFont, width: float) -> list[str]:
    pieces = list[str]()
    for n, word in enumerate(text.split()):
        spaced = f" {word}" if n else word
        fits = shaped.getlength(word) <= width
        pieces.extend([spaced] if fits else list(spaced))
    return pieces


def mark(text: str, height: int, *, bold: bool) -> Image.Image:
    """A small label that can be read on any picture."""
    shaped = font(BOLD if bold else REGULAR, round(height * 0.55))
    shown = drawable(text)
    width = round(shaped.getlength(shown) + height * 0.9)
    label = Image.new("RGBA", (width + width % 2, height), (0, 0, 0, 0))
    draw = ImageDraw.Draw(label)
    draw.rounded_rectangle((0, 0, width - 1, height - 1), height // 3, (10, 8, 16, 150))
    draw.text((width / 2, height / 2), shown, INK, shaped, anchor="mm")
    return label


def card(text: str, size: tuple[int, int]) -> Image.Image:
    """Lines in the middle of a clear picture, as large as will fit."""
    picture = Image.new("RGBA", size, (0, 0, 0, 0))
    draw = ImageDraw.Draw(picture)
    shown = drawable(text)
    for points in range(round(min(size) * 0.085), 15, -2):
        shaped = font(BOLD, points)
        lines = wrapped(shown, shaped, size[0] * 0.8)
        if lines.count("\n") < 3:
            break
    draw.multiline_text(
        (size[0] / 2, size[1] * 0.62), lines, INK, shaped, "mm", points * 0.45, "center"
    )
    return picture
