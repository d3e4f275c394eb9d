"""Following a reply step by step, from wherever a reader left off."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

from core.bus import Bus
from core.db import Database
from core.viewer import Viewer
from models.chat import ChatMessage, ChatStep, MessageStatus
from services.chat.read import message, steps
from services.chat.tasks import reply_topic


@dataclass(frozen=True)
class News:
    """What is new of a reply; `has_gap` says that steps before these are kept no more."""

    reply: ChatMessage
    steps: list[ChatStep]
    has_gap: bool

    @property
    def is_over(self) -> bool:
        """Whether nothing follows."""
        return self.reply.status is not MessageStatus.STREAMING


async def follow(
    db: Database, bus: Bus, viewer: Viewer, id: str, after: int
) -> AsyncIterator[News | None]:
    """Give the steps of a reply behind a number, then the new ones, to its end.

    None says that there is no such reply, or no more, or that it is not the viewer's.
    """
    async for _ in bus.follow(reply_topic(id)):
        # A replica may lag behind the steps that the doorbell rang for.
        async with db.look() as session:
            found = await message(session, viewer, id)
            known = await steps(session, id, after) if found else []
        # Those of a commit between the two reads come with the next ring, and with their message.
        new = [step for step in known if found and step.number <= found.steps]
        if found is None:
            yield None
            return
        last = new[-1].number if new else after
        has_gap = bool(new) and new[0].number > after + 1
        news, after = News(found, new, has_gap), last
        if news.is_over and last < found.steps:
            news = News(found, [], has_gap=True)
        if news.steps or news.has_gap:
            yield news
        if news.is_over:
            return
