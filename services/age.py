"""Proofs of age (row E14): begun here, given on the service's page, kept as a birth date."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar
from urllib.parse import quote, urlsplit

from sqlalchemy import ColumnElement, and_, exists, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from core import codes
from core.errors import InvalidInput
from core.idempotency import once
from core.outbox import Task, Transactions, UnitOfWork
from core.settings import Settings
from core.viewer import Viewer
from gateways.age import KINDS, AgeService, AgeServiceUnavailable, Proof, ProofState
from models.account import Customer
from models.catalogue import Channel
from models.checkout import AgeVerification, AgeVerificationStatus
from services.account.home import is_of_age
from services.checkout import checkout_changed, current

LIFETIME = timedelta(hours=1)
LOOK = timedelta(seconds=20)
REDACT_AGAIN = timedelta(minutes=10)
BATCH = 100


@dataclass(frozen=True)
class CheckAgeVerification(Task):
    """Ask the service what came of a proof."""

    verification_id: str
    queue: ClassVar[str] = "default"


@dataclass(frozen=True)
class RedactAgeVerification(Task):
    """Have the service forget the document."""

    verification_id: str


async def start(
    begin: Transactions,
    service: AgeService,
    settings: Settings,
    viewer: Viewer,
    channel: Channel,
    return_url: str | None,
    idempotency_key: str,
) -> AgeVerification:
    """Begin a proof, once for a key.

    Raises InvalidInput, IdempotencyConflict, AgeServiceUnavailable: then the same key may be sent
    again.
    """
    _check_return(settings, return_url)
    async with begin() as uow:

        async def work() -> str:
            return await _intend(uow, viewer, channel, return_url)

        asked = {"return_url": return_url, "channel": channel.id}
        id = await once(uow, viewer, "startAgeVerification", idempotency_key, asked, work)
        row = await uow.session.get_one(AgeVerification, id)
    if row.url is not None:
        return row
    begun = await service.begin(id, page(settings, id))
    async with begin() as uow:
        row = await uow.session.get_one(AgeVerification, id, with_for_update=True)
        row.provider_id, row.url = begun.provider_id, begun.url
        row.due_at = uow.now() + LOOK
        return row


def page(settings: Settings, id: str) -> str:
    """Return where the service sends its customer back to; nobody else can make the address."""
    return f"{settings.public_url.rstrip('/')}/age/{id}?key={quote(key_of(settings, id))}"


def key_of(settings: Settings, id: str) -> str:
    """Return what opens the page of a proof: the browser that comes back is not signed in."""
    return codes.hash_of(settings.commerce_secret, "age-page", id)


async def _intend(uow: UnitOfWork, viewer: Viewer, channel: Channel, return_url: str | None) -> str:
    row = AgeVerification(
        customer_id=viewer.id,
        channel_id=channel.id,
        status=AgeVerificationStatus.PENDING,
        return_url=return_url,
        expires_at=uow.now() + LIFETIME,
    )
    uow.session.add(row)
    await uow.session.flush()
    return row.id


async def get(session: AsyncSession, viewer: Viewer, id: str) -> AgeVerification | None:
    """Return a proof of the viewer's own."""
    row = await session.get(AgeVerification, id)
    return row if row and row.customer_id == viewer.customer_id else None


async def check(begin: Transactions, service: AgeService, id: str) -> AgeVerification | None:
    """Ask what came of a proof, and write it down."""
    async with begin() as uow:
        row = await uow.session.get(AgeVerification, id)
    if row is None or row.provider_id is None or row.status is not AgeVerificationStatus.PENDING:
        return row
    try:
        proof = await service.proof(row.provider_id)
    except AgeServiceUnavailable:
        return row
    async with begin() as uow:
        return await settle(uow, id, proof)


async def settle(uow: UnitOfWork, id: str, proof: Proof) -> AgeVerification:
    """Write down what came of a proof, once; a minor's birth date is kept, too."""
    row = await uow.session.get_one(AgeVerification, id, with_for_update=True)
    if row.status is not AgeVerificationStatus.PENDING:
        return row
    if proof.state is ProofState.PENDING:
        row.due_at = uow.now() + LOOK
        return row
    row.ended_at, row.due_at, row.url = uow.now(), None, None
    row.status = AgeVerificationStatus.REFUSED
    if proof.birth_date is not None:
        row.status = await _proven(uow, row, proof)
    _redact(uow, row)
    cart = await current(uow.session, row.customer_id)
    if cart is not None:
        uow.send(checkout_changed(cart.id))
    return row


