"""Whose cart it is when a stranger or a guest signs in, and what time does to it."""

from datetime import datetime

from sqlalchemy import ColumnElement, and_, exists, select

from core.outbox import UnitOfWork
from core.settings import Settings
from models.checkout import Checkout, CheckoutStatus
from services import stock
from services.checkout.buyer import Buyer, locked
from services.checkout.change import Line, ended, opened, set_lines, touched
from services.checkout.read import lines_of

BATCH = 100


async def claim(uow: UnitOfWork, buyer: Buyer, settings: Settings, id: str) -> Checkout:
    """Make a cart without an owner the buyer's, and put what their own cart held into it.

    A quantity that both have is the larger of the two, so that claiming twice adds nothing. An
    agent's session only gets its customer: what it held besides, the agent could spend.
    Raises NotFound, CheckoutClosed, OutOfStock.
    """
    checkout = await opened(uow, buyer, id)
    if checkout.partner_id is not None:
        touched(uow, checkout)
        return checkout
    if buyer.customer_id is None:
        return checkout
    older = await current_other(uow, buyer.customer_id, checkout.id)
    if older is not None and older.channel_id == checkout.channel_id:
        await _merge(uow, settings, older, checkout)
    # Strangers who watched it see nothing from here on.
    touched(uow, checkout)
    return checkout


async def current_other(uow: UnitOfWork, customer_id: str, id: str) -> Checkout | None:
    """Return the customer's other open cart, locked; agents' sessions are none of it."""
    query = (
        select(Checkout)
        .where(Checkout.customer_id == customer_id, Checkout.status == CheckoutStatus.OPEN)
        .where(Checkout.id != id, Checkout.partner_id.is_(None))
        .order_by(Checkout.id.desc())
        .limit(1)
        .with_for_update()
    )
    return await uow.session.scalar(query)


async def _merge(uow: UnitOfWork, settings: Settings, older: Checkout, into: Checkout) -> None:
    here = {line.variant_id: line.quantity for line in await lines_of(uow.session, into.id)}
    there = {line.variant_id: line.quantity for line in await lines_of(uow.session, older.id)}
    both = {id: max(here.get(id, 0), there.get(id, 0)) for id in {*here, *there}}
    # Its units are let go first, or the two carts would compete for the last ones.
    await ended(uow, older, CheckoutStatus.CANCELED)
    into.shipping_address = into.shipping_address or older.shipping_address
    into.billing_address = into.billing_address or older.billing_address
    into.delivery_method_id = into.delivery_method_id or older.delivery_method_id
    into.codes = list(dict.fromkeys([*into.codes, *older.codes]))
    into.gift_card_ids = list(dict.fromkeys([*into.gift_card_ids, *older.gift_card_ids]))
    lines = [Line(id, quantity) for id, quantity in sorted(both.items())]
    await set_lines(uow, settings, into, lines, replace=True)


async def adopt(uow: UnitOfWork, settings: Settings, guest_id: str, customer_id: str) -> None:
    """Give a guest's open cart, and agents' sessions, to the account that the guest turned out to
    have; again is fine.
    """
    if guest_id == customer_id:
        return
    await _hand_over_sessions(uow, guest_id, customer_id)
    guest_cart = await current_other(uow, guest_id, "")
    if guest_cart is None:
        return
    guest_cart.customer_id = customer_id
    older = await current_other(uow, customer_id, guest_cart.id)
    if older is not None and older.channel_id == guest_cart.channel_id:
        try:
            async with uow.session.begin_nested():
                await _merge(uow, settings, older, guest_cart)
        except stock.OutOfStock:
            # Signing in never fails for want of bottles; the newer cart stays as it is.
            return


async def _hand_over_sessions(uow: UnitOfWork, guest_id: str, customer_id: str) -> None:
    """What an agent began for the guest stays as it is, and is the account's."""
    query = (
        select(Checkout)
        .where(Checkout.customer_id == guest_id, Checkout.status == CheckoutStatus.OPEN)
        .where(Checkout.partner_id.is_not(None))
        .order_by(Checkout.id)
        .with_for_update()
    )
    for row in await uow.session.scalars(query):
        row.customer_id = customer_id
        touched(uow, row)


def due(now: datetime) -> ColumnElement[bool]:
    """Tell whether any cart was left alone for 24 hours."""
    return exists().where(_is_left_alone(now))


def _is_left_alone(now: datetime) -> ColumnElement[bool]:
    return and_(Checkout.status == CheckoutStatus.OPEN, Checkout.expires_at <= now)


async def expire(uow: UnitOfWork) -> int:
    """End carts that were left alone for 24 hours; return how many."""
    query = (
        select(Checkout)
        .where(_is_left_alone(uow.now()))
        .order_by(Checkout.expires_at)
        .limit(BATCH)
        .with_for_update(skip_locked=True)
    )
    rows = list(await uow.session.scalars(query))
    for row in rows:
        await ended(uow, row, CheckoutStatus.EXPIRED)
    return len(rows)


__all__ = ["adopt", "claim", "expire", "locked"]
