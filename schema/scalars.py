"""Scalars beyond GraphQL's own."""

from datetime import UTC, date, datetime
from typing import Any, NewType

import strawberry
from strawberry.types.scalar import ScalarDefinition

from schema.money import CURRENCY, Currency

URL = NewType("URL", str)


def _instant(value: datetime) -> str:
    return value.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _parse_instant(value: str) -> datetime:
    moment = datetime.fromisoformat(value)
    if moment.tzinfo is None:
        raise ValueError("An offset is needed, such as Z.")
    return moment.astimezone(UTC)


SCALARS: dict[Any, ScalarDefinition] = {
    Currency: CURRENCY,
    URL: strawberry.scalar(
        name="URL", description="An absolute URL.", serialize=str, parse_value=str
    ),
    datetime: strawberry.scalar(
        name="DateTime",
        description="An instant, RFC 3339, UTC.",
        serialize=_instant,
        parse_value=_parse_instant,
    ),
    date: strawberry.scalar(
        name="Date",
        description="A calendar day, ISO 8601: 2001-02-28.",
        serialize=date.isoformat,
        parse_value=date.fromisoformat,
    ),
}
