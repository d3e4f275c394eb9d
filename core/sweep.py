"""Rows with a time at which something is asked about them, and the task that asks."""

from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, exists, or_, select, update
from sqlalchemy.orm import InstrumentedAttribute

from core.outbox import Task, UnitOfWork

BATCH = 100

type Due = Callable[[datetime], ColumnElement[bool]]
"""Tells in SQL whether there is something to do now."""


def any_due(*columns: InstrumentedAttribute[datetime | None]) -> Due:
    """Tell whether the time in one of these columns has come for any row."""
    return lambda now: or_(*(exists().where(column <= now) for column in columns))


async def ring_due(
    uow: UnitOfWork,
    due_at: InstrumentedAttribute[datetime | None],
    task: Callable[[str], Task],
    again_in: timedelta,
) -> int:
    """Send the task of each row that is due, 100 at most, and return for how many that was.

    They are due once more after `again_in`, should the task come to nothing. Rows that somebody
    works on are left for the next time.
    """
    table = due_at.class_
    due = (
        select(table.id)
        .where(due_at <= uow.now())
        .order_by(due_at)
        .limit(BATCH)
        .with_for_update(skip_locked=True)
    )
    ids = (await uow.session.scalars(due)).all()
    if not ids:
        return 0
    later = update(table).where(table.id.in_(ids)).values({due_at: uow.now() + again_in})
    await uow.session.execute(later)
    for id in ids:
        uow.send(task(id))
    return len(ids)
