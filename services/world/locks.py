"""Stories that open only to some: with AR, or with an order."""

from collections.abc import Container

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from core.i18n import Text
from core.viewer import Role, Viewer
from models.ar import LoreUnlock as Opened
from models.world import Lore, LoreUnlock

REASONS: dict[LoreUnlock, Text] = {
    LoreUnlock.AR: {
        "ko": "제품 라벨을 AR로 비추고 귀를 기울이면 열리는 이야기입니다.",
        "en": "This story opens when you hold the label to AR and listen.",
    },
    LoreUnlock.ORDER: {
        "ko": "이 이야기가 담긴 제품을 주문하면 열립니다.",
        "en": "This story opens with an order of the drink it is about.",
    },
}


def reason_locked(lore: Lore, viewer: Viewer, unlocked: Container[str] = ()) -> Text | None:
    """Return what opens a story, or None where this viewer may read it.

    `unlocked` are ids that the viewer has opened; staff read everything.
    """
    if lore.unlock is LoreUnlock.PUBLIC or lore.id in unlocked or Role.STAFF in viewer.roles:
        return None
    return REASONS[lore.unlock]


async def opened_by(session: AsyncSession, customer_id: str) -> set[str]:
    """Return the stories that a customer has opened."""
    rows = select(Opened.lore_id).where(Opened.customer_id == customer_id)
    return set(await session.scalars(rows))
