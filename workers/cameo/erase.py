"""Erasing what other stores hold: objects, and the renderer's copies."""

from datetime import datetime

from services import cameo
from services.account import EraseCustomer
from services.account.cached import forget_cached
from services.cameo import provider
from services.cameo.erase import EraseFiles, EraseOrders
from services.cameo.tasks import EraseAtProvider, EraseObjects
from workers.base import Work, handles
from workers.cameo.submit import LOOK_AGAIN_SECONDS

# Some ten hours in all, longer than any renderer keeps an order that it cannot look up.
RETRY = {"max_retries": 30, "min_backoff": 2_000, "max_backoff": 3_600_000}


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
    renderer = work.gateways.renderer
    for provider_id in task.provider_ids:
        await renderer.delete(provider_id)
    for order_id, intent_at in task.lost.items():
        found = await renderer.find(order_id, datetime.fromisoformat(intent_at))
        if found:
            await renderer.delete(found)


@handles(EraseAtProvider, **RETRY)
async def at_provider(task: EraseAtProvider, work: Work) -> None:
    """Delete the renderer's copies of an ended cameo, stopping what is still being filmed."""
    async with work.begin() as uow:
        orders = await provider.give_up(uow, task.job_id)
    unsettled = False
    # Known copies first: a look-up that gets no answer ends this try.
    for order in sorted(orders, key=lambda order: order.provider_id is None):
        found = order.provider_id
        if found is None:
            age = (work.begin.now() - order.intent_at).total_seconds()
            found = await work.gateways.renderer.find(order.id, order.intent_at)
            if found is None and age < work.settings.submit_settle_seconds:
                unsettled = True
                continue
        if found:
            await work.gateways.renderer.delete(found)
        async with work.begin() as uow:
            await provider.erased(uow, order.id)
    if unsettled:
        async with work.begin() as uow:
            uow.send(task, delay=LOOK_AGAIN_SECONDS)


@handles(EraseCustomer, **RETRY)
async def customer(task: EraseCustomer, work: Work) -> None:
    """Erase the photos and films of a customer whose account is gone, and what Redis holds."""
    await forget_cached(work.bus, work.settings.redis_prefix, task.customer_id)
    await cameo.erase.everything(work.begin, work.gateways.storage, task.customer_id)
