"""What members do with their account: see it, change it, change the password."""

from datetime import date
from typing import TypedDict

from sqlalchemy.ext.asyncio import AsyncSession

from core.errors import InvalidInput, TokenInvalid
from core.outbox import GraphChange, UnitOfWork
from core.viewer import Viewer
from models.account import AccountSession, Customer
from models.catalogue.market import Channel
from services.account import birth, fields, home, passwords
from services.account.age import today_in
from services.account.enter import Doorway, check_password, same_password
from services.account.errors import ReauthenticationNeeded
from services.account.sessions import Grant, begin_session, end_sessions, is_fresh

NO_ADDRESS = {
    "ko": "이 계정에는 이메일이 없어 비밀번호로 로그인할 수 없습니다.",
    "en": "This account has no e-mail address, so a password could not sign in to it.",
}


class Changes(TypedDict, total=False):
    """What to change; what is left out stays, and None clears it."""

    name: str | None
    locale: str | None
    birth_date: date | None
    preferences: list[str] | None
    home_channel: str


async def me(session: AsyncSession, viewer: Viewer) -> Customer | None:
    """Return the viewer's own row, if somebody is signed in."""
    return await session.get(Customer, viewer.customer_id) if viewer.customer_id else None


async def update(uow: UnitOfWork, viewer: Viewer, channel: Channel, changes: Changes) -> Customer:
    """Change what the customer says of themselves.

    Raises InvalidInput, BirthDateFixed, HomeChannelFixed.
    """
    customer = await _locked(uow, viewer)
    if "name" in changes:
        customer.name = fields.name_of(changes["name"])
    if locale := changes.get("locale"):
        customer.locale = fields.locale_of(locale)
    if "preferences" in changes:
        customer.preferences = fields.tags_of(changes["preferences"] or ())
        uow.send(GraphChange("customer", customer.id))
    if "birth_date" in changes:
        today = today_in(channel.id, uow.now())
        birth.tell(customer, fields.birth_date_of(changes["birth_date"], today))
    if "home_channel" in changes:
        await home.move(uow, customer, changes["home_channel"])
    return customer


async def change_password(door: Doorway, viewer: Viewer, current: str | None, new: str) -> Grant:
    """Set another password, or a first one; end every session and begin one.

    Raises BadCredentials, ReauthenticationNeeded, WeakPassword, InvalidInput, RateLimited.
    """
    known = await proven(door, viewer, current)
    if known.email is None:
        raise InvalidInput("input.newPassword", NO_ADDRESS)
    passwords.check_strength(new, known.email, known.name, "input.newPassword")
    password_hash = await passwords.hashed(new)
    async with door.begin() as uow:
        customer = await same_password(uow, known)
        customer.password_hash = password_hash
        await end_sessions(uow, AccountSession.customer_id == customer.id)
        return await begin_session(uow, door.tokens, customer)


async def proven(door: Doorway, viewer: Viewer, password: str | None) -> Customer:
    """Return the viewer's row if this is their password, or if there is none and they just came in.

    Raises BadCredentials, ReauthenticationNeeded, RateLimited.
    """
    async with door.db.read() as session:
        known = await session.get_one(Customer, viewer.id)
        fresh = await is_fresh(session, viewer, door.begin.now())
    if known.password_hash is None:
        if not (fresh or known.is_guest):
            raise ReauthenticationNeeded
        return known
    async with door.guarded(known.id):
        await check_password(known, password or "")
    return known


async def _locked(uow: UnitOfWork, viewer: Viewer) -> Customer:
    row = await uow.session.get(Customer, viewer.id, with_for_update=True)
    if row is None or row.erased_at:
        raise TokenInvalid
    return row
