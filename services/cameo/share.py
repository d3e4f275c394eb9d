"""Share links: 128 random-looking bits, an end, a count, and a way back (row V12)."""

import base64
import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from core.errors import InvalidInput, NotFound
from core.idempotency import once
from core.ids import new_id
from core.outbox import UnitOfWork
from core.settings import Settings
from core.viewer import Viewer
from models.cameo import CameoJob, CameoShare, CameoStatus
from services.cameo.change import CameoAction, mine_locked, require

MAX_HOURS = 24 * 365
TOKEN_BYTES = 16


def token_of(settings: Settings, share_id: str) -> str:
    """Return the token of a share: derived, so that only its hash need be kept."""
    secret = b"shares:" + settings.portrait_secret.get_secret_value().encode()
    digest = hmac.digest(secret, share_id.encode(), "sha256")[:TOKEN_BYTES]
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")


def url_of(settings: Settings, share: CameoShare) -> str:
    """Return the page that a share opens."""
    return f"{settings.public_url.rstrip('/')}/s/{token_of(settings, share.id)}"


async def share(
    uow: UnitOfWork,
    viewer: Viewer,
    settings: Settings,
    job_id: str,
    hours: int,
    idempotency_key: str,
) -> CameoShare:
    """Make a link to a finished film. Raises NotFound, CameoStateConflict, InvalidInput, …"""
    if not 1 <= hours <= MAX_HOURS:
        reason = {"ko": f"1~{MAX_HOURS}시간이어야 합니다.", "en": f"Give 1 to {MAX_HOURS} hours."}
        raise InvalidInput("input.expiresInHours", reason)

    async def work() -> str:
        job = await mine_locked(uow, viewer, job_id)
        require(job, CameoAction.SHARE)
        made = CameoShare(job_id=job.id, customer_id=viewer.id, token_hash="")
        made.expires_at = uow.now() + timedelta(hours=hours)
        made.id = new_id("sha")
        made.token_hash = _hash(token_of(settings, made.id))
        uow.session.add(made)
        await uow.session.flush()
        return made.id

    asked = {"cameoId": job_id, "hours": hours}
    id = await once(uow, viewer, "shareCameo", idempotency_key, asked, work)
    return await uow.session.get_one(CameoShare, id)


async def revoke(uow: UnitOfWork, viewer: Viewer, share_id: str) -> CameoShare:
    """End a link now; ending it twice is fine. Raises NotFound."""
    found = await uow.session.get(CameoShare, share_id, with_for_update=True)
    if found is None or found.customer_id != viewer.customer_id:
        raise NotFound("id")
    found.revoked_at = found.revoked_at or uow.now()
    return found


async def mine(session: AsyncSession, viewer: Viewer, ids: Sequence[str]) -> list[CameoShare]:
    """Return those of the viewer's links that have these ids."""
    rows = select(CameoShare).where(
        CameoShare.id.in_(ids), CameoShare.customer_id == viewer.customer_id
    )
    return list(await session.scalars(rows))


@dataclass(frozen=True)
class Shared:
    """What the holder of a live link may see."""

    share: CameoShare
    job: CameoJob


async def open_link(session: AsyncSession, token: str, now: datetime) -> Shared | None:
    """Find what a token opens; None when it never did, has ended or was revoked."""
    rows = (
        select(CameoShare, CameoJob)
        .join(CameoJob, CameoJob.id == CameoShare.job_id)
        .where(CameoShare.token_hash == _hash(token[:100]))
    )
    found = (await session.execute(rows)).first()
    if found is None:
        return None
    share, job = found
    live = share.revoked_at is None and share.expires_at > now
    return Shared(share, job) if live and job.status is CameoStatus.COMPLETED else None


async def count_view(uow: UnitOfWork, share_id: str) -> None:
    """Count one look at a shared film."""
    seen = update(CameoShare).where(CameoShare.id == share_id)
    await uow.session.execute(seen.values(view_count=CameoShare.view_count + 1))


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
