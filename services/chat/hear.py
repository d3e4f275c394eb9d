"""What a customer says that they like is kept beside the message, and goes with it (PRODUCT 78)."""

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from models.chat import ChatAuthor, ChatMessage, ChatPreference
from services import recommendation
from services.chat.grounding import World
from services.chat.scene import Desk, Scene


async def keep(desk: Desk, scene: Scene, world: World) -> None:
    """Read the message that a reply answers, and keep what it says of likes; once."""
    shelf = await recommendation.shelf_of(desk.db)
    heard = recommendation.hear(scene.said, world.named, shelf)
    if not heard:
        return
    said = select(ChatMessage.id).where(
        ChatMessage.chat_id == scene.chat.id,
        ChatMessage.number < scene.reply.number,
        ChatMessage.author == ChatAuthor.CUSTOMER,
    )
    said = said.order_by(ChatMessage.number.desc()).limit(1)
    async with desk.begin() as uow:
        # Locked, so that a chat that is being deleted takes this along, or has gone before.
        if (message_id := await uow.session.scalar(said.with_for_update(key_share=True))) is None:
            return
        row = insert(ChatPreference).values(
            id=message_id, customer_id=scene.viewer.id, preferences=heard.document
        )
        await uow.session.execute(row.on_conflict_do_nothing())
