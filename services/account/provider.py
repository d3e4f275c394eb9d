"""Signing in with a provider: begun here, proven there, finished here (OpenID Connect, PKCE)."""

import base64
import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from core.db import undisturbed
from core.errors import InvalidInput, NotFound
from core.ids import new_id
from core.outbox import UnitOfWork
from core.throttle import network
from core.viewer import Viewer
from gateways.identity import (
    Identities,
    IdentityRefused,
    IdentityUnavailable,
    Person,
    Request,
)
from models.account import Customer, Identity, SignInState
from models.catalogue.market import Channel
from services.account import fields, personas
from services.account.enter import Doorway, Newcomer, by_email, new_member
from services.account.errors import (
    AccountExists,
    IdentityTaken,
    ProviderRefused,
    ProviderUnavailable,
    ReauthenticationNeeded,
    SignInStateInvalid,
)
from services.account.sessions import Grant, begin_session, is_fresh

STATE_LIFETIME = timedelta(minutes=10)
MAX_CODE = 2_048

NOT_ALLOWED = {
    "ko": "허용되지 않은 redirectUri입니다. SIGN_IN_REDIRECT_URIS에 등록된 주소를 쓰세요.",
    "en": "This redirectUri is not allowed. Use one that SIGN_IN_REDIRECT_URIS names.",
}


@dataclass(frozen=True)
class ProviderSignIn:
    """Where to send someone, and the state that comes back with them."""

    authorization_url: str
    state: str
    expires_at: datetime


async def start(
    door: Doorway, providers: Identities, viewer: Viewer, name: str, redirect_uri: str
) -> ProviderSignIn:
    """Begin a sign-in; for a signed-in member, one that links the provider to the account.

    Raises NotFound, InvalidInput, ReauthenticationNeeded, ProviderUnavailable, RateLimited.
    """
    if name not in providers.providers:
        raise NotFound("input.provider")
    if redirect_uri not in door.settings.sign_in_redirect_uris:
        raise InvalidInput("input.redirectUri", NOT_ALLOWED)
    await door.count("providers", network(door.client), door.settings.accounts_per_client)
    state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
    asked = Request(name, redirect_uri, state, nonce, verifier)
    try:
        url = await providers.authorization_url(asked, _challenge(verifier))
    except IdentityUnavailable as error:
        raise ProviderUnavailable from error
    async with door.begin() as uow:
        return ProviderSignIn(url, state, await _keep(uow, viewer, asked))


async def finish(
    door: Doorway, providers: Identities, viewer: Viewer, channel: Channel, locale: str,
    state: str, code: str,
) -> Grant:  # fmt: skip
    """Let in whom the provider knows; a guest becomes a member, a member gets one more way in.

    Raises SignInStateInvalid, ProviderRefused, ProviderUnavailable, AccountExists, IdentityTaken.
    """
    begun = await _claimed(door, viewer, state)
    if begun.provider not in providers.providers or not 0 < len(code) <= MAX_CODE:
        raise ProviderRefused
    asked = Request(begun.provider, begun.redirect_uri, state, begun.nonce, begun.verifier)
    try:
        person = await providers.identify(asked, code, door.begin.now())
    except IdentityUnavailable as error:
        # Nothing is known to have happened, so the same request may be sent again.
        await _give_back(door, begun)
        raise ProviderUnavailable from error
    except IdentityRefused as error:
        raise ProviderRefused from error
    newcomer = Newcomer(locale=locale, name=_name(person.name))

    async def enter() -> Grant:
        async with door.begin() as uow:
            customer = await _customer(uow, viewer, channel, begun, person, newcomer)
            if customer.is_sandbox and not personas.may_sign_in(door.settings):
                raise ProviderRefused
            await door.welcome(uow, customer)
            return await begin_session(uow, door.tokens, customer)

    # State and code are spent: a second try of the whole would be refused.
    return await undisturbed(enter)


async def identities_of(session: AsyncSession, customer_id: str) -> list[Identity]:
    """Return which providers a customer may sign in with, the first linked first."""
    mine = select(Identity).where(Identity.customer_id == customer_id).order_by(Identity.id)
    return list(await session.scalars(mine))


