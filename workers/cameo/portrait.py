"""Photos: fetched from quarantine, judged apart from everything else, kept sealed."""

from gateways.portrait import PreparedPortrait, check_isolated
from gateways.storage import ObjectMissing, ObjectTooLarge
from models.cameo import Portrait, PortraitRejectionReason, PortraitStatus
from services import cameo
from services.cameo import objects
from services.cameo.tasks import CheckPortrait
from services.cameo.vault import Vault
from workers.base import Work, handles

MAX_CHECKS = 3


@handles(CheckPortrait)
async def check(task: CheckPortrait, work: Work) -> None:
    """Make a photo READY, or REJECTED with a reason."""
    async with work.begin() as uow:
        portrait = await uow.session.get(Portrait, task.portrait_id, with_for_update=True)
        if portrait is None or portrait.status is not PortraitStatus.CHECKING:
            return
        portrait.checks += 1
    if portrait.checks > MAX_CHECKS:
        await _reject(work, portrait.id, PortraitRejectionReason.UNREADABLE)
        return
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
