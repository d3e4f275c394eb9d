"""What the graph should hold: each domain tells how its rows look as nodes.

A domain registers a function that reads the present state of rows by their keys:

    @projects("customer", "Customer", Customer)
    async def customers(session, keys): return [NodeState("Customer", key, {...}, [...])]

and sends `GraphChange("customer", id)` with every write that changes that state. A key without a
state is a node to delete. Several functions may describe one kind; what they tell is merged.
"""

import re
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, LiteralString

import orjson
from sqlalchemy import Date, Enum
from sqlalchemy.ext.asyncio import AsyncSession

from core.db import Base

NAME = re.compile(r"[A-Z][A-Za-z_]{0,39}", re.ASCII)

type Value = str | int | float | bool | list[str] | None


@dataclass(frozen=True)
class Relation:
    """An arrow to a node; only the target's label and key are needed."""

    type: LiteralString
    label: LiteralString
    id: str
    properties: Mapping[str, Value] = field(default_factory=dict)


@dataclass(frozen=True)
class NodeState:
    """A node as it should be, with all its outgoing relations."""

    label: LiteralString
    id: str
    properties: Mapping[str, Value]
    relations: Sequence[Relation] = ()


type Describe = Callable[[AsyncSession, list[str]], Awaitable[list[NodeState]]]


@dataclass(frozen=True)
class Kind:
    """A kind of `GraphChange`: its label, the table of its keys, and who describes it."""

    label: LiteralString
    rows: type[Base]
    describe: list[Describe]


kinds: dict[str, Kind] = {}


def projects(kind: str, label: LiteralString, rows: type[Base]) -> Callable[[Describe], Describe]:
    """Describe nodes of this kind by this function; the keys are ids of `rows`."""
    new = Kind(named(label), rows, [])

    def bind(describe: Describe) -> Describe:
        kinds.setdefault(kind, new).describe.append(describe)
        return describe

    return bind


def named(name: LiteralString) -> LiteralString:
    """Return a label or a type; anything but a plain word never becomes part of a query."""
    if not NAME.fullmatch(name):
        raise ValueError(f"not a name for the graph: {name!r}")
    return name


async def states(session: AsyncSession, kind: Kind, keys: Iterable[str]) -> list[NodeState]:
    """Return the present states of these keys; those without a row are left out."""
    wanted = sorted(keys)
    found: dict[str, NodeState] = {}
    for describe in kind.describe:
        for state in await describe(session, wanted):
            known = found.get(state.id)
            found[state.id] = _merged(known, state) if known else state
    return list(found.values())


def _merged(one: NodeState, other: NodeState) -> NodeState:
    properties = {**one.properties, **other.properties}
    return NodeState(one.label, one.id, properties, [*one.relations, *other.relations])


def doc(row: Base) -> str:
    """Write a row's columns as JSON, for fields that show a node without asking Postgres."""
    columns = (c.key for c in row.__table__.columns if c.key != "created_at")
    values = {name: getattr(row, name) for name in columns}
    return orjson.dumps(values, option=orjson.OPT_SORT_KEYS).decode()


@lru_cache(maxsize=8_192)
def from_doc[M: Base](model: type[M], text: str) -> M:
    """Return the row that `doc` wrote, outside any session and shared: not to be changed."""
    values: dict[str, Any] = orjson.loads(text)
    for column in model.__table__.columns:
        value = values.get(column.key)
        if value is None:
            continue
        if isinstance(column.type, Enum) and column.type.enum_class:
            values[column.key] = column.type.enum_class(value)
        elif isinstance(column.type, Date):
            values[column.key] = column.type.python_type.fromisoformat(value)
    known = {name: values[name] for name in values if name in model.__table__.columns}
    return model(**known)
