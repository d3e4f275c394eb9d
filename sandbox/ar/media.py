"""A short film, a sound, and pictures of labels that a camera can find."""

import hashlib
import io
import random
import subprocess
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from imageio_ffmpeg import get_ffmpeg_exe  # type: ignore[import-untyped]
from PIL import Image, ImageDraw

SECONDS = 3
SAME = ("-map_metadata", "-1", "-fflags", "+bitexact", "-flags:v", "+bitexact")
SAME_SOUND = ("-flags:a", "+bitexact")
INK, PAPER, SEAL = (21, 17, 14), (245, 236, 220), (226, 100, 74)


def film() -> bytes:
    """Return an MP4 that plays in every browser: H.264 and AAC, its index first."""
    colours = "c0=0x15110e:c1=0xe2644a:c2=0xe8c886:n=3:seed=12"
    picture = f"gradients=s=640x360:d={SECONDS}:r=24:{colours}"
    sound = f"sine=frequency=220:duration={SECONDS}"
    codecs = ("-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-c:a", "aac")
    inputs = ("-f", "lavfi", "-i", picture, "-f", "lavfi", "-i", sound)
    return _made((*inputs, *codecs, *SAME, *SAME_SOUND, "-movflags", "+faststart"), "film.mp4")


def song() -> bytes:
    """Return an M4A: a jar that sings two notes."""
    notes = "+".join(
        f"0.3*sin(2*PI*{hertz}*t)*exp(-1.5*mod(t+{later},1.5))"
        for hertz, later in ((220, 0), (330, 0.75))
    )
    tune = f"aevalsrc=exprs='{notes}':d={SECONDS}"
    return _made(("-f", "lavfi", "-i", tune, "-c:a", "aac", *SAME, *SAME_SOUND), "song.m4a")


def label(marker: str) -> bytes:
    """Return a PNG full of corners, none like another: what a tracker needs to find a label."""
    dice = random.Random(hashlib.sha256(marker.encode()).digest())
    picture = Image.new("RGB", (512, 512), PAPER)
    draw = ImageDraw.Draw(picture)
    for _ in range(160):
        x, y, size = dice.randrange(512), dice.randrange(512), dice.randrange(8, 64)
        colour = dice.choice((INK, SEAL, PAPER))
        corners = [(x + dice.randint(-size, size), y + dice.randint(-size, size)) for _ in range(3)]
        draw.polygon(corners, fill=colour)
    draw.rectangle((96, 216, 416, 296), fill=INK)
    draw.text((256, 256), marker, fill=PAPER, anchor="mm", font_size=30)
    out = io.BytesIO()
    picture.save(out, "PNG")
    return out.getvalue()


def _made(args: Sequence[str], name: str) -> bytes:
    with TemporaryDirectory(prefix="ar-") as folder:
        path = Path(folder) / name
        command = [get_ffmpeg_exe(), "-hide_banner", "-loglevel", "error", "-nostdin", *args]
        subprocess.run([*command, str(path)], check=True, timeout=60)
        return path.read_bytes()