async def _proven(uow: UnitOfWork, row: AgeVerification, proof: Proof) -> AgeVerificationStatus:
    customer = await uow.session.get_one(Customer, row.customer_id, with_for_update=True)
    if customer.erased_at is not None:
        return AgeVerificationStatus.REFUSED
    customer.birth_date, customer.age_verified_at = proof.birth_date, uow.now()
    channel = await uow.session.get_one(Channel, row.channel_id)
    if is_of_age(customer, channel, uow.now()):
        return AgeVerificationStatus.VERIFIED
    return AgeVerificationStatus.REFUSED


async def hear(uow: UnitOfWork, kind: str, provider_id: str) -> None:
    """The service says that a proof moved on: ask it."""
    if not kind.startswith(KINDS):
        return
    query = select(AgeVerification.id).where(AgeVerification.provider_id == provider_id)
    if id := await uow.session.scalar(query):
        uow.send(CheckAgeVerification(id))


def due(now: datetime) -> ColumnElement[bool]:
    """Tell whether any proof is to be asked about, or any document to be forgotten."""
    to_forget = AgeVerification.redact_at <= now
    return or_(exists().where(_is_unheard_of(now)), exists().where(to_forget))


def _is_unheard_of(now: datetime) -> ColumnElement[bool]:
    row = AgeVerification
    is_late = or_(row.due_at <= now, row.expires_at <= now)
    return and_(row.status == AgeVerificationStatus.PENDING, is_late)


async def sweep(uow: UnitOfWork) -> None:
    """Ask about proofs that nothing was heard of, and end those that were left alone."""
    query = (
        select(AgeVerification)
        .where(_is_unheard_of(uow.now()))
        .order_by(AgeVerification.id)
        .limit(BATCH)
        .with_for_update(skip_locked=True)
    )
    for row in await uow.session.scalars(query):
        if row.expires_at <= uow.now():
            row.status, row.ended_at, row.due_at = AgeVerificationStatus.EXPIRED, uow.now(), None
            _redact(uow, row)
        else:
            row.due_at = uow.now() + LOOK
            uow.send(CheckAgeVerification(row.id))


async def redact(begin: Transactions, service: AgeService, id: str) -> None:
    """Have the service forget the document of a proof that has ended.

    Raises AgeServiceUnavailable; `sweep_documents` asks again.
    """
    async with begin() as uow:
        row = await uow.session.get(AgeVerification, id)
    if row is None or row.provider_id is None or row.redact_at is None:
        return
    await service.redact(row.provider_id)
    async with begin() as uow:
        done = update(AgeVerification).where(AgeVerification.id == id)
        await uow.session.execute(done.values(redact_at=None))


async def sweep_documents(uow: UnitOfWork) -> None:
    """Ask again for the documents that the service was not known to forget."""
    query = (
        select(AgeVerification)
        .where(AgeVerification.redact_at <= uow.now())
        .order_by(AgeVerification.redact_at)
        .limit(BATCH)
        .with_for_update(skip_locked=True)
    )
    for row in await uow.session.scalars(query):
        _redact(uow, row)


def _redact(uow: UnitOfWork, row: AgeVerification) -> None:
    if row.provider_id is not None:
        row.redact_at = uow.now() + REDACT_AGAIN
        uow.send(RedactAgeVerification(row.id))


def _check_return(settings: Settings, url: str | None) -> None:
    """Send nobody to a stranger's page. Raises InvalidInput."""
    if url is None:
        return
    parts = urlsplit(url)
    origin = f"{parts.scheme}://{parts.netloc}"
    if origin not in (*settings.allowed_origins, settings.public_url.rstrip("/")):
        reason = {
            "ko": "returnUrl은 허용된 주소(ALLOWED_ORIGINS)로 시작해야 합니다.",
            "en": "returnUrl has to be on one of our own sites (ALLOWED_ORIGINS).",
        }
        raise InvalidInput("input.returnUrl", reason)
