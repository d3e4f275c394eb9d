"""How rows become GraphQL types."""

from collections.abc import Callable, Iterable
from contextvars import ContextVar
from dataclasses import dataclass, fields
from functools import cache, cached_property
from operator import attrgetter
from typing import Any, Self, cast

import strawberry

from core.i18n import current_locale, pick
from schema.context import Context, Info


@dataclass(kw_only=True)
class View[Row]:
    """A type that shows a row: fields of the same name are copied from it.

    A `{"ko": …, "en": …}` column becomes text in the language of the request.
    """

    row: strawberry.Private[Row]

    @classmethod
    def of(cls, row: Row) -> Self:
        """Show this row; within one level the same row is the same object."""
        level = _of_level.get()
        if level is not None and (shown := level.get((cls, id(row)))) is not None:
            return cast("Self", shown)
        view, (names, read) = cls.__new__(cls), _copied(cls)  # type: ignore[arg-type]
        # What the dataclass's own __init__ does, without taking each value by its name.
        vars(view).update(zip(names, map(_shown, read(row)), strict=True), row=row)
        if level is not None:
            # The view holds its row, so that no other row can come to have its id.
            level[cls, id(row)] = view
        return view

    @classmethod
    def maybe(cls, row: Row | None) -> Self | None:
        """Show this row, if there is one."""
        return None if row is None else cls.of(row)

    @classmethod
    def each(cls, rows: Iterable[Row]) -> list[Self]:
        """Show these rows."""
        return [cls.of(row) for row in rows]


# What was shown already of the level under way: many products are made of the same few things.
_of_level: ContextVar[dict[tuple[type, int], Any] | None] = ContextVar("level", default=None)


@cache
def _copied(cls: Any) -> tuple[tuple[str, ...], Callable[[Any], tuple[Any, ...]]]:
    """Return the names of what is copied, and how to read all of it at once."""
    names = tuple(field.name for field in fields(cls) if field.init and field.name != "row")
    if len(names) > 1:
        return names, attrgetter(*names)
    return names, lambda row: tuple(getattr(row, name) for name in names)


def _shown(value: Any) -> Any:
    if value.__class__ is dict and ("ko" in value or "en" in value):
        return pick(value, current_locale.get())
    return value


def related(
    relation: cached_property[Any],
    show: Callable[[Any], Any],
    key: Callable[[Any], Any] = lambda root: root.id,
    description: str | None = None,
) -> Any:
    """Declare a relation (decision 28): a field that is one load of this loader.

    `show` turns what was loaded into what is shown, and `key` tells what to load by; a key of
    None loads nothing.
    """

    async def resolve(root: Any, info: Info) -> Any:
        by = key(root)
        if by is None:
            return None
        return show(await getattr(info.context.loaders, relation.attrname or "").load(by))

    async def level(roots: list[Any], context: Context) -> list[Any]:
        load = getattr(context.loaders, relation.attrname or "").load
        keys = [key(root) for root in roots]
        # Asked for together and then awaited one by one: they are of one batch, and come together.
        found = [None if by is None else load(by) for by in keys]
        loaded = [None if one is None else await one for one in found]
        token = _of_level.set({})
        try:
            return [
                None if one is None else show(value)
                for one, value in zip(found, loaded, strict=True)
            ]
        finally:
            _of_level.reset(token)

    resolve.level = level  # type: ignore[attr-defined]
    return strawberry.field(resolver=resolve, description=description)


@strawberry.interface
class Node:
    """Anything with an id of its own; any id can be given to `node`."""

    id: strawberry.ID
    """Opaque, stable and the same everywhere: in logs, in links, in other protocols."""
