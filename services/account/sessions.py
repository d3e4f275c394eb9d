"""Sessions: begun by a sign-in, kept alive by refresh tokens, ended by their owner or by misuse."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, delete, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from core.ids import new_id
from core.outbox import Event, UnitOfWork
from core.tokens import Tokens
from core.viewer import Viewer
from models.account import AccountSession, Customer, RefreshToken, SignInState

KEEP_ENDED = timedelta(days=1)
FRESH = timedelta(minutes=5)


@dataclass(frozen=True)
class Grant:
    """A session as its owner gets it; the refresh token is shown this once."""

    customer: Customer
    access_token: str
    access_token_expires_at: datetime
    refresh_token: str
    refresh_token_expires_at: datetime


@dataclass(frozen=True)
class SessionEnded(Event):
    """A session has ended: what it holds open has to close."""

    session_id: str


def session_topic(session_id: str) -> str:
    """Name the topic that tells of the end of a session."""
    return f"session:{session_id}"


async def is_fresh(session: AsyncSession, viewer: Viewer, now: datetime) -> bool:
    """Tell whether the viewer's session was begun in the last 5 minutes: by a proof of who it is.

    Refreshing keeps a session's age.
    """
    begun = select(AccountSession.id).where(
        AccountSession.id == viewer.session_id, AccountSession.created_at > now - FRESH
    )
    return await session.scalar(begun) is not None


async def begin_session(uow: UnitOfWork, tokens: Tokens, customer: Customer) -> Grant:
    """Begin a session of this customer."""
    await uow.session.flush()
    session = AccountSession(id=new_id("ses"), customer_id=customer.id, created_at=uow.now())
    uow.session.add(session)
    await uow.session.flush()
    return _granted(uow, tokens, customer, session.id)


async def refresh(uow: UnitOfWork, tokens: Tokens, token: str, client: str) -> Grant | None:
    """Exchange a refresh token for new ones; None when it is not, or no longer, good.

    A token that comes back after its exchange was copied, so its session ends: commit that. Only
    the client that exchanged it may repeat it within the grace, as two tabs do.
    """
    owned = (
        select(RefreshToken, Customer)
        .join(AccountSession, AccountSession.id == RefreshToken.session_id)
        .join(Customer, Customer.id == AccountSession.customer_id)
        .where(RefreshToken.id == _digest(token), RefreshToken.expires_at > uow.now())
        .where(AccountSession.ended_at.is_(None), Customer.erased_at.is_(None))
        .with_for_update(of=RefreshToken)
    )
    found = (await uow.session.execute(owned)).one_or_none()
    if found is None:
        return None
    kept, customer = found
    if kept.used_at is None:
        kept.used_at, kept.used_by = uow.now(), _digest(kept.session_id + client)
    elif not _is_repeat(kept, client, uow.now() - tokens.refresh_grace):
        await end_sessions(uow, AccountSession.id == kept.session_id)
        return None
    return _granted(uow, tokens, customer, kept.session_id)


async def sign_out(uow: UnitOfWork, viewer: Viewer, token: str) -> bool:
    """End the session of a refresh token of the viewer's; tell whether it was under way."""
    of_token = select(RefreshToken.session_id).where(RefreshToken.id == _digest(token))
    mine = AccountSession.customer_id == viewer.id
    return await end_sessions(uow, mine, AccountSession.id.in_(of_token)) > 0


async def sign_out_everywhere(uow: UnitOfWork, viewer: Viewer) -> int:
    """End all sessions of the viewer, and return how many."""
    return await end_sessions(uow, AccountSession.customer_id == viewer.id)


async def end_sessions(uow: UnitOfWork, *which: ColumnElement[bool]) -> int:
    """End these sessions, tell whoever holds something open for them, and return how many."""
    ended = (
        update(AccountSession)
        .where(AccountSession.ended_at.is_(None), *which)
        .values(ended_at=uow.now())
        .returning(AccountSession.id)
    )
    ids = (await uow.session.scalars(ended)).all()
    for id in ids:
        uow.send(SessionEnded(topic=session_topic(id), session_id=id))
    return len(ids)


async def forget_old(uow: UnitOfWork) -> None:
    """Remove refresh tokens that have run out, and sessions that nothing can revive.

    A guest's last token stays until the guest is erased: it tells since when they are away.
    """
    old = uow.now() - KEEP_ENDED
    await uow.session.execute(delete(SignInState).where(SignInState.expires_at < uow.now()))
    of_guest = (
        select(AccountSession.id)
        .join(Customer, Customer.id == AccountSession.customer_id)
        .where(AccountSession.id == RefreshToken.session_id, Customer.is_guest)
        .where(Customer.erased_at.is_(None))
    )
    over = or_(RefreshToken.used_at.is_not(None), ~of_guest.exists())
    await uow.session.execute(delete(RefreshToken).where(RefreshToken.expires_at < old, over))
    alive = select(RefreshToken.session_id).where(RefreshToken.session_id == AccountSession.id)
    await uow.session.execute(
        delete(AccountSession).where(AccountSession.created_at < old, ~alive.exists())
    )


def _granted(uow: UnitOfWork, tokens: Tokens, customer: Customer, session_id: str) -> Grant:
    now = uow.now()
    secret = secrets.token_urlsafe(32)
    until = now + tokens.refresh_lifetime
    row = RefreshToken(id=_digest(secret), session_id=session_id, expires_at=until)
    row.created_at = now
    uow.session.add(row)
    access, access_until = tokens.issue(customer.id, session_id, now)
    return Grant(customer, access, access_until, secret, until)


def _is_repeat(kept: RefreshToken, client: str, since: datetime) -> bool:
    same = kept.used_by == _digest(kept.session_id + client)
    return same and kept.used_at is not None and kept.used_at >= since


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
