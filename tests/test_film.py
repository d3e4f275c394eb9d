"""The cutting room, on real shots and on broken ones."""

import asyncio
import hashlib
import io
import os
import re
import signal
from pathlib import Path

import numpy as np
import psutil
import pytest
from imageio_ffmpeg import get_ffmpeg_exe
from PIL import Image

from gateways import film
from gateways.film.text import drawable
from sandbox.openai.encode import encode
from sandbox.openai.scene import draw

AI_MARK = "NERDX · AI 생성 영상"
NASTY = "민수': [v];drawtext=text=%{pts}\\\n$(touch x) `id` \x00\u202e 님의 한 잔, NERD 🥂"


QUICK = ("-preset", "ultrafast", "-pix_fmt", "yuv420p")


async def ffmpeg(*args: str) -> str:
    process = await asyncio.create_subprocess_exec(
        *(get_ffmpeg_exe(), "-hide_banner", "-nostdin", "-y", *args),
        stderr=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.DEVNULL,
    )
    _, log = await process.communicate()
    assert process.returncode == 0, log.decode()[-500:]
    return log.decode(errors="replace")


async def shot(folder: Path, name: str, seconds: int, size: str = "1280x720") -> Path:
    width, height = (int(side) for side in size.split("x"))
    path = folder / f"{name}.mp4"
    scene = draw(name, b"", width, height, folder)
    await encode(scene, width, height, seconds, path, lambda percent: None)
    return path


@pytest.fixture(scope="module")
async def shots(tmp_path_factory) -> list[Path]:
    folder = tmp_path_factory.mktemp("shots")
    return [await shot(folder, f"shot {n}", seconds) for n, seconds in enumerate((8, 8, 8))]


async def loudness(path: Path) -> float:
    log = await ffmpeg("-i", str(path), "-af", "ebur128", "-f", "null", "-")
    return float(re.findall(r"I:\s+(-?[\d.]+) LUFS", log)[-1])


def pixels(jpeg: bytes) -> np.ndarray:
    with Image.open(io.BytesIO(jpeg)) as picture:
        return np.asarray(picture.convert("L"), dtype=np.int16)


async def test_a_film_of_thirty_seconds(shots, tmp_path) -> None:
    told: list[int] = []

    async def hear(percent: int) -> None:
        told.append(percent)

    end, out = tmp_path / "outro.mp4", tmp_path / "film.mp4"
    await film.outro("민수님의 한 잔, NERD", 6, "1280x720", end)
    await film.check_shot(end, 6, "1280x720")
    made = await film.finish(
        shots, end, out, ai_mark=AI_MARK, brand_mark="NERDX", size="1280x720", on_progress=hear
    )
    found = await film.probe(out)
    assert (made.width, made.height) == (found.width, found.height) == (1280, 720)
    assert made.duration == found.duration == pytest.approx(30, abs=0.05)
    assert (found.video_codec, found.audio_codec, found.fps) == ("h264", "aac", 24.0)
    assert found.faststart
    assert made.byte_size == out.stat().st_size
    assert made.sha256 == hashlib.sha256(out.read_bytes()).hexdigest()
    assert told == sorted(set(told))
    assert told[-1] == 100
    assert await loudness(out) == pytest.approx(-16, abs=1.0)
    await the_marks_stay(out, 30)
    with Image.open(io.BytesIO(await film.poster(out))) as poster:
        assert (poster.format, poster.size) == ("JPEG", (1280, 720))
    with Image.open(io.BytesIO(await film.strip(out))) as strip:
        assert strip.format == "JPEG"
        assert strip.width > 9 * strip.height
    assert sorted(path.name for path in tmp_path.iterdir()) == ["film.mp4", "outro.mp4"]


async def the_marks_stay(out: Path, seconds: int) -> None:
    """The label's letters are the brightest thing in their corner, in every picture looked at."""
    for at in (0.0, 0.04, 7.98, 8.02, 15.5, 23.9, 24.1, seconds - 0.05):
        picture = pixels(await film.frame(out, at))
        for corner in (picture[20:56, 20:240], picture[20:56, -130:-20]):
            assert corner.max() > 200, at
            assert corner.min() < 90, at


