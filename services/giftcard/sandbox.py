"""Gift cards to try things out with: in the sandbox only, like the personas."""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from core.money import Money
from core.outbox import UnitOfWork
from core.settings import Settings
from models.promotion import GiftCard
from services.giftcard.cards import give_out, kinds
from services.giftcard.codes import code_of

PREFIX = "gft_sandbox-"


@dataclass(frozen=True)
class SandboxCard:
    """A code that anybody may spend, and what is left on it."""

    code: str
    currency: str
    balance: str


async def seed_cards(uow: UnitOfWork, settings: Settings) -> None:
    """Give out one card of each currency, once; what was spent stays spent."""
    if not _is_sandbox(settings):
        raise PermissionError("gift cards for all are for a sandbox: SANDBOX_SIGN_IN is off")
    for kind in await kinds(uow.session):
        id = PREFIX + kind.currency.lower()
        if await uow.session.get(GiftCard, id) is None:
            await give_out(uow, settings, kind, id)


async def sandbox_cards(session: AsyncSession, settings: Settings) -> list[SandboxCard]:
    """Return the codes to try; none outside a sandbox."""
    if not _is_sandbox(settings):
        return []
    rows = await session.scalars(
        select(GiftCard).where(GiftCard.id.startswith(PREFIX)).order_by(GiftCard.id)
    )
    return [
        SandboxCard(
            code_of(settings, row.id), row.currency, Money(row.balance, row.currency).formatted()
        )
        for row in rows
    ]


def _is_sandbox(settings: Settings) -> bool:
    return settings.sandbox_sign_in and not settings.is_production
