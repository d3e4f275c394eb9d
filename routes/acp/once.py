"""Requests that change something: done once for their key."""

from collections.abc import Awaitable, Callable

from core.outbox import UnitOfWork
from routes.acp.door import Call
from services import acp
from services.acp import AcpError, Answer

type Effect = Callable[[UnitOfWork], Awaitable[Answer]]


async def once(call: Call, effect: Effect) -> Answer:
    """Do it and keep the answer in one transaction: after a crash there is both or nothing."""
    async with call.shop.begin() as uow:
        scope = (call.partner.id, call.path, call.key, call.body)
        if known := await acp.replay(uow, *scope):
            return known
        try:
            async with uow.session.begin_nested():
                answer = await effect(uow)
        except AcpError as error:
            answer = Answer(error.status, error.body, error.headers)
        await acp.store(uow, *scope, answer)
        return answer
