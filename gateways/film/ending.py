"""The brand's last seconds: a moon over a jar, the name, and a line of text."""

import asyncio
from pathlib import Path
from tempfile import TemporaryDirectory

from PIL import Image, ImageDraw, ImageFilter

from gateways.film.port import FPS, sides
from gateways.film.run import ffmpeg
from gateways.film.text import BOLD, card, font

ROOM = 1.08
NIGHT, DUSK = (18, 15, 34), (92, 52, 60)
MOON = (250, 240, 214)


async def outro(text: str, seconds: int, size: str, path: Path) -> None:
    """Writes a moving MP4 of that length and size with the text on it, and a soft chord."""
    width, height = sides(size)
    with TemporaryDirectory(prefix="outro-") as folder:
        pictures = await asyncio.to_thread(_draw, text, width, height, Path(folder))
        part = Path(folder) / "outro.mp4"
        await ffmpeg(_args(pictures, width, height, seconds, part), deadline=60.0)
        await asyncio.to_thread(_move, part, path)


def _move(part: Path, path: Path) -> None:
    beside = path.with_name(path.name + ".part")
    beside.write_bytes(part.read_bytes())
    beside.replace(path)


def _draw(text: str, width: int, height: int, folder: Path) -> list[Path]:
    paths = [folder / "night.png", folder / "line.png"]
    night(round(width * ROOM), round(height * ROOM)).save(paths[0], compress_level=1)
    card(text, (width, height)).save(paths[1], compress_level=1)
    return paths


def night(width: int, height: int) -> Image.Image:
    """The sky of every card and outro."""
    fade = Image.linear_gradient("L").resize((width, height))
    sky = Image.composite(
        Image.new("RGB", (width, height), DUSK), Image.new("RGB", (width, height), NIGHT), fade
    )
    glow = Image.new("L", (width, height), 0)
    draw, radius = ImageDraw.Draw(glow), min(width, height) // 7
    x, y = width // 2, round(height * 0.27)
    draw.ellipse((x - 2 * radius, y - 2 * radius, x + 2 * radius, y + 2 * radius), 70)
    soft = glow.filter(ImageFilter.GaussianBlur(radius // 2))
    ImageDraw.Draw(soft).ellipse((x - radius, y - radius, x + radius, y + radius), 235)
    sky.paste(Image.new("RGB", (width, height), MOON), mask=soft)
    shaped = font(BOLD, round(radius * 0.62))
    ImageDraw.Draw(sky).text((x, y), "NERDX", NIGHT, shaped, anchor="mm")
    return sky


def _args(pictures: list[Path], width: int, height: int, seconds: int, path: Path) -> list[str]:
    inputs = [part for picture in pictures for part in ("-framerate", str(FPS), "-i", str(picture))]
    graph = (
        f"[0:v]format=yuv420p,loop=-1:1:0,crop={width}:{height}"
        f":x='(iw-ow)/2':y='(ih-oh)*(1-t/{seconds})'[sky];"
        "[1:v]format=yuva420p,loop=-1:1:0,fade=in:st=0.3:d=0.9:alpha=1[line];"
        "[sky][line]overlay=0:0:shortest=0,setsar=1[v]"
    )
    tones = "+".join(f"0.1*sin(2*PI*{note}*t)" for note in (196.0, 293.66, 392.0, 440.0))
    chord = f"aevalsrc='({tones})*min(1,t*2)*exp(-0.35*t)':s=48000:d={seconds}"
    return [
        *inputs,
        *("-f", "lavfi", "-i", chord, "-filter_complex", graph),
        *("-map", "[v]", "-map", "2:a", "-t", str(seconds), "-r", str(FPS)),
        *("-c:v", "libx264", "-preset", "ultrafast", "-crf", "18", "-pix_fmt", "yuv420p"),
        *("-c:a", "aac", "-b:a", "160k", "-movflags", "+faststart", str(path)),
    ]