@pytest.mark.parametrize("size", ["720x1280", "720x720"])
async def test_other_shapes_fill_the_frame(shots, tmp_path, size) -> None:
    end = tmp_path / "outro.mp4"
    await film.outro("One cup for Mina. NERD", 4, size, end)
    out = tmp_path / "film.mp4"
    made = await film.finish(shots[:1], end, out, ai_mark=AI_MARK, brand_mark="NERDX", size=size)
    assert f"{made.width}x{made.height}" == size
    assert made.duration == pytest.approx(12, abs=0.05)
    middle = pixels(await film.frame(out, 4.0))
    assert middle[: middle.shape[0] // 10].std() > 2 or middle[: middle.shape[0] // 10].mean() > 20


async def test_shots_without_sound_and_of_another_rate(tmp_path) -> None:
    dumb = tmp_path / "dumb.mp4"
    await ffmpeg("-f", "lavfi", "-i", "testsrc2=s=640x360:r=30:d=4", *QUICK, str(dumb))
    end, out = tmp_path / "outro.mp4", tmp_path / "film.mp4"
    await film.outro("NERD", 4, "1280x720", end)
    made = await film.finish([dumb], end, out, ai_mark=AI_MARK, brand_mark="NERDX", size="1280x720")
    assert made.duration == pytest.approx(8, abs=0.05)
    silent = tmp_path / "silent.mp4"
    made = await film.finish(
        [dumb], dumb, silent, ai_mark=AI_MARK, brand_mark="NERDX", size="1280x720"
    )
    assert (await film.probe(silent)).audio_codec == "aac"


async def test_customers_words_are_only_words(tmp_path) -> None:
    plain, nasty = tmp_path / "plain.mp4", tmp_path / "nasty.mp4"
    await film.outro("님의 한 잔", 4, "720x720", plain)
    await film.outro(NASTY, 4, "720x720", nasty)
    made = await film.finish(
        [nasty], plain, tmp_path / "film.mp4", ai_mark=NASTY, brand_mark=NASTY, size="720x720"
    )
    assert made.duration == pytest.approx(8, abs=0.05)
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "film.mp4",
        "nasty.mp4",
        "plain.mp4",
    ]
    shown = drawable(NASTY)
    assert "님의 한 잔, NERD" in shown
    assert not {"\x00", "\n", "\u202e", "🥂"} & set(shown)
    assert len(drawable("가" * 5000)) <= 120
    await film.outro("", 4, "720x720", plain)
    await film.outro("가나다라마바사" * 40, 4, "720x1280", plain)


async def test_bad_shots_are_told_apart(shots, tmp_path) -> None:
    black, frozen, cut = (tmp_path / f"{name}.mp4" for name in ("black", "frozen", "cut"))
    for path, scene in ((black, "color=black:s=640x360:r=24:d=4"),
                        (frozen, "color=orange:s=640x360:r=24:d=4")):  # fmt: skip
        await ffmpeg("-f", "lavfi", "-i", scene, *QUICK, str(path))
    cut.write_bytes(shots[0].read_bytes()[: shots[0].stat().st_size // 2])
    page, nothing, list_ = tmp_path / "page.mp4", tmp_path / "nothing.mp4", tmp_path / "list.mp4"
    page.write_text("<html>502 Bad Gateway</html>")
    nothing.touch()
    list_.write_text(f"ffconcat version 1.0\nfile '{shots[0]}'\n")
    for path, seconds, size, code in (
        (black, 4, "640x360", "black"),
        (frozen, 4, "640x360", "frozen"),
        (cut, 8, "1280x720", "truncated"),
        (page, 8, "1280x720", "unreadable"),
        (nothing, 8, "1280x720", "unreadable"),
        (list_, 8, "1280x720", "unreadable"),
        (tmp_path / "absent.mp4", 8, "1280x720", "unreadable"),
        (shots[0], 4, "1280x720", "wrong_length"),
        (shots[0], 8, "720x1280", "wrong_size"),
    ):
        with pytest.raises(film.BadShot) as bad:
            await film.check_shot(path, seconds, size)
        assert bad.value.code == code, path.name


async def test_a_cancelled_film_leaves_nothing(shots, tmp_path) -> None:
    started = asyncio.Event()

    async def hear(percent: int) -> None:
        started.set()

    out = tmp_path / "film.mp4"
    task = asyncio.create_task(
        film.finish(
            shots, shots[0], out, ai_mark="AI", brand_mark="N", size="1280x720", on_progress=hear
        )
    )
    async with asyncio.timeout(30):
        await started.wait()
    assert await children("ffmpeg")
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert not await children("ffmpeg")
    assert list(tmp_path.iterdir()) == []


async def children(name: str) -> list[int]:
    """Processes of ours that are under way, by the name of their program."""
    return [child.pid for child in psutil.Process().children() if name in child.name()]


async def test_a_look_that_was_cut_short_says_nothing_of_the_shot(tmp_path) -> None:
    """A shot that is called bad is paid again; ours to mend is no reason for that."""
    pipe = tmp_path / "shot.mp4"
    os.mkfifo(pipe)
    looking = asyncio.create_task(film.check_shot(pipe, 8, "1280x720"))
    async with asyncio.timeout(20):
        # Of this process are the servers of other tests, too.
        while not (found := await children("ffmpeg")):  # noqa: ASYNC110
            await asyncio.sleep(0.02)
    os.kill(found[0], signal.SIGKILL)
    with pytest.raises(film.FilmInterrupted):
        await looking
