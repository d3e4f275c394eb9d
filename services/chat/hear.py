"""What a customer says that they like is kept beside the message, and goes with it (PRODUCT 78)."""

import logging

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import IntegrityError

from models.chat import ChatAuthor, ChatMessage, ChatPreference
from services import recommendation
from services.chat.grounding import World
from services.chat.scene import Desk, Scene

log = logging.getLogger(__name__)


async def keep(desk: Desk, scene: Scene, world: World) -> None:
    """Read the message that a reply answers, and keep what it says of likes; once."""
    shelf = await recommendation.shelf_of(desk.db)
    try:
        heard = recommendation.hear(scene.said, world.named, shelf)
    except Exception:
        # A message that cannot be read is answered all the same.
        log.exception("likes are not read", extra={"reply": scene.reply.id})
        return
    if heard:
        await _write(desk, scene, heard)


async def _write(desk: Desk, scene: Scene, heard: recommendation.Heard) -> None:
    said = select(ChatMessage.id, ChatMessage.finished_at, ChatMessage.created_at).where(
        ChatMessage.chat_id == scene.chat.id,
        ChatMessage.number < scene.reply.number,
        ChatMessage.author == ChatAuthor.CUSTOMER,
    )
    try:
        async with desk.begin() as uow:
            last = said.order_by(ChatMessage.number.desc()).limit(1)
            message = (await uow.session.execute(last)).first()
            if message is None:
                return
            row = insert(ChatPreference).values(
                id=message.id,
                customer_id=scene.viewer.id,
                preferences=heard.document,
                # When it was said, by the clock that taps are timed with.
                created_at=message.finished_at or message.created_at,
            )
            await uow.session.execute(row.on_conflict_do_nothing())
    except IntegrityError:
        log.info("likes are not kept: the chat is gone", extra={"reply": scene.reply.id})
