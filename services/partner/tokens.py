"""Tokens of partners: made from their id by a secret, kept as keyed hashes, turned and revoked."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import and_, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from core import codes
from core.errors import InvalidInput, NotFound
from core.idempotency import once
from core.ids import new_id
from core.outbox import UnitOfWork
from core.settings import Settings
from core.viewer import Viewer
from models.partner import PartnerToken
from services.partner.address import checked, checked_profile, drop
from services.partner.errors import PartnerRefused, PartnerUnknown

SCOPES = {
    "checkout": "checkout sessions",
    "carts": "carts",
    "orders": "orders and their webhooks",
    "feed": "the product feed",
}
PREFIX = "nxp_"
MAX_NAME = 80
MAX_TOKENS = 200
USED_AGAIN = timedelta(minutes=1)
SHAPE = re.compile(rf"{PREFIX}[0-9A-Z-]{{20,40}}")


@dataclass(frozen=True)
class Partner:
    """Whose agent asks."""

    id: str
    name: str
    scopes: frozenset[str]
    is_noted: bool
    """Whether it is known already that the token was used just now."""
    agent_profile_url: str | None = None
    """The only platform that it may speak for over UCP, if it is bound to one."""

    def require(self, scope: str) -> None:
        """Raise PartnerRefused unless the token has this scope."""
        if scope not in self.scopes:
            raise PartnerRefused(scope)


@dataclass(frozen=True)
class TokenRequest:
    """A token to make. `webhook_url` is where the partner hears of orders.

    `agent_profile_url` is the platform that it may speak for over UCP.
    """

    name: str
    scopes: Sequence[str]
    expires_at: datetime | None = None
    webhook_url: str | None = None
    agent_profile_url: str | None = None


@dataclass(frozen=True)
class Rotated:
    """A token with the secret that it was given, which is shown this once."""

    token: PartnerToken
    secret: str


async def create(
    uow: UnitOfWork, viewer: Viewer, settings: Settings, asked: TokenRequest, key: str
) -> PartnerToken:
    """Make a token, once for a key. Raises InvalidInput, IdempotencyConflict."""
    name, scopes = _name(asked.name), _scopes(asked.scopes)
    url = checked(settings, asked.webhook_url, scopes)
    profile = checked_profile(settings, asked.agent_profile_url)

    async def work() -> str:
        if asked.expires_at is not None and asked.expires_at <= uow.now():
            raise _invalid("expiresAt", "지난 시각입니다.", "That time is past.")
        row = await put(uow, settings, new_id("ptk"), name, scopes, viewer.id)
        row.expires_at, row.webhook_url = asked.expires_at, url
        row.agent_profile_url = profile
        return row.id

    request = {"name": name, "scopes": scopes, "expires_at": asked.expires_at, "url": url}
    if profile:
        request["profile"] = profile
    id = await once(uow, viewer, "createPartnerToken", key, request, work)
    return await uow.session.get_one(PartnerToken, id)


async def put(
    uow: UnitOfWork, settings: Settings, id: str, name: str, scopes: list[str], by: str
) -> PartnerToken:
    """Write a token with this id."""
    secret = secret_of(settings, id)
    row = PartnerToken(
        id=id,
        name=name,
        scopes=scopes,
        secret_hash=_hash(settings, secret),
        last_four=secret[-4:],
        created_by=by,
    )
    uow.session.add(row)
    await uow.session.flush()
    return row


async def rotate(uow: UnitOfWork, viewer: Viewer, settings: Settings, id: str, key: str) -> Rotated:
    """Give a token a new secret, once for a key; the one before it is good for a while yet.

    Only that one is: what a leak is about ends when it is done twice. Raises NotFound,
    InvalidInput, IdempotencyConflict.
    """

    async def work() -> str:
        row = await uow.session.get(PartnerToken, id, with_for_update={"key_share": True})
        if row is None or row.revoked_at is not None:
            raise NotFound("input.id")
        grace = timedelta(seconds=settings.partner_token_grace_seconds)
        row.old_secret_hash, row.old_secret_until = row.secret_hash, uow.now() + grace
        row.secret_version += 1
        secret = secret_of(settings, row.id, row.secret_version)
        row.secret_hash, row.last_four = _hash(settings, secret), secret[-4:]
        return f"{row.id}:{row.secret_version}"

    done = await once(uow, viewer, "rotatePartnerToken", key, {"id": id}, work)
    token_id, _, version = done.partition(":")
    row = await uow.session.get_one(PartnerToken, token_id)
    return Rotated(row, secret_of(settings, token_id, int(version)))


async def revoke(uow: UnitOfWork, id: str) -> PartnerToken:
    """End a token and its webhooks now; ending it twice is fine. Raises NotFound."""
    row = await uow.session.get(PartnerToken, id, with_for_update=True)
    if row is None:
        raise NotFound("id")
    row.revoked_at = row.revoked_at or uow.now()
    await drop(uow, row.id)
    return row


async def every(session: AsyncSession) -> Sequence[PartnerToken]:
    """Return the tokens, the newest first, two hundred at most; revoked ones, too."""
    query = select(PartnerToken).order_by(PartnerToken.id.desc()).limit(MAX_TOKENS)
    return (await session.scalars(query)).all()


async def mine(session: AsyncSession, ids: Sequence[str]) -> Sequence[PartnerToken]:
    """Return tokens by their ids, for staff."""
    return (await session.scalars(select(PartnerToken).where(PartnerToken.id.in_(ids)))).all()


async def identify(
    session: AsyncSession, settings: Settings, authorization: str | None, now: datetime
) -> Partner:
    """Tell whose token a request carries. Raises PartnerUnknown.

    A keyed hash is looked up, so the time that it takes tells nothing about secrets.
    """
    scheme, _, secret = (authorization or "").partition(" ")
    secret = secret.strip()
    if scheme.lower() != "bearer" or not SHAPE.fullmatch(secret):
        raise PartnerUnknown
    hashed = _hash(settings, secret)
    old = and_(PartnerToken.old_secret_hash == hashed, PartnerToken.old_secret_until > now)
    mine = or_(PartnerToken.secret_hash == hashed, old)
    row = await session.scalar(select(PartnerToken).where(mine))
    if row is None or row.revoked_at is not None:
        raise PartnerUnknown
    if row.expires_at is not None and row.expires_at <= now:
        raise PartnerUnknown
    noted = row.last_used_at is not None and row.last_used_at > now - USED_AGAIN
    return Partner(row.id, row.name, frozenset(row.scopes), noted, row.agent_profile_url)


async def note_use(uow: UnitOfWork, id: str) -> None:
    """Note that a token was used, which `identify` asks for once a minute at most."""
    used = update(PartnerToken).where(PartnerToken.id == id)
    await uow.session.execute(used.values(last_used_at=uow.now()))


def secret_of(settings: Settings, id: str, version: int = 1) -> str:
    """Return a secret of a token: 100 bits, the same each time, and nowhere kept."""
    name = id if version == 1 else f"{id}:{version}"
    return PREFIX + codes.code_of(settings.commerce_secret, "partner", name)


def _hash(settings: Settings, secret: str) -> str:
    return codes.hash_of(settings.commerce_secret, "partner", secret)


def _name(name: str) -> str:
    text = " ".join(unicodedata.normalize("NFC", name[: MAX_NAME * 4]).split())
    if not 1 <= len(text) <= MAX_NAME or not text.isprintable():
        raise _invalid(
            "name", f"이름은 1~{MAX_NAME}자입니다.", f"A name has 1 to {MAX_NAME} letters."
        )
    return text


def _scopes(scopes: Sequence[str]) -> list[str]:
    wanted = sorted(set(scopes[:20]))
    if not wanted or not set(wanted) <= set(SCOPES):
        known = ", ".join(SCOPES)
        raise _invalid("scopes", f"쓸 수 있는 범위: {known}", f"The scopes are {known}.")
    return wanted


def _invalid(field: str, ko: str, en: str) -> InvalidInput:
    return InvalidInput(f"input.{field}", {"ko": ko, "en": en})
