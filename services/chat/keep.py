"""Holding a reply while it is made: the lease, the customer's stop, the longest time."""

import asyncio
import logging
from contextlib import suppress

from sqlalchemy import select

from gateways.llm import LlmUnavailable, Usage
from models.chat import CallState, ChatCall, MessageStatus
from services.chat import cost, recall, scene
from services.chat.answer import make
from services.chat.reply import TOO_SLOW, Claim, Fenced, claim, hand_back, page, renew
from services.chat.scene import Desk
from services.chat.stops import LOOK_SECONDS, Stops

log = logging.getLogger(__name__)


async def answer(desk: Desk, names: recall.Names, stops: Stops, message_id: str) -> None:
    """Make a reply that nobody makes, until it ends, is stopped, or is in other hands."""
    async with desk.begin() as uow:
        mine = await claim(uow, desk.settings, message_id)
    if mine is None:
        return
    making = asyncio.create_task(_make(desk, names, mine))
    keeper = asyncio.create_task(_keep(desk, stops, mine))
    try:
        await asyncio.wait({making, keeper}, return_when=asyncio.FIRST_COMPLETED)
        if making.done():
            making.result()
        else:
            await _let_go(making)
            await _break_off(desk, mine, keeper.result())
    except Fenced:
        log.info("reply dropped: it is in other hands", extra={"reply": message_id})
    except asyncio.CancelledError:
        await _let_go(making)
        await asyncio.shield(hand_back(desk.begin, mine))
        raise
    finally:
        await _let_go(keeper)
        # It may still learn the id of a run that has to be ended.
        await _over(making, keeper)


async def _make(desk: Desk, names: recall.Names, mine: Claim) -> None:
    async with desk.db.read() as session:
        seen = await scene.load(session, desk.settings, mine.message_id, desk.now)
    if seen.reply.stop_at is None:
        await make(desk, mine, seen, names)
    else:
        await _break_off(desk, mine, MessageStatus.STOPPED)


async def _keep(desk: Desk, stops: Stops, mine: Claim) -> MessageStatus:
    """Renew the lease; return how the reply is to be ended, once it is."""
    loop = asyncio.get_running_loop()
    end = loop.time() + desk.settings.chat_reply_seconds
    told = asyncio.create_task(stops.told(desk.db, desk.bus, mine.message_id))
    try:
        while (left := end - loop.time()) > 0:
            await asyncio.wait({told}, timeout=min(left, desk.settings.chat_lease_seconds / 3))
            if told.done():
                if not told.result():
                    raise Fenced(mine.message_id)
                return MessageStatus.STOPPED
            async with desk.begin() as uow:
                if not await renew(uow, desk.settings, mine):
                    raise Fenced(mine.message_id)
    finally:
        told.cancel()
    return MessageStatus.FAILED


async def _break_off(desk: Desk, mine: Claim, status: MessageStatus) -> None:
    """End a reply in the middle: first the provider's use, then the row."""
    async with desk.db.write() as session:
        open_ = select(ChatCall).where(
            ChatCall.message_id == mine.message_id, ChatCall.state == CallState.OPEN
        )
        calls = [(call.id, call.provider_id) for call in await session.scalars(open_)]
    used: dict[str, Usage] = {}
    for id, provider_id in calls:
        with suppress(LlmUnavailable):
            used[id] = await desk.llm.cancel(provider_id or "")
    async with page(desk, mine) as sheet:
        for id, usage in used.items():
            call = await sheet.uow.session.get_one(ChatCall, id)
            cost.settle(desk.settings, sheet.chat, call, usage)
        await sheet.uow.session.flush()
        await sheet.end(status, TOO_SLOW if status is MessageStatus.FAILED else None)


async def _let_go(task: asyncio.Task[MessageStatus] | asyncio.Task[None]) -> None:
    """Cancel a task and give it a moment; after that it writes nothing any more."""
    task.cancel()
    await asyncio.wait({task}, timeout=LOOK_SECONDS / 2)


async def _over(*tasks: asyncio.Task[MessageStatus] | asyncio.Task[None]) -> None:
    """Wait until tasks have ended, however they do."""
    await asyncio.wait(tasks)
    for task in tasks:
        if not task.cancelled():
            task.exception()
