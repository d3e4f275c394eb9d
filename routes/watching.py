"""What is open for a viewer follows their account: a session that ends, a role that is lost."""

import asyncio
import logging
from collections.abc import Callable, Collection
from contextlib import suppress
from dataclasses import dataclass, replace

from core.bus import Bus
from core.clock import Clock
from core.db import Database
from core.viewer import AgeState, Viewer
from routes.graphql import Caller, Ending
from services import account, catalogue

log = logging.getLogger(__name__)

# Accounts are also changed by hand and by time, which nothing tells of.
LOOK_SECONDS = 2.0
AGES = (AgeState.MINOR, AgeState.UNKNOWN, AgeState.DECLARED, AgeState.VERIFIED)


@dataclass(eq=False)
class Held:
    """One connection, and what it is told."""

    caller: Caller
    end: Callable[[Ending], None]
    renew: Callable[[Caller], None]


class Watching:
    """Looks at the accounts behind all open connections, in one query every 2 s."""

    def __init__(self, db: Database, bus: Bus, channels: catalogue.Channels, now: Clock) -> None:
        self._db, self._bus, self._channels, self._now = db, bus, channels, now
        self._held: set[Held] = set()
        self._task: asyncio.Task[None] | None = None

    def watch(self, held: Held) -> Callable[[], None]:
        """Tell a connection what becomes of its viewer, until the result is called."""
        session_id = held.caller.viewer.session_id
        if session_id is None:
            return lambda: None
        self._held.add(held)
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._look_on())
        news = asyncio.create_task(self._follow(held, session_id))

        def stop() -> None:
            self._held.discard(held)
            news.cancel()

        return stop

    async def close(self) -> None:
        """Look no more."""
        if self._task:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task

    async def _follow(self, held: Held, session_id: str) -> None:
        # Joined first and asked then: an end between the two is not missed.
        async for _ in self._bus.follow(account.session_topic(session_id)):
            await self._look_at([held])

    async def _look_on(self) -> None:
        while self._held:
            await asyncio.sleep(LOOK_SECONDS)
            await self._look_at(tuple(self._held))

    async def _look_at(self, held: Collection[Held]) -> None:
        known = [(one.caller.viewer, self._channels.known(one.caller.channel)) for one in held]
        try:
            async with self._db.read() as session:
                found = await account.viewers_now(session, known, self._now())
        except Exception as error:
            log.warning("accounts could not be looked at: %s", type(error).__name__)
            return
        for one, viewer in zip(held, found, strict=True):
            if one in self._held:
                _tell(one, viewer)


def _tell(held: Held, now: Viewer | None) -> None:
    before = held.caller.viewer
    if now is None:
        held.end(Ending.REVOKED)
    elif _has_lost(before, now):
        held.end(Ending.CHANGED)
    elif (before.scope, before.is_guest) != (now.scope, now.is_guest):
        held.caller = renewed(held.caller, now)
        held.renew(held.caller)


def _has_lost(before: Viewer, now: Viewer) -> bool:
    kept = before.roles <= now.roles and before.permissions <= now.permissions
    return not kept or AGES.index(now.age) < AGES.index(before.age)


def caller_of(viewer: Viewer, locale: str, channel: str, client: str) -> Caller:
    """Return the caller that this viewer is in this language and market."""
    # A run ends with the session it was started in, which must not silence another one.
    key = f"{viewer.scope}:{viewer.session_id}:{locale}:{channel}"
    return Caller(viewer=viewer, locale=locale, channel=channel, key=key, client=client)


def renewed(caller: Caller, viewer: Viewer) -> Caller:
    """Return the same caller with what the viewer may do now."""
    now = caller_of(viewer, caller.locale, caller.channel, caller.client)
    return replace(now, trace_id=caller.trace_id)
