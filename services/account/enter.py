"""Ways in: registering, signing in, and starting as a guest."""

import hashlib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import date, timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from core.db import Database
from core.errors import InvalidInput
from core.ids import new_id
from core.outbox import GraphChange, Transactions, UnitOfWork
from core.settings import Settings
from core.throttle import Throttle, network
from core.tokens import Tokens
from core.viewer import Role, Viewer
from models.account import AccountSession, Customer
from models.catalogue.market import Channel
from services.account import birth, fields, home, passwords, personas
from services.account.age import today_in
from services.account.errors import BadCredentials, EmailTaken
from services.account.sessions import Grant, begin_session, end_sessions

# A client that lost the answer to its registration may send the same one again for so long.
SAME_REGISTRATION = timedelta(minutes=10)


type Welcome = Callable[[UnitOfWork, Customer], Awaitable[None]]
"""What else happens in the transaction that lets a customer in."""


async def _nothing(uow: UnitOfWork, customer: Customer) -> None:
    """Nothing else happens."""


@dataclass(frozen=True)
class Doorway:
    """What the ways in need besides a transaction; `client` is the network address.

    `welcome` is called for whoever had an account, in the transaction that begins the session:
    what a guest had goes to the account with it, or both do not happen.
    """

    settings: Settings
    db: Database
    begin: Transactions
    throttle: Throttle
    tokens: Tokens
    client: str
    welcome: Welcome = _nothing

    async def count(self, name: str, key: str, limit: int) -> str:
        """Count a try; neither addresses nor names are kept. Raises RateLimited."""
        digest = hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()[:32]
        seconds = self.settings.tries_window_seconds
        return await self.throttle.spend(name, digest, limit=limit, seconds=seconds)

    @asynccontextmanager
    async def guarded(self, key: str) -> AsyncIterator[None]:
        """Count a try of a password unless it succeeds. Raises RateLimited."""
        limits = self.settings
        spent = [
            await self.count("client", network(self.client), limits.sign_in_tries_per_client),
            await self.count("password", key, limits.sign_in_tries),
        ]
        yield
        for slot in spent:
            await self.throttle.give_back(slot, seconds=limits.tries_window_seconds)


@dataclass(frozen=True, kw_only=True)
class Newcomer:
    """What someone says of themselves who becomes a member."""

    locale: str
    name: str | None = None
    birth_date: date | None = None


@dataclass(frozen=True, kw_only=True)
class Registration(Newcomer):
    """What someone gives to become a member with a password."""

    email: str
    password: str


async def start_guest_session(door: Doorway, channel: Channel, locale: str) -> Grant:
    """Let someone in who has not said who they are. Raises RateLimited."""
    await door.count("guests", network(door.client), door.settings.accounts_per_client)
    async with door.begin() as uow:
        guest = Customer(id=new_id("cus"), locale=locale, is_guest=True, home_channel=channel.id)
        return await begin_session(uow, door.tokens, _added(uow, guest))


async def register(
    door: Doorway, viewer: Viewer, channel: Channel, registration: Registration
) -> Grant:
    """Make a member; a guest stays the same customer and keeps what they made.

    Raises EmailTaken, WeakPassword, BirthDateFixed, InvalidInput, RateLimited.
    """
    asked = _checked(registration, today_in(channel.id, door.begin.now()))
    await door.count("guests", network(door.client), door.settings.accounts_per_client)
    password_hash = await passwords.hashed(asked.password)
    async with door.begin() as uow:
        await uow.lock("email", asked.email)
        known = await by_email(uow.session, asked.email)
        if known is None:
            member = await new_member(uow, viewer, channel, asked)
            member.email, member.password_hash = asked.email, password_hash
            return await begin_session(uow, door.tokens, member)
    return await _registered_before(door, known, asked.password)


