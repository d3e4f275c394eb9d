"""Who is behind a session, as they are now."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Bundle

from core.errors import TokenInvalid
from core.tokens import Claims
from core.viewer import Role, Viewer
from models.account import AccountSession, Customer
from models.catalogue.market import Channel
from services.account.age import age_in

HOME: Bundle[Any] = Bundle("home", Channel.id, Channel.legal_age_years, Channel.legal_age_rule)
OWNERS = (
    select(
        AccountSession.id.label("session_id"),
        Customer.id.label("customer_id"),
        Customer.is_guest,
        Customer.roles,
        Customer.permissions,
        Customer.birth_date,
        Customer.age_verified_at,
        HOME,
    )
    .join(Customer, AccountSession.customer_id == Customer.id)
    .outerjoin(Channel, Channel.id == Customer.home_channel)
    .where(Customer.erased_at.is_(None), AccountSession.ended_at.is_(None))
)


async def viewer(session: AsyncSession, claims: Claims, channel: Channel, now: datetime) -> Viewer:
    """Return who is behind a verified token, as they are now. Raises TokenInvalid."""
    owner = OWNERS.where(Customer.id == claims.customer_id, AccountSession.id == claims.session_id)
    found = (await session.execute(owner)).one_or_none()
    if found is None:
        raise TokenInvalid
    return _viewer(found, channel, now, claims.expires_at)


async def viewers_now(
    session: AsyncSession, known: Sequence[tuple[Viewer, Channel]], now: datetime
) -> list[Viewer | None]:
    """Return these viewers as they are now, each in its channel; None whose session has ended."""
    ids = {viewer.session_id for viewer, _ in known}
    rows = (await session.execute(OWNERS.where(AccountSession.id.in_(ids)))).all()
    owners = {row.session_id: row for row in rows}
    return [
        _viewer(owners[viewer.session_id], channel, now, viewer.expires_at)
        if viewer.session_id in owners
        else None
        for viewer, channel in known
    ]


def _viewer(row: Row[Any], channel: Channel, now: datetime, expires_at: datetime | None) -> Viewer:
    home = row.home if row.home.id else None
    return Viewer(
        customer_id=row.customer_id,
        session_id=row.session_id,
        is_guest=row.is_guest,
        roles=frozenset(Role(role) for role in row.roles),
        permissions=frozenset(row.permissions),
        age=age_in(channel, home, row.birth_date, row.age_verified_at, now),
        expires_at=expires_at,
    )
