"""Asking for a run: its id is learnt also when nobody wants the answer any more."""

import asyncio
from collections.abc import AsyncGenerator, Coroutine
from contextlib import aclosing, suppress

from gateways.llm import Ask, LlmUnavailable, Opened, Step
from services.chat.scene import Desk
from services.chat.tasks import ForgetCalls


async def opened(desk: Desk, ask: Ask) -> AsyncGenerator[Step]:
    """Begin a paid round and give its steps.

    Who is cancelled before the provider has told the run's id waits for it, no longer than the
    gateway does, and has the run ended and deleted. Raises LlmUnavailable.
    """
    async with aclosing(desk.llm.open(ask)) as steps:
        first = asyncio.create_task(_next(steps))
        try:
            step = await asyncio.shield(first)
        except asyncio.CancelledError:
            await through(_end(desk, first))
            raise
        if step is None:
            return
        yield step
        async for step in steps:
            yield step


async def through[T](work: Coroutine[object, object, T]) -> T:
    """Do this to its end, also when who waits for it is cancelled meanwhile."""
    task = asyncio.create_task(work)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait({task})
        raise


async def unwanted(desk: Desk, provider_id: str) -> None:
    """End a run that nobody waits for, and have what the provider keeps of it deleted."""
    async with desk.begin() as uow:
        uow.send(ForgetCalls([provider_id], are_running=True))
    with suppress(LlmUnavailable):
        await desk.llm.cancel(provider_id)


async def _next(steps: AsyncGenerator[Step]) -> Step | None:
    return await anext(steps, None)


async def _end(desk: Desk, first: "asyncio.Task[Step | None]") -> None:
    with suppress(LlmUnavailable):
        step = await first
        if isinstance(step, Opened):
            await unwanted(desk, step.provider_id)
