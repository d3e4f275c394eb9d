"""What was shown is written down after the answer, once for each view."""

import asyncio
import hashlib
import logging
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert

from core.db import is_unavailable
from core.ids import new_id
from core.outbox import Transactions, UnitOfWork
from models.account import Customer
from models.experiment import Exposure
from services.experiment.assign import Assignment

log = logging.getLogger(__name__)

KEPT_BACK, BATCH, OLD = 10_000, 200, 1_000
GATHER_SECONDS, AGAIN_SECONDS, LAST_SECONDS = 0.05, 1.0, 3.0


@dataclass(frozen=True)
class Shown:
    """That somebody was shown these products by an arm, at a time."""

    assignment: Assignment
    view: str
    products: tuple[str, ...]
    at: datetime


def view_of(surface: str, products: Sequence[str], now: datetime) -> str:
    """Name a view for which the client has no name: this list in this place on this day (UTC).

    Whoever loads the same page again on that day sees the same view.
    """
    return _name("\n".join([surface, now.date().isoformat(), *products]))


class Exposures:
    """Writes down what this process showed, beside its answers; one for each process.

    What cannot be written waits, the newest 10,000. A process that is killed loses what it showed
    in the last moments; that has nothing to do with the arm, so results stay right.
    """

    def __init__(self, begin: Transactions) -> None:
        self._begin = begin
        self._waiting: deque[Shown] = deque(maxlen=KEPT_BACK)
        self._writer: asyncio.Task[None] | None = None

    def expose(self, assignment: Assignment, view: str, products: Sequence[str]) -> None:
        """Note that products were shown by an arm; returns at once and never fails.

        The same view of a customer counts once, however often and wherever it is told. `view` is
        the client's own name of the view, or `view_of(…)`. Of whom takes no part nothing is kept.
        Call it for answers from a cache, too.
        """
        if assignment.customer_id is None or not products:
            return
        self._waiting.append(Shown(assignment, _name(view), tuple(products), self._begin.now()))
        if self._writer is None or self._writer.done():
            self._writer = asyncio.create_task(self._write())

    async def close(self) -> None:
        """Write what is left, or give up after three seconds."""
        if self._writer is None:
            return
        try:
            async with asyncio.timeout(LAST_SECONDS):
                await self._writer
        except TimeoutError:
            log.warning("%d exposures were not written", len(self._waiting))

    async def _write(self) -> None:
        await asyncio.sleep(GATHER_SECONDS)
        while self._waiting:
            batch = [self._waiting.popleft() for _ in range(min(BATCH, len(self._waiting)))]
            try:
                async with self._begin() as uow:
                    await record(uow, batch)
            except Exception as error:
                if not is_unavailable(error):
                    log.exception("%d exposures are dropped", len(batch))
                    continue
                log.warning("exposures wait: %s", type(error).__name__)
                self._waiting.extendleft(reversed(batch[: KEPT_BACK - len(self._waiting)]))
                await asyncio.sleep(AGAIN_SECONDS)


async def record(uow: UnitOfWork, shown: Iterable[Shown]) -> int:
    """Write exposures that are new, and return how many those were.

    For workers, which have the time; the API uses `Exposures`. Nothing is written of whom takes
    no part or is erased meanwhile.
    """
    mine = [one for one in shown if one.assignment.customer_id is not None]
    # Held until the commit: who is being erased now is not written about after it.
    alive = select(Customer.id).where(
        Customer.id.in_({one.assignment.customer_id for one in mine}), Customer.erased_at.is_(None)
    )
    known = set(await uow.session.scalars(alive.order_by(Customer.id).with_for_update(read=True)))
    rows = [_row(one) for one in mine if one.assignment.customer_id in known]
    if not rows:
        return 0
    # In one order everywhere, or two that write the same views wait for each other.
    rows.sort(key=lambda row: (str(row["customer_id"]), str(row["experiment"]), str(row["view"])))
    new = insert(Exposure).values(rows).on_conflict_do_nothing().returning(Exposure.id)
    return len((await uow.session.scalars(new)).all())


async def forget_old(uow: UnitOfWork, before: datetime) -> int:
    """Remove a thousand exposures from before a time, at most; return how many."""
    old = select(Exposure.id).where(Exposure.shown_at < before).limit(OLD)
    gone = delete(Exposure).where(Exposure.id.in_(old)).returning(Exposure.id)
    return len((await uow.session.scalars(gone)).all())


def _name(view: str) -> str:
    # What a client calls a view may be long, and may say more of the customer than we need.
    return hashlib.sha256(view.encode(errors="surrogatepass")).hexdigest()[:32]


def _row(shown: Shown) -> dict[str, object]:
    return {
        "id": new_id("exu"),
        "customer_id": shown.assignment.customer_id,
        "experiment": shown.assignment.experiment,
        "arm": shown.assignment.arm,
        "propensity": shown.assignment.propensity,
        "view": shown.view,
        "products": list(shown.products),
        "shown_at": shown.at,
    }
