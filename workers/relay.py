"""The relay: hands over what the outbox owes, projects the graph, rings again, ends what is old."""

import asyncio
import logging
import signal
from collections.abc import Awaitable, Callable
from datetime import timedelta

from sqlalchemy import literal, select, union_all
from uvicorn.loops.auto import auto_loop_factory

from core import telemetry
from core.idempotency import forget_old
from core.outbox import BATCH
from core.settings import Settings
from core.sweep import Due
from services import (
    account,
    acp,
    age,
    cameo,
    chat,
    checkout,
    deployment,
    experiment,
    feed,
    order,
    partner,
    payment,
    refund,
    search,
    stock,
)
from services.cameo import portrait
from services.recommendation import collaborative
from workers import world
from workers.base import Work

log = logging.getLogger(__name__)

IDLE_SECONDS = 0.2
SWEEP_SECONDS = 2.0
FEED_SECONDS = 5.0
MEND_SECONDS = 15.0
TASTE_SECONDS = 60.0
FAULT_SECONDS = 1.0

type Step = Callable[[Work], Awaitable[None]]


def run(settings: Settings) -> None:
    """Relay until SIGTERM or SIGINT."""
    telemetry.start(settings, "relay")
    asyncio.run(_run(settings), loop_factory=auto_loop_factory())


async def _run(settings: Settings) -> None:
    work = Work.of(settings)
    stop = asyncio.Event()
    for name in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        asyncio.get_running_loop().add_signal_handler(name, stop.set)
    loops = [
        asyncio.create_task(_for_ever(step, work, seconds))
        for step, seconds in (
            (deliver, 0.0),
            (sweep, SWEEP_SECONDS),
            (sweep_feed, FEED_SECONDS),
            (mend_search, MEND_SECONDS),
            (sweep_taste, TASTE_SECONDS),
            (retain, settings.retention_seconds),
            (project, 0.0),
        )
    ]
    await stop.wait()
    for loop in loops:
        loop.cancel()
    await asyncio.gather(*loops, return_exceptions=True)
    await work.close()


async def _for_ever(step: Step, work: Work, pause: float) -> None:
    while True:
        went_well = await _tried(step, work)
        await asyncio.sleep(pause if went_well else FAULT_SECONDS)


async def _tried(step: Step, work: Work) -> bool:
    try:
        await step(work)
    except Exception as error:
        log.warning("%s: %s: %s", step.__name__, type(error).__name__, error)
        return False
    return True


async def deliver(work: Work) -> None:
    """Hand over what is due; rest when that was little."""
    sent = await work.begin.deliver() if await work.begin.is_due() else 0
    if sent < BATCH:
        await asyncio.sleep(IDLE_SECONDS)


async def project(work: Work) -> None:
    """Keep the graph up with Postgres."""
    await world.consume(work.db, work.graph)


async def sweep(work: Work) -> None:
    """Do what is due; to ask for all of it is one trip, and most often the only one."""
    now = work.begin.now()
    asked = [select(literal(number)).where(due(now)) for number, (due, _) in enumerate(SWEEPS)]
    async with work.db.look() as session:
        due_now = set(await session.scalars(union_all(*asked), stock.at(now)))
    steps = [step for number, (_, step) in enumerate(SWEEPS) if number in due_now]
    await asyncio.gather(*(_tried(step, work) for step in steps))


async def sweep_cameos(work: Work) -> None:
    """Ring again for what is overdue."""
    async with work.begin() as uow:
        await cameo.retention.sweep(uow)


async def sweep_chats(work: Work) -> None:
    """Have replies gone on with that nobody makes."""
    async with work.begin() as uow:
        await chat.sweep(uow)


async def sweep_stock(work: Work) -> None:
    """Let go of what lapsed or expired, and tell those who wait for what is back."""
    for step in (stock.sweep, stock.tell_restocked):
        done = 1
        while done:
            async with work.begin() as uow:
                done = await step(uow)


async def sweep_checkouts(work: Work) -> None:
    """End carts that were left alone."""
    async with work.begin() as uow:
        await checkout.expire(uow)


async def sweep_ages(work: Work) -> None:
    """Ask again about proofs of age, and for documents that are to be forgotten."""
    for step in (age.sweep, age.sweep_documents):
        async with work.begin() as uow:
            await step(uow)


async def sweep_parcels(work: Work) -> None:
    """Have the carrier asked about the parcels that are due."""
    async with work.begin() as uow:
        await order.parcels.sweep(uow)


