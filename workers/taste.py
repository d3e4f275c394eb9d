"""Learns which products are liked by the same people, in a process of its own."""

import asyncio
import json
import logging
import os
import sys
from asyncio.subprocess import PIPE
from collections import Counter
from itertools import combinations

from core.settings import ROOT
from services.recommendation import collaborative
from services.recommendation.collaborative import TrainTaste
from services.recommendation.likings import Known
from services.recommendation.train import SECONDS, TOGETHER, Neighbours
from workers.base import Work, handles

log = logging.getLogger(__name__)

PROGRAM = ROOT / "services" / "recommendation" / "train.py"
# One thread, however many cores there are: others want them, and sums in one order are the same.
THREADS = dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"), "1")
GRACE_SECONDS = 10


class TrainingFailed(RuntimeError):
    """The process that trains ended badly, or took too long."""


# The relay rings again, so the doorbell itself never retries.
@handles(TrainTaste, max_retries=0)
async def train_taste(task: TrainTaste, work: Work) -> None:
    """Work the similarities out, and put them in the place of the old."""
    training = await collaborative.begin_training(work.begin, work.settings, task.model_id)
    if training is None:
        return
    try:
        neighbours = await trained(training.known)
    except BaseException:
        await collaborative.give_up(work.begin, training, task.model_id)
        raise
    kept = await collaborative.keep(work.begin, work.settings, training, neighbours, task.model_id)
    if kept:
        log.info("%d products go together, of %d people", len(neighbours), len(training.known))


def is_crowd(known: Known) -> bool:
    """Tell whether any two products are liked by enough people to learn something from."""
    seen = Counter[tuple[str, str]]()
    for said in known.values():
        for pair in combinations(sorted(id for id, how in said.items() if how > 0), 2):
            seen[pair] += 1
            if seen[pair] >= TOGETHER:
                return True
    return False


async def trained(known: Known) -> Neighbours:
    """Return what goes together, from a process of its own. Raises TrainingFailed."""
    if not await asyncio.to_thread(is_crowd, known):
        return {}
    likings = [(who, what, how) for who, said in known.items() for what, how in said.items()]
    given = await asyncio.to_thread(json.dumps, likings)
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-P", str(PROGRAM)),
        stdin=PIPE,
        stdout=PIPE,
        stderr=PIPE,
        env={**_plain(), **THREADS},
    )
    try:
        async with asyncio.timeout(SECONDS + GRACE_SECONDS):
            written, complaint = await process.communicate(given.encode())
    except TimeoutError as error:
        raise TrainingFailed("it took too long") from error
    finally:
        if process.returncode is None:
            process.kill()
    if process.returncode:
        raise TrainingFailed(complaint.decode(errors="replace")[-500:])
    found: Neighbours = await asyncio.to_thread(json.loads, written)
    return found


def _plain() -> dict[str, str]:
    """Return what a program needs to run at all; our secrets are none of its business."""
    return {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