async def _keep(uow: UnitOfWork, viewer: Viewer, asked: Request) -> datetime:
    links = viewer.customer_id is not None and not viewer.is_guest
    # Otherwise whoever copied an access token could give themselves a way in that stays.
    if links and not await is_fresh(uow.session, viewer, uow.now()):
        raise ReauthenticationNeeded
    row = SignInState(id=_digest(asked.state), customer_id=viewer.customer_id, links=links)
    row.provider, row.redirect_uri = asked.provider, asked.redirect_uri
    row.nonce, row.verifier = asked.nonce, asked.verifier
    row.created_at, row.expires_at = uow.now(), uow.now() + STATE_LIFETIME
    uow.session.add(row)
    return row.expires_at


async def _claimed(door: Doorway, viewer: Viewer, state: str) -> SignInState:
    """Take the state out of use; only whoever began with it may. Raises SignInStateInvalid."""
    links = viewer.customer_id is not None and not viewer.is_guest
    async with door.begin() as uow:
        claim = (
            update(SignInState)
            .where(SignInState.id == _digest(state), SignInState.used_at.is_(None))
            .where(SignInState.expires_at > uow.now(), SignInState.links == links)
            .where(SignInState.customer_id.is_not_distinct_from(viewer.customer_id))
            .values(used_at=uow.now())
            .returning(SignInState)
        )
        begun = (await uow.session.scalars(claim)).one_or_none()
    if begun is None:
        raise SignInStateInvalid
    return begun


async def _give_back(door: Doorway, begun: SignInState) -> None:
    async with door.begin() as uow:
        mine = update(SignInState).where(SignInState.id == begun.id)
        await uow.session.execute(mine.values(used_at=None))


async def _customer(
    uow: UnitOfWork, viewer: Viewer, channel: Channel, begun: SignInState, person: Person,
    newcomer: Newcomer,
) -> Customer:  # fmt: skip
    await uow.lock("identity", begun.provider, person.subject)
    known = await _known(uow, begun.provider, person.subject)
    if begun.links:
        return await _linked(uow, viewer, begun.provider, person.subject, known)
    if known is not None:
        return known
    email = _address(person.email)
    if email is not None:
        await uow.lock("email", email)
        if await by_email(uow.session, email):
            raise AccountExists
    member = await new_member(uow, viewer, channel, newcomer)
    member.email = email
    _link(uow, member, begun.provider, person.subject)
    return member


async def _known(uow: UnitOfWork, provider: str, subject: str) -> Customer | None:
    theirs = (
        select(Customer)
        .join(Identity, Identity.customer_id == Customer.id)
        .where(Identity.provider == provider, Identity.subject == subject)
        .where(Customer.erased_at.is_(None))
        .with_for_update(of=Customer, key_share=True)
    )
    return await uow.session.scalar(theirs)


async def _linked(
    uow: UnitOfWork, viewer: Viewer, provider: str, subject: str, known: Customer | None
) -> Customer:
    if known is not None:
        if known.id != viewer.id:
            raise IdentityTaken
        return known
    member = await uow.session.get(Customer, viewer.id, with_for_update=True)
    if member is None or member.erased_at:
        raise SignInStateInvalid
    _link(uow, member, provider, subject)
    return member


def _link(uow: UnitOfWork, customer: Customer, provider: str, subject: str) -> None:
    row = Identity(id=new_id("idn"), customer_id=customer.id, provider=provider, subject=subject)
    row.created_at = uow.now()
    uow.session.add(row)


def _address(text: str | None) -> str | None:
    try:
        return fields.email_of(text) if text else None
    except InvalidInput:
        return None


def _name(text: str | None) -> str | None:
    try:
        return fields.name_of(text)
    except InvalidInput:
        return None


def _challenge(verifier: str) -> str:
    """RFC 7636, 4.2: S256."""
    digest = hashlib.sha256(verifier.encode()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def _digest(state: str) -> str:
    return hashlib.sha256(state.encode("utf-8", "surrogatepass")).hexdigest()