async def sweep_codes(work: Work) -> None:
    """Have the codes made that orders still lack."""
    async with work.begin() as uow:
        await order.codes.sweep(uow)


async def sweep_payments(work: Work) -> None:
    """Have the provider asked about payments that nothing was heard of."""
    async with work.begin() as uow:
        await payment.sweep(uow)


async def sweep_refunds(work: Work) -> None:
    """Have the provider asked about refunds that nothing was heard of."""
    async with work.begin() as uow:
        await refund.sweep(uow)


async def sweep_search(work: Work) -> None:
    """Have changes of the catalogue written into the index of the search."""
    async with work.begin() as uow:
        await search.ring(uow)


async def sweep_webhooks(work: Work) -> None:
    """Have webhooks to partners sent that are due."""
    async with work.begin() as uow:
        await partner.sweep(uow)


SWEEPS: tuple[tuple[Due, Step], ...] = (
    (cameo.retention.due, sweep_cameos),
    (chat.due, sweep_chats),
    (stock.due, sweep_stock),
    (checkout.due, sweep_checkouts),
    (age.due, sweep_ages),
    (order.parcels.due, sweep_parcels),
    (order.codes.due, sweep_codes),
    (payment.due, sweep_payments),
    (refund.due, sweep_refunds),
    (partner.due, sweep_webhooks),
    (search.due, sweep_search),
)


async def sweep_feed(work: Work) -> None:
    """Keep the product feed up with prices and stock, and have its hosts told."""
    async with work.begin() as uow:
        await feed.refresh(uow, work.settings)
    async with work.begin() as uow:
        await feed.ring(uow, work.settings)


async def mend_search(work: Work) -> None:
    """Have entries of the search made that are missing, and vectors that are due."""
    async with work.begin() as uow:
        await search.mend(uow, work.gateways.embeddings.model)


async def sweep_taste(work: Work) -> None:
    """Have it worked out anew what is liked by the same people, when that is due."""
    async with work.begin() as uow:
        await collaborative.ring(uow)


async def retain(work: Work) -> None:
    """Erase photos whose time is over, and objects that nothing owns."""
    expired = cameo.retention.BATCH
    while expired == cameo.retention.BATCH:
        async with work.begin() as uow:
            erased = await cameo.retention.expire_portraits(uow)
        for files in erased:
            await cameo.erase.files(work.begin, work.gateways.storage, files)
        expired = len(erased)
    async with work.begin() as uow:
        for customer_id in await cameo.retention.ring_again(uow):
            uow.send(account.EraseCustomer(customer_id))
        await forget_old(uow)
        await account.forget_old(uow)
        await order.forget(uow)
        await payment.forget_old(uow)
        await partner.forget_old(uow)
        await acp.forget_old(uow)
    await _forget_guests(work)
    await _forget_exposures(work)
    await _forget_checkouts(work)
    await _forget_replies(work)
    if not await deployment.owns_bucket(work.begin, work.gateways.storage):
        log.error("the bucket belongs to another deployment: stray objects stay")
        return
    for prefix in ("cameos/", "portraits/", portrait.QUARANTINE):
        await _collect(work, prefix)


async def _forget_guests(work: Work) -> None:
    """Erase guests who have long been away; a worker erases what other stores hold of them."""
    more = True
    while more:
        async with work.begin() as uow:
            more = await account.erase_idle_guests(uow, work.settings.guest_retention_days) > 0


async def _forget_checkouts(work: Work) -> None:
    """Take names and addresses out of carts and sessions that ended long ago."""
    more = True
    while more:
        async with work.begin() as uow:
            more = await checkout.forget_ended(uow, work.settings.checkout_retention_days) > 0


async def _forget_exposures(work: Work) -> None:
    """Remove what was shown to whom long ago."""
    kept, more = timedelta(days=work.settings.experiment_retention_days), True
    while more:
        async with work.begin() as uow:
            more = await experiment.forget_old(uow, uow.now() - kept) > 0


async def _forget_replies(work: Work) -> None:
    """Remove the log of replies that ended long ago."""
    more = True
    while more:
        async with work.begin() as uow:
            more = await chat.forget_old(uow, work.settings) > 0


async def _collect(work: Work, prefix: str) -> None:
    keys = await work.gateways.storage.keys(prefix)
    for start in range(0, len(keys), 500):
        async with work.db.read() as session:
            some, now = keys[start : start + 500], work.begin.now()
            lost = await cameo.retention.orphans(session, some, now)
        if lost:
            await work.gateways.storage.delete(lost)
