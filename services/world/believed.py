"""When a fact is believed: from its day on, until another takes its place or it is reverted."""

from datetime import datetime

from sqlalchemy import ColumnElement, or_

from models.fact import Fact


def believed(now: datetime) -> tuple[ColumnElement[bool], ...]:
    """Return the conditions of a fact that is believed now."""
    return (*standing(now), Fact.valid_from <= now)


def standing(now: datetime) -> tuple[ColumnElement[bool], ...]:
    """Return the conditions of a fact that is believed now or will be."""
    return Fact.reverted_at.is_(None), or_(Fact.valid_to.is_(None), Fact.valid_to > now)
