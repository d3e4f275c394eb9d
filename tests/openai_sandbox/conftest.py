"""A sandbox that speaks OpenAI's wire, and OpenAI's own SDK."""

import asyncio
import warnings
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import openai
import pytest
from openai import AsyncOpenAI

from sandbox.openai.server import OpenAISandbox
from tests.support import picture

DEADLINE = 30.0
PROMPT = "해 질 녘 주막, 등불이 켜진다\n[ref shot_1]"


@pytest.fixture(scope="package")
def running(tmp_path_factory) -> Iterator[OpenAISandbox]:
    with OpenAISandbox.at(tmp_path_factory.mktemp("openai")) as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(running) -> Iterator[OpenAISandbox]:
    running.reset()
    running.speed(instant=True)
    yield running
    running.reset()


@asynccontextmanager
async def sdk(sandbox: OpenAISandbox, key: str | None = None) -> AsyncIterator[AsyncOpenAI]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        async with AsyncOpenAI(
            api_key=key or sandbox.config.api_key, base_url=sandbox.base_url, max_retries=0
        ) as client:
            yield client


@pytest.fixture
async def client(sandbox) -> AsyncIterator[AsyncOpenAI]:
    async with sdk(sandbox) as client:
        yield client


def reference(width: int = 1280, height: int = 720) -> tuple[str, bytes, str]:
    return "reference.jpg", picture.reference(f"{width}x{height}"), "image/jpeg"


async def ended(client: AsyncOpenAI, id: str) -> tuple[openai.types.Video, list[int]]:
    seen = []
    async with asyncio.timeout(DEADLINE):
        while True:
            video = await client.videos.retrieve(id)
            seen.append(video.progress)
            if video.status in ("completed", "failed"):
                return video, seen
            await asyncio.sleep(0.02)