async def sign_in(door: Doorway, email: str, password: str) -> Grant:
    """Let a member in. Raises BadCredentials, RateLimited."""
    try:
        address = fields.email_of(email)
    except InvalidInput:
        address = ""
    async with door.guarded(address or email[: fields.MAX_EMAIL]):
        async with door.db.read() as session:
            known = await by_email(session, address) if address else None
        if known and known.is_sandbox and not personas.may_sign_in(door.settings):
            known = None
        await check_password(known, password)
        return await _let_in(door, known, password)


async def check_password(customer: Customer | None, password: str) -> None:
    """Raise BadCredentials unless this is their password; nobody's takes as long to refuse."""
    if not await passwords.matches(customer.password_hash if customer else None, password):
        raise BadCredentials


async def same_password(uow: UnitOfWork, known: Customer | None) -> Customer:
    """Return the locked row if its password is the one just checked. Raises BadCredentials."""
    # Carts refer to it: without `key_share` who signs in and who pays could wait for each other.
    lock = {"key_share": True}
    row = await uow.session.get(Customer, known.id, with_for_update=lock) if known else None
    if row is None or known is None or row.erased_at or row.is_guest != known.is_guest:
        raise BadCredentials
    if row.password_hash != known.password_hash:
        raise BadCredentials
    return row


def _checked(asked: Registration, today: date) -> Registration:
    asked = replace(
        asked,
        email=fields.email_of(asked.email),
        name=fields.name_of(asked.name),
        locale=fields.locale_of(asked.locale),
        birth_date=fields.birth_date_of(asked.birth_date, today),
    )
    passwords.check_strength(asked.password, asked.email, asked.name, "input.password")
    return asked


async def new_member(
    uow: UnitOfWork, viewer: Viewer, channel: Channel, asked: Newcomer
) -> Customer:
    """Make a member out of the viewer's guest, or a new one; how they prove it is up to the caller.

    Raises BirthDateFixed.
    """
    member = await _upgraded(uow, viewer) or _added(uow, Customer(id=new_id("cus"), is_guest=False))
    member.locale, member.name = asked.locale, asked.name or member.name
    if asked.birth_date:
        birth.tell(member, asked.birth_date)
    await home.settle(uow, member, channel)
    member.registered_at = uow.now()
    await uow.session.flush()
    await uow.count("user_signups_total", channel=channel.id)
    return member


async def _upgraded(uow: UnitOfWork, viewer: Viewer) -> Customer | None:
    if viewer.customer_id is None or not viewer.is_guest:
        return None
    guest = await uow.session.get(Customer, viewer.id, with_for_update=True)
    if guest is None or not guest.is_guest or guest.erased_at:
        return None
    guest.is_guest = False
    await end_sessions(uow, AccountSession.customer_id == guest.id)
    uow.send(GraphChange("customer", guest.id))
    return guest


def _added(uow: UnitOfWork, customer: Customer) -> Customer:
    customer.roles, customer.created_at = [Role.CUSTOMER], uow.now()
    uow.session.add(customer)
    uow.send(GraphChange("customer", customer.id))
    return customer


async def _registered_before(door: Doorway, known: Customer, password: str) -> Grant:
    limit = door.settings.register_tries_per_client
    await door.count("taken", network(door.client), limit)
    since = door.begin.now() - SAME_REGISTRATION
    if known.registered_at is None or known.registered_at < since:
        raise EmailTaken
    await door.count("taken", known.id, limit)
    if not await passwords.matches(known.password_hash, password):
        raise EmailTaken
    return await _let_in(door, known, password)


async def _let_in(door: Doorway, known: Customer | None, password: str) -> Grant:
    outdated = known and known.password_hash and passwords.is_outdated(known.password_hash)
    renewed = await passwords.hashed(password) if outdated else None
    async with door.begin() as uow:
        customer = await same_password(uow, known)
        if renewed:
            customer.password_hash = renewed
        await door.welcome(uow, customer)
        return await begin_session(uow, door.tokens, customer)


async def by_email(session: AsyncSession, email: str) -> Customer | None:
    """Return the customer with this address, as `fields.email_of` writes it."""
    return await session.scalar(select(Customer).where(Customer.email == email))
