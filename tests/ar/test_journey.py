"""The journey of docs/ar.md, as it stands, against real processes."""

import asyncio
import re

import pytest

from core.settings import ROOT
from sandbox.ar import put_assets
from tests.conftest import World
from tests.test_docs import blocks


@pytest.mark.usefixtures("app", "workers")
async def test_the_journey_runs_as_it_stands(world: World) -> None:
    put_assets(world.settings)
    script = "\n".join(blocks(ROOT / "docs" / "ar.md", "bash"))
    shell = await asyncio.create_subprocess_exec(
        *("bash", "-euo", "pipefail", "-c", script),
        cwd=ROOT,
        env={"API": world.url, "PATH": "/usr/local/bin:/usr/bin:/bin", "LANG": "C.UTF-8"},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    async with asyncio.timeout(180):
        out, errors = (text.decode() for text in await shell.communicate())
    assert shell.returncode == 0, errors
    assert "QR code: 200 image/svg+xml" in out
    assert "figure: 200 model/gltf-binary" in out
    assert '"__typename":"ArUnlock"' in out
    assert re.search(r'"accepted":1.*"title":"[^"]+"', out)
