"""Gift cards and their ledger: what is spent never passes the balance (row E8)."""

import hmac
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from core.errors import NotFound
from core.idempotency import once
from core.ids import is_id, new_id
from core.outbox import UnitOfWork
from core.settings import Settings
from core.viewer import Viewer
from models.promotion import GiftCard, GiftCardKind, GiftCardMove
from services.giftcard import errors
from services.giftcard.codes import code_of, hash_of, plain
from services.giftcard.errors import GiftCardRefused

GRACE = timedelta(days=30)
ISSUED = "issued"


async def find_card(
    session: AsyncSession, settings: Settings, code: str, currency: str, now: datetime
) -> GiftCard:
    """Return the card with this code, if it can pay something in this currency.

    The caller throttles tries. What is looked up is a keyed hash, so the time it takes tells
    nothing about codes. Raises GiftCardRefused.
    """
    letters = plain(code)
    wanted = hash_of(settings, letters or "")
    card = await session.scalar(select(GiftCard).where(GiftCard.code_hash == wanted))
    if card is None or letters is None or not hmac.compare_digest(card.code_hash, wanted):
        raise GiftCardRefused
    if card.expires_at is not None and card.expires_at <= now:
        raise GiftCardRefused(errors.EXPIRED)
    if card.currency != currency:
        raise GiftCardRefused(errors.OTHER_CURRENCY)
    if card.balance == 0:
        raise GiftCardRefused(errors.EMPTY)
    return card


async def cards(
    session: AsyncSession, ids: Sequence[str], currency: str, now: datetime
) -> list[GiftCard]:
    """Return those of these cards that can pay in this currency now, in the order of the ids."""
    rows = await session.scalars(select(GiftCard).where(GiftCard.id.in_(ids)))
    alive = {
        row.id: row
        for row in rows
        if row.currency == currency and (row.expires_at is None or row.expires_at > now)
    }
    return [alive[id] for id in dict.fromkeys(ids) if id in alive]


async def by_ids(session: AsyncSession, ids: Sequence[str]) -> list[GiftCard]:
    """Return these cards, for staff."""
    return list(await session.scalars(select(GiftCard).where(GiftCard.id.in_(ids))))


async def kinds(session: AsyncSession) -> list[GiftCardKind]:
    """Return what can be given out, in the order of the catalogue."""
    query = select(GiftCardKind).where(GiftCardKind.active)
    return list(await session.scalars(query.order_by(GiftCardKind.position, GiftCardKind.id)))


async def issue(
    uow: UnitOfWork, viewer: Viewer, settings: Settings, kind_id: str, idempotency_key: str
) -> tuple[GiftCard, str]:
    """Give out a card of this kind, and return it with its code, which nobody can ask for later.

    Raises NotFound, IdempotencyConflict, InvalidInput.
    """

    async def work() -> str:
        kind = await uow.session.get(GiftCardKind, kind_id) if is_id(kind_id) else None
        if kind is None or not kind.active:
            raise NotFound("input.kindId")
        return (await give_out(uow, settings, kind, new_id("gft"))).id

    request = {"kind": kind_id}
    id = await once(uow, viewer, "issueGiftCard", idempotency_key, request, work)
    card = await uow.session.get_one(GiftCard, id)
    return card, code_of(settings, id)


async def give_out(
    uow: UnitOfWork, settings: Settings, kind: GiftCardKind, card_id: str
) -> GiftCard:
    """Make a card of this kind with this id, full."""
    letters = plain(code_of(settings, card_id)) or ""
    days = kind.expires_days
    card = GiftCard(
        id=card_id,
        kind_id=kind.id,
        code_hash=hash_of(settings, letters),
        last_four=letters[-4:],
        currency=kind.currency,
        balance=kind.amount,
        expires_at=uow.now() + timedelta(days=days) if days else None,
    )
    uow.session.add(card)
    await uow.session.flush()
    uow.session.add(GiftCardMove(gift_card_id=card_id, delta=kind.amount, reference=ISSUED))
    await uow.session.flush()
    return card


async def spend_cards(uow: UnitOfWork, reference: str, amounts: Iterable[tuple[str, int]]) -> None:
    """Take these amounts off these cards, all or nothing; the same reference is taken once.

    `reference` is such as `spent:pay_…`. Raises GiftCardRefused when a card is gone, has expired
    or holds less.
    """
    wanted = {id: amount for id, amount in amounts if amount}
    known = await _locked(uow, wanted)
    spent = await _moves(uow, reference)
    for id, amount in wanted.items():
        card = known.get(id)
        if id in spent:
            continue
        if card is None or (card.expires_at is not None and card.expires_at <= uow.now()):
            raise GiftCardRefused(errors.EXPIRED, "input.checkoutId")
        if not 0 < amount <= card.balance:
            raise GiftCardRefused(errors.TOO_LITTLE, "input.checkoutId")
        _move(uow, card, -amount, reference)
    await uow.session.flush()


async def return_cards(
    uow: UnitOfWork, reference: str, new_reference: str, amount: int | None = None
) -> int:
    """Give back what was spent under a reference, or this much of it, and return how much it was.

    Never more than was spent and not given back yet; the same new reference is given once. A card
    that gets money back lives for 30 more days at least.
    """
    spent = await _moves(uow, reference)
    known = await _locked(uow, spent)
    if done := await _moves(uow, new_reference):
        return sum(move.delta for move in done.values())
    left = None if amount is None else max(amount, 0)
    total = 0
    for id, open_ in (await _open(uow, spent)).items():
        back = open_ if left is None else min(open_, left - total)
        if back > 0:
            _move(uow, known[id], back, new_reference, of=reference)
            _lengthen(known[id], uow.now())
            total += back
    await uow.session.flush()
    return total


async def _locked(uow: UnitOfWork, ids: Iterable[str]) -> dict[str, GiftCard]:
    query = select(GiftCard).where(GiftCard.id.in_(list(ids))).order_by(GiftCard.id)
    rows = await uow.session.scalars(
        query.with_for_update().execution_options(populate_existing=True)
    )
    return {row.id: row for row in rows}


async def _moves(uow: UnitOfWork, reference: str) -> dict[str, GiftCardMove]:
    rows = await uow.session.scalars(
        select(GiftCardMove).where(GiftCardMove.reference == reference).order_by(GiftCardMove.id)
    )
    return {row.gift_card_id: row for row in rows}


async def _open(uow: UnitOfWork, spent: dict[str, GiftCardMove]) -> dict[str, int]:
    """Return what of each spending was not given back yet."""
    left = {id: -move.delta for id, move in spent.items()}
    returned = await uow.session.scalars(
        select(GiftCardMove).where(
            GiftCardMove.gift_card_id.in_(list(spent)),
            GiftCardMove.returns.in_({move.reference for move in spent.values()}),
        )
    )
    for move in returned:
        left[move.gift_card_id] -= move.delta
    return left


def _move(
    uow: UnitOfWork, card: GiftCard, delta: int, reference: str, *, of: str | None = None
) -> None:
    card.balance += delta
    uow.session.add(
        GiftCardMove(gift_card_id=card.id, delta=delta, reference=reference, returns=of)
    )


def _lengthen(card: GiftCard, now: datetime) -> None:
    if card.expires_at is not None:
        card.expires_at = max(card.expires_at, now + GRACE)
