"""Erasing: first the key and the rows, at once; then the objects; then the receipt.

Each erasure is also a task, so one that a crash cut short is ended by a worker.
"""

from dataclasses import dataclass

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from core.errors import NotFound
from core.outbox import GraphChange, Task, Transactions, UnitOfWork
from core.viewer import Viewer
from gateways.storage import Storage
from models.cameo import (
    CameoJob,
    Consent,
    Portrait,
    PortraitStatus,
)
from models.erasure import ErasureReceipt
from services import erasure
from services.cameo import making, objects, provider
from services.cameo.change import CameoAction, mine_locked, require, stop_all_with
from services.cameo.tasks import EraseAtProvider, portrait_changed

SECOND_LOOK_SECONDS = 600


@dataclass(frozen=True)
class EraseFiles(Task):
    """Delete the objects of something erased, and write its receipt."""

    subject: str
    customer_id: str
    prefixes: list[str]
    keys: list[str]


@dataclass(frozen=True)
class EraseOrders(Task):
    """Delete what a renderer still holds of a cameo that is gone.

    `lost` are the orders whose outcome was never known, with the time (ISO 8601) of each.
    """

    provider_ids: list[str]
    lost: dict[str, str]


async def portrait(uow: UnitOfWork, viewer: Viewer, portrait_id: str) -> EraseFiles | None:
    """Destroy the key of a photo, withdraw the consent, stop what needs it.

    None when it was erased before and its receipt exists. Raises NotFound.
    """
    found = await uow.session.get(Portrait, portrait_id, with_for_update=True)
    if found is None or found.customer_id != viewer.customer_id:
        raise NotFound("id")
    if found.status is PortraitStatus.ERASED and await erasure.of_subject(uow.session, found.id):
        return None
    return await destroy(uow, found)


async def destroy(uow: UnitOfWork, found: Portrait) -> EraseFiles:
    """Make a photo unreadable in this transaction; its objects follow."""
    upload = [found.upload_key] if found.upload_key else []
    destroyed = int(found.sealed_key is not None)
    found.status, found.sealed_key, found.crop_keys = PortraitStatus.ERASED, None, {}
    found.upload_key, found.erased_at = None, found.erased_at or uow.now()
    consent = await uow.session.scalar(select(Consent).where(Consent.portrait_id == found.id))
    if consent:
        consent.withdrawn_at = consent.withdrawn_at or uow.now()
    await stop_all_with(uow, found.id)
    for job_id in await provider.holding(uow, found.id):
        uow.send(EraseAtProvider(job_id))
    files = EraseFiles(found.id, found.customer_id, [objects.of_portrait(found.id)], upload)
    uow.send(files, delay=5)
    uow.send(portrait_changed(found.id))
    stores = {"keys": destroyed, "objects": 0}
    await erasure.record(uow, subject=found.id, customer_id=found.customer_id, stores=stores)
    return files


async def cameo(uow: UnitOfWork, viewer: Viewer, job_id: str) -> EraseFiles | None:
    """Remove an ended cameo with its shots and links.

    None when it was removed before. Raises NotFound, CameoStateConflict.
    """
    gone = await erasure.of_subject(uow.session, job_id)
    if gone and gone.customer_id == viewer.customer_id:
        return None
    job = await mine_locked(uow, viewer, job_id)
    require(job, CameoAction.DELETE)
    return await remove(uow, job)


async def remove(uow: UnitOfWork, job: CameoJob) -> EraseFiles:
    """Remove a cameo's rows in this transaction; its objects follow."""
    shots = await making.shots_of(uow.session, job.id)
    orders = await provider.held(uow.session, job.id)
    await uow.session.execute(delete(CameoJob).where(CameoJob.id == job.id))
    files = EraseFiles(job.id, job.customer_id, [objects.of_job(job.id)], [])
    uow.send(files, delay=5)
    if orders:
        task = EraseOrders(
            [order.provider_id for order in orders if order.provider_id],
            {order.id: order.intent_at.isoformat() for order in orders if not order.provider_id},
        )
        # The rows are gone, so nothing could ring again if the first doorbell were lost.
        uow.send(task)
        uow.send(task, delay=SECOND_LOOK_SECONDS)
    uow.send(GraphChange("cameo", job.id))
    stores = {"postgres": 1 + len(shots), "objects": 0}
    await erasure.record(uow, subject=job.id, customer_id=job.customer_id, stores=stores)
    return files


async def files(begin: Transactions, storage: Storage, task: EraseFiles) -> None:
    """Delete the objects and add them to the receipt. Raises StorageUnavailable."""
    keys = list(task.keys)
    for prefix in task.prefixes:
        keys += await storage.keys(prefix)
    count = await storage.delete(keys) if keys else 0
    if count:
        async with begin() as uow:
            await erasure.record(
                uow,
                subject=task.subject,
                customer_id=task.customer_id,
                stores={"objects": count},
            )


async def receipt(session: AsyncSession, subject: str) -> ErasureReceipt:
    """Return the receipt of what was just erased."""
    found = await erasure.of_subject(session, subject)
    if found is None:
        raise LookupError(subject)
    return found


async def everything_of(uow: UnitOfWork, customer_id: str) -> list[EraseFiles]:
    """Destroy every photo and remove every cameo of a customer whose account is gone."""
    mine = select(CameoJob).where(CameoJob.customer_id == customer_id)
    # Parents before their remixes, as every removal locks them.
    jobs = mine.order_by(CameoJob.id).with_for_update()
    photos = (
        select(Portrait)
        .where(Portrait.customer_id == customer_id, Portrait.status != PortraitStatus.ERASED)
        .with_for_update()
    )
    work = [await destroy(uow, row) for row in (await uow.session.scalars(photos)).all()]
    await uow.session.flush()
    return work + [await remove(uow, job) for job in (await uow.session.scalars(jobs)).all()]


async def everything(begin: Transactions, storage: Storage, customer_id: str) -> None:
    """Erase what is left of a customer, and add it to the receipt of the account.

    Raises StorageUnavailable; the tasks that were sent end it then.
    """
    async with begin() as uow:
        found = await everything_of(uow, customer_id)
    for task in found:
        await files(begin, storage, task)
    async with begin() as uow:
        for task in found:
            part = await receipt(uow.session, task.subject)
            await erasure.record(
                uow, subject=customer_id, customer_id=customer_id, stores=part.stores
            )
