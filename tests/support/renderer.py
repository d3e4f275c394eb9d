"""What the tests of every renderer's gateway do: order, wait for the end, and fail to reach it."""

import asyncio
import socket
from datetime import UTC, datetime

from gateways.renderer import Renderer, RenderState, RenderStatus

DEADLINE = 30.0
PROMPT = "해 질 녘 주막, 등불이 켜진다"


def just_now() -> datetime:
    """The time."""
    return datetime.now(UTC)


async def ended(renderer: Renderer, id: str) -> RenderStatus:
    """Ask until the order has ended, and return how."""
    async with asyncio.timeout(DEADLINE):
        while True:
            status = await renderer.status(id)
            if status.state not in (RenderState.QUEUED, RenderState.RUNNING):
                return status
            await asyncio.sleep(0.02)


def nobody() -> str:
    """An address of this machine where nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as door:
        return f"http://127.0.0.1:{door.getsockname()[1]}"
