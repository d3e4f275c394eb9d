"""Requests that change something: done once for their key."""

from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

from core.outbox import UnitOfWork
from routes.acp.door import Call
from services import acp
from services.acp import AcpError, Answer

type Effect = Callable[[UnitOfWork], Awaitable[Answer]]
type Scope = tuple[str, str, str, dict[str, Any]]


async def once(call: Call, effect: Effect) -> Answer:
    """Do it and keep the answer in one transaction: after a crash there is both or nothing."""
    scope = _scope(call)
    async with call.shop.begin() as uow:
        if known := await acp.replay(uow, *scope):
            return known
        return await acp.store(uow, *scope, await _done(uow, effect))


async def told(call: Call) -> Answer | None:
    """Return the answer that this key got."""
    async with call.shop.begin() as uow:
        return await acp.replay(uow, *_scope(call))


async def held(call: Call, ahead: Callable[[], Awaitable[None]], effect: Effect) -> Answer:
    """Do what has to go ahead of it, in its own transactions, then do it as `once` does.

    Meanwhile a twin is told to wait. After a crash the same key begins anew, so what goes ahead
    has to bear being done twice.
    """
    scope = _scope(call)
    async with call.shop.begin() as uow:
        if known := await acp.hold(uow, *scope):
            return known
    try:
        refusal = await _refusal(ahead)
        async with call.shop.begin() as uow:
            return await acp.store(uow, *scope, refusal or await _done(uow, effect))
    except BaseException:
        with suppress(Exception):
            await _let_go(call, scope)
        raise


def _scope(call: Call) -> Scope:
    return call.partner.id, call.path, call.key, call.body


async def _refusal(ahead: Callable[[], Awaitable[None]]) -> Answer | None:
    try:
        await ahead()
    except AcpError as error:
        return _answer(error)
    return None


async def _done(uow: UnitOfWork, effect: Effect) -> Answer:
    try:
        async with uow.session.begin_nested():
            return await effect(uow)
    except AcpError as error:
        return _answer(error)


async def _let_go(call: Call, scope: Scope) -> None:
    async with call.shop.begin() as uow:
        await acp.release(uow, *scope[:3])


def _answer(error: AcpError) -> Answer:
    return Answer(error.status, error.body, error.headers)
