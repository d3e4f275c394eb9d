"""The whole journey in a real Chromium, as `test_dev` takes it; and what the pages are made of."""

import asyncio
import json
import os
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import World
from tests.support.serve import answers

ROOT = Path(__file__).resolve().parent.parent
TOOLS = ROOT / "tests" / "browser"
PHOTO = ROOT / "data" / "photos" / "portrait.jpg"
DEADLINE_SECONDS = 420
STAGES = {
    "ko": ["준비", "의뢰", "촬영", "회수", "마무리", "공개"],
    "en": ["Prepare", "Book", "Film", "Collect", "Finish", "Premiere"],
}
DONE = {"ko": "완성됐어요", "en": "It is ready"}


@dataclass(frozen=True)
class Node:
    """Node.js with the packages that drive a browser."""

    node: str
    env: dict[str, str]

    async def run(self, task: dict[str, object]) -> dict[str, Any]:
        """Run the journey and return what it saw."""
        script = [self.node, "journey.mjs", json.dumps(task)]
        output = await _run(script, self.env, DEADLINE_SECONDS)
        return json.loads(output.splitlines()[-1])


async def _run(
    command: list[str], env: dict[str, str], seconds: float, folder: Path = TOOLS
) -> str:
    process = await asyncio.create_subprocess_exec(
        *command,
        cwd=folder,
        env=env,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        out, err = await asyncio.wait_for(process.communicate(), seconds)
    except TimeoutError:
        process.kill()
        await process.wait()
        raise
    sys.stderr.write(err.decode())
    assert process.returncode == 0, (out + err).decode()
    return out.decode()


@pytest.fixture(scope="session")
async def browser() -> Node:
    """Node.js and its packages, installed from their lock when they are not there yet."""
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    node, npm = shutil.which("node", path=path), shutil.which("npm", path=path)
    assert node, "Node.js is needed: `make setup` installs it"
    assert npm, "npm is needed: `make setup` installs it"
    env = {**os.environ, "PATH": path}
    installed, lock = TOOLS / "node_modules" / ".package-lock.json", TOOLS / "package-lock.json"
    if not installed.exists() or installed.stat().st_mtime < lock.stat().st_mtime:
        await _run([npm, "ci", "--no-audit", "--no-fund", "--loglevel=error"], env, 300)
    return Node(node, env)


@pytest.fixture
async def live_server_url(world: World) -> str:
    """The address of the whole program: API, worker and relay as processes."""
    for name in ("api", "worker", "relay"):
        world.program(name)
    await answers(world.url, 90)
    return world.url


async def film_plays(browser: Node, base: str, locale: str, persona: str, film: str) -> None:
    """Go from the explorer's sign-in to a playing film, and see that all is there."""
    pictures = os.environ.get("BROWSER_PICTURES")
    task: dict[str, object] = {"base": base, "photo": str(PHOTO), "locale": locale}
    task |= {"persona": persona, "film": film, **({"pictures": pictures} if pictures else {})}
    seen = await browser.run(task)
    assert seen["faults"] == []
    assert seen["explorer"] == "/explorer"
    assert seen["tabs"] >= 20
    assert seen["consent"]
    assert seen["lang"] == locale
    assert seen["percents"] == sorted(seen["percents"])
    assert seen["stages"] == [name for name in STAGES[locale] if name in seen["stages"]]
    assert seen["stages"]
    assert seen["preview"]
    assert seen["headline"] == DONE[locale]
    assert seen["film"]["duration"] > 5
    assert seen["shared"]["duration"] == seen["film"]["duration"]
    assert (seen["shareStatus"], seen["goneStatus"]) == (200, 404)
    assert seen["openGraph"] >= 10
    assert seen["notice"]


async def test_the_pages_keep_their_types(browser: Node) -> None:
    compiler = ROOT / "web" / "node_modules" / "typescript" / "bin" / "tsc"
    assert compiler.exists(), "the pages' packages are missing: `make setup` installs them"
    await _run([browser.node, str(compiler), "--noEmit"], browser.env, 120, ROOT / "web")
