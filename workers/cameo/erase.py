"""Erasing what other stores hold: objects, and the renderer's copies."""

from sqlalchemy import select

from models.cameo import CameoSubmission
from services import cameo
from services.account import EraseCustomer
from services.cameo.erase import EraseFiles, EraseOrders
from services.cameo.tasks import EraseAtProvider, EraseObjects
from workers.base import Work, handles

RETRY = {"max_retries": 20, "min_backoff": 2_000, "max_backoff": 3_600_000}


@handles(EraseObjects, **RETRY)
async def objects(task: EraseObjects, work: Work) -> None:
    """Delete objects that nothing needs any more."""
    await work.gateways.storage.delete(task.keys)


@handles(EraseFiles, **RETRY)
async def files(task: EraseFiles, work: Work) -> None:
    """End an erasure, and complete its receipt."""
    await cameo.erase.files(work.begin, work.gateways.storage, task)


@handles(EraseOrders, **RETRY)
async def orders(task: EraseOrders, work: Work) -> None:
    """Delete the renderer's copies of a removed cameo; a copy that is gone already is fine."""
    for provider_id in task.provider_ids:
        await work.gateways.renderer.delete(provider_id)


@handles(EraseAtProvider, **RETRY)
async def at_provider(task: EraseAtProvider, work: Work) -> None:
    """Delete the renderer's copies of an ended cameo, stopping what is still being filmed."""
    async with work.db.read() as session:
        held = select(CameoSubmission).where(
            CameoSubmission.job_id == task.job_id,
            CameoSubmission.provider_id.is_not(None),
            CameoSubmission.erased_at.is_(None),
        )
        rows = (await session.scalars(held)).all()
    for row in rows:
        await work.gateways.renderer.delete(row.provider_id or "")
        async with work.begin() as uow:
            order = await uow.session.get(CameoSubmission, row.id)
            if order:
                order.erased_at = uow.now()


@handles(EraseCustomer, **RETRY)
async def customer(task: EraseCustomer, work: Work) -> None:
    """Erase the photos and films of a customer whose account is gone."""
    async with work.begin() as uow:
        found = await cameo.erase.everything_of(uow, task.customer_id)
    for erasure in found:
        await cameo.erase.files(work.begin, work.gateways.storage, erasure)
