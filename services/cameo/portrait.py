"""Photos: an upload form, consent, the worker's verdict."""

import hashlib
import secrets
from collections.abc import Sequence
from datetime import timedelta

import orjson
from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from core.errors import NotFound
from core.idempotency import once
from core.outbox import UnitOfWork
from core.pages import Page
from core.settings import Settings
from core.viewer import Viewer
from models.cameo import Consent, Portrait, PortraitRejectionReason, PortraitStatus
from models.notification import NotificationKind
from services import catalogue, notification
from services.cameo.errors import ConsentOutdated, PortraitNotUsable, UnsupportedImage
from services.cameo.rejections import REJECTIONS
from services.cameo.tasks import CheckPortrait, EraseObjects, portrait_changed

ACCEPTED = ("image/jpeg", "image/png", "image/webp")
UPLOAD_SECONDS = 900
CHECK_AGAIN_SECONDS = 5
QUARANTINE = "quarantine/"


async def create_upload(
    uow: UnitOfWork,
    viewer: Viewer,
    settings: Settings,
    content_type: str,
    byte_size: int,
    idempotency_key: str,
) -> Portrait:
    """Make room for one photo; the form to send it with is signed by the caller.

    Raises UnsupportedImage, IdempotencyConflict, InvalidInput.
    """
    if content_type not in ACCEPTED or not 1 <= byte_size <= settings.max_photo_bytes:
        raise UnsupportedImage(list(ACCEPTED), settings.max_photo_bytes)

    async def work() -> str:
        portrait = Portrait(
            customer_id=viewer.id,
            status=PortraitStatus.AWAITING_UPLOAD,
            content_type=content_type,
            upload_key=f"{QUARANTINE}{secrets.token_hex(16)}",
            expires_at=uow.now() + timedelta(seconds=UPLOAD_SECONDS),
        )
        uow.session.add(portrait)
        await uow.session.flush()
        return portrait.id

    asked = {"contentType": content_type, "byteSize": byte_size}
    id = await once(uow, viewer, "createPortraitUpload", idempotency_key, asked, work)
    return await uow.session.get_one(Portrait, id)


async def submit(
    uow: UnitOfWork, viewer: Viewer, portrait_id: str, consent_version: str, idempotency_key: str
) -> Portrait:
    """Record the consent and have the photo checked.

    Raises NotFound, ConsentOutdated, PortraitNotUsable, IdempotencyConflict, InvalidInput.
    """

    async def work() -> str:
        portrait = await _lock(uow, viewer, portrait_id)
        current = await catalogue.face_consent(uow.session)
        if consent_version != current.version:
            raise ConsentOutdated(current)
        if portrait.status is not PortraitStatus.AWAITING_UPLOAD:
            raise PortraitNotUsable(portrait.status)
        uow.session.add(_consent(viewer, portrait, current, uow))
        portrait.status = PortraitStatus.CHECKING
        portrait.expires_at = uow.now() + timedelta(days=current.retention_days)
        portrait.due_at = uow.now()
        uow.send(CheckPortrait(portrait.id))
        uow.send(portrait_changed(portrait.id))
        return portrait.id

    asked = {"portraitId": portrait_id, "consentVersion": consent_version}
    id = await once(uow, viewer, "submitPortrait", idempotency_key, asked, work)
    return await uow.session.get_one(Portrait, id)


def _consent(
    viewer: Viewer, portrait: Portrait, wording: catalogue.ConsentText, uow: UnitOfWork
) -> Consent:
    text = orjson.dumps(wording.text, option=orjson.OPT_SORT_KEYS)
    return Consent(
        customer_id=viewer.id,
        portrait_id=portrait.id,
        version=wording.version,
        text_sha256=hashlib.sha256(text).hexdigest(),
        purposes=list(wording.purposes),
        given_at=uow.now(),
    )


async def begin_check(uow: UnitOfWork, portrait_id: str, lease_seconds: float) -> Portrait | None:
    """Take a photo that waits for its check; None when another worker has it."""
    portrait = await _checking(uow, portrait_id)
    if portrait is None or (portrait.due_at and portrait.due_at > uow.now()):
        return None
    portrait.checks += 1
    portrait.due_at = uow.now() + timedelta(seconds=lease_seconds)
    return portrait


