"""The relay: hands over what the outbox owes, projects the graph, rings again, ends what is old."""

import asyncio
import logging
import signal
from collections.abc import Awaitable, Callable
from datetime import timedelta
from secrets import SystemRandom

from sqlalchemy import literal, select, union_all
from uvicorn.loops.auto import auto_loop_factory

from core import telemetry
from core.idempotency import forget_old
from core.outbox import BATCH, UnitOfWork
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
SPREAD_SECONDS = 60.0

type Step = Callable[[Work], Awaitable[None]]
type Sweep = Callable[[UnitOfWork], Awaitable[object]]


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
            (_each(collaborative.ring), TASTE_SECONDS),
            (project, 0.0),
        )
    ]
    loops.append(asyncio.create_task(_retain_for_ever(work, settings.retention_seconds)))
    await stop.wait()
    for loop in loops:
        loop.cancel()
    await asyncio.gather(*loops, return_exceptions=True)
    await work.close()


async def _for_ever(step: Step, work: Work, pause: float) -> None:
    while True:
        went_well = await _tried(step, work)
        await asyncio.sleep(pause if went_well else FAULT_SECONDS)


async def _retain_for_ever(work: Work, pause: float) -> None:
    """Begin some time in the first minute: what is old can wait for what was left undone.

    Relays that a deploy starts together do not all look through the whole bucket at once.
    """
    await asyncio.sleep(SystemRandom().uniform(0, min(pause, SPREAD_SECONDS)))
    await _for_ever(retain, work, pause)


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


async def sweep_stock(work: Work) -> None:
    """Let go of what lapsed or expired, and tell those who wait for what is back."""
    for sweep in (stock.sweep, stock.tell_restocked):
        await _to_the_end(work, sweep)


async def _to_the_end(work: Work, sweep: Callable[[UnitOfWork], Awaitable[int]]) -> None:
    """Repeat a sweep, each time in a transaction, until there is nothing left for it."""
    done = 1
    while done:
        async with work.begin() as uow:
            done = await sweep(uow)


def _each(*sweeps: Sweep) -> Step:
    """Make a step of sweeps, each in a transaction of its own."""

    async def step(work: Work) -> None:
        for sweep in sweeps:
            async with work.begin() as uow:
                await sweep(uow)

    step.__name__ = sweeps[0].__module__
    return step


SWEEPS: tuple[tuple[Due, Step], ...] = (
    (cameo.retention.due, _each(cameo.retention.sweep)),
    (chat.due, _each(chat.sweep)),
    (stock.due, sweep_stock),
    (checkout.due, _each(checkout.expire)),
    (age.due, _each(age.sweep, age.sweep_documents)),
    (order.parcels.due, _each(order.parcels.sweep)),
    (order.codes.due, _each(order.codes.sweep)),
    (payment.due, _each(payment.sweep)),
    (refund.due, _each(refund.sweep)),
    (partner.due, _each(partner.sweep)),
    (search.due, _each(search.ring)),
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
    settings = work.settings
    shown = timedelta(days=settings.experiment_retention_days)
    for forget in (
        # A worker erases what other stores hold of guests who have long been away.
        lambda uow: account.erase_idle_guests(uow, settings.guest_retention_days),
        lambda uow: experiment.forget_old(uow, uow.now() - shown),
        lambda uow: checkout.forget_ended(uow, settings.checkout_retention_days),
        lambda uow: chat.forget_old(uow, settings),
    ):
        await _to_the_end(work, forget)
    if not await deployment.owns_bucket(work.begin, work.gateways.storage):
        log.error("the bucket belongs to another deployment: stray objects stay")
        return
    for prefix in ("cameos/", "portraits/", portrait.QUARANTINE):
        await _collect(work, prefix)


async def _collect(work: Work, prefix: str) -> None:
    keys = await work.gateways.storage.keys(prefix)
    for start in range(0, len(keys), 500):
        async with work.db.read() as session:
            some, now = keys[start : start + 500], work.begin.now()
            lost = await cameo.retention.orphans(session, some, now)
        if lost:
            await work.gateways.storage.delete(lost)
