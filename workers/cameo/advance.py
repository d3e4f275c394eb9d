"""One step of a cameo: claim it, do what its stage asks, leave a checkpoint."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, nullcontext, suppress
from functools import partial

from gateways.film import FilmFailed
from gateways.renderer import RenderBusy, RendererUnavailable, RenderGone, RenderUnknown
from gateways.storage import ObjectMissing, StorageUnavailable
from models.cameo import CameoStage
from services import cameo
from services.cameo import making
from services.cameo.making import Claim, Fenced
from services.cameo.tasks import AdvanceCameo, DispatchCameos
from workers.base import Work, handles
from workers.cameo import fetch, finish, prepare, publish, render, submit

log = logging.getLogger(__name__)

# Steps that ended a worker before run one at a time: the next crash then tells whose fault it is.
SUSPECTS = asyncio.Semaphore(1)

type Step = Callable[[Work, Claim], Awaitable[None]]

STEPS: dict[CameoStage, Step] = {
    CameoStage.PREPARE: prepare.prepare,
    CameoStage.SUBMIT: submit.submit,
    CameoStage.RENDER: render.poll,
    CameoStage.FETCH: fetch.fetch,
    CameoStage.FINISH: finish.finish,
    CameoStage.PUBLISH: publish.publish,
}
FAULTS: dict[type[Exception], str] = {
    RenderBusy: "RENDERER_UNAVAILABLE",
    RenderUnknown: "RENDERER_UNAVAILABLE",
    RendererUnavailable: "RENDERER_UNAVAILABLE",
    RenderGone: "RENDER_FAILED",
    StorageUnavailable: "STORAGE_UNAVAILABLE",
    ObjectMissing: "STORAGE_UNAVAILABLE",
    FilmFailed: "FINISH_FAILED",
}


@handles(DispatchCameos)
async def dispatch(task: DispatchCameos, work: Work) -> None:
    """Start waiting cameos while there is room."""
    async with work.begin() as uow:
        await cameo.dispatch(uow, work.settings)


# The row is the truth and the relay rings again, so the doorbell itself never retries.
@handles(AdvanceCameo, max_retries=0)
async def advance(task: AdvanceCameo, work: Work) -> None:
    """Do the next step of a cameo."""
    async with work.db.read() as session:
        suspect = await making.is_suspect(session, task.job_id)
    async with SUSPECTS if suspect else nullcontext():
        await _step(task, work)


async def _step(task: AdvanceCameo, work: Work) -> None:
    async with work.begin() as uow:
        claim = await making.claim(uow, work.settings, task.job_id)
    if claim is None:
        return
    try:
        async with _lease(work, claim):
            await STEPS[claim.stage](work, claim)
    except Fenced:
        log.info("step dropped: the job is in other hands", extra={"job": claim.job_id})
    except asyncio.CancelledError:
        await asyncio.shield(_hand_back(work, claim))
        raise
    except Exception as error:
        await _fault(work, claim, error)


@asynccontextmanager
async def _lease(work: Work, claim: Claim) -> AsyncIterator[None]:
    """Keep the lease while the step runs; a step that lost it is ended."""
    step = asyncio.current_task()

    async def keep() -> None:
        while True:
            await asyncio.sleep(work.settings.stage_lease_seconds / 3)
            try:
                async with work.begin() as uow:
                    kept = await making.renew(uow, work.settings, claim)
            except Exception as error:  # the store may be back before the lease ends
                log.warning("lease not renewed: %s", type(error).__name__)
                continue
            if not kept:
                lost.set()
                if step:
                    step.cancel()
                return

    lost = asyncio.Event()
    keeper = asyncio.create_task(keep())
    try:
        yield
    except asyncio.CancelledError:
        if lost.is_set():
            if step:
                step.uncancel()
            raise Fenced(claim.job_id) from None
        raise
    finally:
        keeper.cancel()


async def _hand_back(work: Work, claim: Claim) -> None:
    with suppress(Fenced):
        async with making.checkpoint(work.begin, claim) as (uow, job):
            making.wait(uow, job, 0)


async def _fault(work: Work, claim: Claim, error: Exception) -> None:
    code = next((code for kind, code in FAULTS.items() if isinstance(error, kind)), None)
    report = log.warning if code else partial(log.error, exc_info=error)
    report("step %s failed: %s", claim.stage, type(error).__name__, extra={"job": claim.job_id})
    with suppress(Fenced):
        async with making.checkpoint(work.begin, claim) as (uow, job):
            retry_after = getattr(error, "retry_after", None)
            await making.try_again(uow, job, code or "WORKER_CRASHED", retry_after)
