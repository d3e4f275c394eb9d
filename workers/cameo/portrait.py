"""Photos: fetched from quarantine, judged apart from everything else, kept sealed."""

import asyncio
import logging
import os

from gateways.portrait import PreparedPortrait, check_isolated
from gateways.storage import ObjectMissing, ObjectTooLarge
from models.cameo import Portrait, PortraitRejectionReason
from services import cameo
from services.cameo import objects
from services.cameo.tasks import CheckPortrait
from services.cameo.vault import Vault
from workers.base import Work, handles

log = logging.getLogger(__name__)

MAX_CHECKS = 3
# Each check is a process that fills a core: more of them would only make each other late.
CHECKERS = asyncio.Semaphore(os.cpu_count() or 1)


# The row is the truth and the relay rings again, so the doorbell itself never retries.
@handles(CheckPortrait, max_retries=0)
async def check(task: CheckPortrait, work: Work) -> None:
    """Make a photo READY, or REJECTED with a reason; a third crash over it is its own fault."""
    # A photo that waits is not claimed yet, so a crash meanwhile is no mark against it.
    async with CHECKERS:
        await _claimed(task, work)


async def _claimed(task: CheckPortrait, work: Work) -> None:
    lease = work.settings.stage_lease_seconds
    async with work.begin() as uow:
        portrait = await cameo.portrait.begin_check(uow, task.portrait_id, lease)
    if portrait is None:
        return
    if portrait.checks > MAX_CHECKS:
        await _reject(work, portrait.id, PortraitRejectionReason.UNREADABLE)
        return
    keeper = asyncio.create_task(_keep_on(work, portrait, lease))
    try:
        await _check(work, portrait)
    except (Exception, asyncio.CancelledError) as error:
        log.warning("photo not checked: %s", type(error).__name__, extra={"portrait": portrait.id})
        await asyncio.shield(_put_off(work, portrait))
        if isinstance(error, asyncio.CancelledError):
            raise
    finally:
        keeper.cancel()


async def _keep_on(work: Work, portrait: Portrait, lease: float) -> None:
    while True:
        await asyncio.sleep(lease / 3)
        try:
            async with work.begin() as uow:
                await cameo.portrait.keep_on(uow, portrait.id, portrait.checks, lease)
        except Exception as error:  # the store may be back before the lease ends
            log.warning("lease not renewed: %s", type(error).__name__)


async def _check(work: Work, portrait: Portrait) -> None:
    limit = work.settings.max_photo_bytes
    try:
        photo = await work.gateways.storage.get(portrait.upload_key or "", limit)
    except ObjectMissing:
        await _reject(work, portrait.id, PortraitRejectionReason.NOT_UPLOADED)
        return
    except ObjectTooLarge:
        await _reject(work, portrait.id, PortraitRejectionReason.TOO_LARGE)
        return
    verdict = await check_isolated(photo, limit)
    if isinstance(verdict, PreparedPortrait):
        await _keep(work, portrait, verdict)
    else:
        reason = PortraitRejectionReason(verdict.reason.value)
        await _reject(work, portrait.id, reason, verdict.faces_found)


async def _put_off(work: Work, portrait: Portrait) -> None:
    async with work.begin() as uow:
        await cameo.portrait.put_off(uow, portrait.id, portrait.checks)


async def _keep(work: Work, portrait: Portrait, verdict: PreparedPortrait) -> None:
    vault = Vault(work.settings)
    key, keys = vault.new_key(), dict[str, str]()
    for size, jpeg in verdict.crops.items():
        keys[size] = objects.crop(portrait.id, size)
        sealed = vault.seal(key, jpeg)
        await work.gateways.storage.put(keys[size], sealed, "application/octet-stream")
    async with work.begin() as uow:
        kept = await cameo.portrait.accept(uow, portrait.id, key, keys)
    if not kept:
        await work.gateways.storage.delete(list(keys.values()))


async def _reject(
    work: Work, portrait_id: str, reason: PortraitRejectionReason, faces: int | None = None
) -> None:
    async with work.begin() as uow:
        await cameo.portrait.reject(uow, portrait_id, reason, faces)