async def keep_on(uow: UnitOfWork, portrait_id: str, check: int, lease_seconds: float) -> None:
    """Lengthen the time of a check that is under way."""
    mine = update(Portrait).where(
        Portrait.id == portrait_id,
        Portrait.checks == check,
        Portrait.status == PortraitStatus.CHECKING,
    )
    await uow.session.execute(mine.values(due_at=uow.now() + timedelta(seconds=lease_seconds)))


async def put_off(uow: UnitOfWork, portrait_id: str, check: int) -> None:
    """Give a photo back that could not be checked now; that was not its fault."""
    portrait = await _checking(uow, portrait_id)
    if portrait is None or portrait.checks != check:
        return
    portrait.checks -= 1
    portrait.due_at = uow.now() + timedelta(seconds=CHECK_AGAIN_SECONDS)
    uow.send(CheckPortrait(portrait.id), delay=CHECK_AGAIN_SECONDS)


async def accept(
    uow: UnitOfWork, portrait_id: str, sealed_key: bytes, crop_keys: dict[str, str]
) -> bool:
    """Make a checked photo READY; False when it was erased meanwhile."""
    portrait = await _checking(uow, portrait_id)
    if portrait is None:
        return False
    portrait.status, portrait.sealed_key, portrait.crop_keys = (
        PortraitStatus.READY,
        sealed_key,
        crop_keys,
    )
    _end_check(uow, portrait)
    return True


async def reject(
    uow: UnitOfWork, portrait_id: str, reason: PortraitRejectionReason, faces: int | None
) -> None:
    """Refuse a photo, and say why; nothing of it is kept."""
    portrait = await _checking(uow, portrait_id)
    if portrait is None:
        return
    portrait.status, portrait.rejection, portrait.faces_found = (
        PortraitStatus.REJECTED,
        reason,
        faces,
    )
    _end_check(uow, portrait)
    await notification.notify(
        uow,
        portrait.customer_id,
        NotificationKind.PORTRAIT_REJECTED,
        portrait.id,
        reason=REJECTIONS[reason],
    )


def _end_check(uow: UnitOfWork, portrait: Portrait) -> None:
    if portrait.upload_key:
        uow.send(EraseObjects([portrait.upload_key]))
    portrait.upload_key = portrait.due_at = None
    uow.send(portrait_changed(portrait.id))


async def _checking(uow: UnitOfWork, portrait_id: str) -> Portrait | None:
    portrait = await uow.session.get(Portrait, portrait_id, with_for_update=True)
    return portrait if portrait and portrait.status is PortraitStatus.CHECKING else None


async def _lock(uow: UnitOfWork, viewer: Viewer, portrait_id: str) -> Portrait:
    portrait = await uow.session.get(Portrait, portrait_id, with_for_update=True)
    if portrait is None or portrait.customer_id != viewer.customer_id:
        raise NotFound("input.portraitId")
    return portrait


async def get(session: AsyncSession, viewer: Viewer, portrait_id: str) -> Portrait | None:
    """Return one of the viewer's photos."""
    portrait = await session.get(Portrait, portrait_id)
    return portrait if portrait and portrait.customer_id == viewer.customer_id else None


async def mine(session: AsyncSession, viewer: Viewer, ids: Sequence[str]) -> list[Portrait]:
    """Return those of the viewer's photos that have these ids."""
    found = select(Portrait).where(Portrait.id.in_(ids), Portrait.customer_id == viewer.customer_id)
    return list(await session.scalars(found))


async def page(session: AsyncSession, viewer: Viewer, page: Page) -> Sequence[Portrait]:
    """Return the viewer's photos, newest first, and one more if there is a next page."""
    rows = select(Portrait).where(Portrait.customer_id == viewer.customer_id)
    if (last := page.after_id()) is not None:
        rows = rows.where(Portrait.id < last)
    return (await session.scalars(rows.order_by(Portrait.id.desc()).limit(page.first + 1))).all()


async def count(session: AsyncSession, viewer: Viewer) -> int:
    """Return how many photos the viewer has."""
    rows = select(func.count()).where(Portrait.customer_id == viewer.customer_id)
    return await session.scalar(rows) or 0
