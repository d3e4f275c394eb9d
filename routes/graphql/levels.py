"""Lists of objects, a level at a time (decision 28).

graphql-core goes object by object: each field of each object is a call, each relation a coroutine
and a task. Here a field of a whole level is one column. Whatever is not plain success, such as an
error or a null where none may be, is left to graphql-core, which does the list again its own way.
"""

from collections.abc import Awaitable
from typing import Any

from graphql import (
    GraphQLBoolean,
    GraphQLField,
    GraphQLID,
    GraphQLLeafType,
    GraphQLList,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLResolveInfo,
    GraphQLString,
    Undefined,
    get_named_type,
    is_leaf_type,
    is_list_type,
    is_non_null_type,
    is_object_type,
)
from graphql.execution import Executor
from graphql.execution.values import get_argument_values
from graphql.pyutils import Path, gather_with_cancel

# Values of these classes are what the client gets, as they stand.
AS_IT_IS: dict[object, type] = {GraphQLString: str, GraphQLID: str, GraphQLBoolean: bool}

type Column = list[Any]
type Info = GraphQLResolveInfo[Any]


class Unfit(Exception):
    """This is for graphql-core to do."""


class LevelExecutor(Executor[Any]):
    """Completes lists of objects by level, and everything else as graphql-core does."""

    _is_plain = False

    def complete_list_value(
        self,
        return_type: GraphQLList[GraphQLOutputType],
        field_details_list: Any,
        info: Info,
        path: Path,
        result: Any,
        position_context: Any,
    ) -> Any:
        """Complete a list."""
        ours = type(result) is list and result and not self._is_plain
        if not ours or is_leaf_type(get_named_type(return_type)):
            return super().complete_list_value(
                return_type, field_details_list, info, path, result, position_context
            )
        return self._by_level(return_type, field_details_list, info, path, result, position_context)

    async def _by_level(
        self,
        return_type: GraphQLList[GraphQLOutputType],
        details: Any,
        info: Info,
        path: Path,
        result: Column,
        position_context: Any,
    ) -> Any:
        try:
            return (await self._lists(return_type, [result], details, info, path))[0]
        except Exception:
            # Once only: a list of lists that fail must not be tried at each of its levels.
            self._is_plain = True
            completed = super().complete_list_value(
                return_type, details, info, path, result, position_context
            )
            return await completed if self.is_awaitable(completed) else completed

    async def _complete(
        self,
        type_: GraphQLOutputType,
        values: Column,
        details: Any,
        info: Info,
        path: Path,
    ) -> Column:
        """Complete what one field has given for a whole level."""
        if is_non_null_type(type_):
            completed = await self._complete(type_.of_type, values, details, info, path)
            return all_there(completed)
        if is_list_type(type_):
            return await self._lists(type_, values, details, info, path)
        if is_leaf_type(type_):
            return leaves(type_, values)
        if is_object_type(type_):
            return await self._objects(type_, values, details, info, path)
        return await self._of_several_types(type_, values, details, info, path)

    async def _lists(
        self, type_: Any, values: Column, details: Any, info: Info, path: Path
    ) -> Column:
        items: Column = []
        for value in values:
            if value.__class__ is list or value.__class__ is tuple:
                items.extend(value)
            elif value is not None:
                raise Unfit
        completed = iter(await self._complete(type_.of_type, items, details, info, path))
        return [
            None if value is None else [next(completed) for _ in range(len(value))]
            for value in values
        ]

    async def _of_several_types(
        self, type_: Any, values: Column, details: Any, info: Info, path: Path
    ) -> Column:
        resolve_type = type_.resolve_type or self.type_resolver
        kinds: dict[type, GraphQLObjectType] = {}
        places: dict[GraphQLObjectType, list[int]] = {}
        for number, value in enumerate(values):
            if value is None:
                continue
            kind = kinds.get(value.__class__)
            if kind is None:
                if not hasattr(value.__class__, "__strawberry_definition__"):
                    raise Unfit
                name = resolve_type(value, info, type_)
                kind = self.ensure_valid_runtime_type(name, type_, details, info, value)
                kinds[value.__class__] = kind
            places.setdefault(kind, []).append(number)
        columns = await together(
            [
                self._objects(kind, [values[n] for n in numbers], details, info, path)
                for kind, numbers in places.items()
            ]
        )
        found: Column = [None] * len(values)
        for numbers, column in zip(places.values(), columns, strict=True):
            for number, value in zip(numbers, column, strict=True):
                found[number] = value
        return found

    async def _objects(
        self,
        type_: GraphQLObjectType,
        values: Column,
        details: Any,
        info: Info,
        path: Path,
    ) -> Column:
        # An object that stands in many places is executed once.
        objects = {id(value): value for value in values if value is not None}
        present = list(objects.values())
        check_kinds(type_, present, info)
        rows = dict(zip(objects, await self._level(type_, present, details, path), strict=True))
        return [None if value is None else rows[id(value)] for value in values]

    async def _level(
        self, type_: GraphQLObjectType, sources: Column, details: Any, path: Path
    ) -> list[dict[str, Any]]:
        """Execute a selection on all objects of a level; returns their response objects."""
        fields, deferred, _ = self.collect_subfields(type_, details)
        if deferred:
            raise Unfit
        columns: dict[str, Column] = {}
        waiting: dict[str, tuple[GraphQLField, Any]] = {}
        for name, field_details in fields.items():
            # Named first, so that the answer has the order of the question.
            columns[name] = []
            field = self.schema.get_field(type_, field_details[0].node.name.value)
            if field is None:
                raise Unfit
            read = getattr(field.resolve, "read", None)
            named = field.type.of_type if is_non_null_type(field.type) else field.type
            if read and is_leaf_type(named):
                column = leaves(named, [read(source) for source in sources])
                columns[name] = column if named is field.type else all_there(column)
            else:
                waiting[name] = field, field_details
        found = await together(
            [self._field(type_, sources, *more, path, name) for name, more in waiting.items()]
        )
        columns.update(zip(waiting, found, strict=True))
        names = tuple(columns)
        return [dict(zip(names, row, strict=True)) for row in zip(*columns.values(), strict=True)]

    async def _field(
        self,
        parent: GraphQLObjectType,
        sources: Column,
        field: GraphQLField,
        details: Any,
        above: Path,
        name: str,
    ) -> Column:
        path = Path(above, name, parent.name)
        nodes = [detail.node for detail in details]
        info = self.build_resolve_info(field, nodes, parent, path)
        values = await self._resolve(field, sources, details[0], info)
        return await self._complete(field.type, values, details, info, path)

    async def _resolve(
        self, field: GraphQLField, sources: Column, detail: Any, info: Info
    ) -> Column:
        resolve = field.resolve or self.field_resolver
        level = getattr(resolve, "level", None)
        if level:
            found: Column = await level(sources, info.context)
            return found
        args: dict[str, Any] = {}
        if field.args:
            args = get_argument_values(
                field, detail.node, self.variable_values, detail.fragment_variable_values
            )
        values = [resolve(source, info, **args) for source in sources]
        waiting = [n for n, value in enumerate(values) if self.is_awaitable(value)]
        found = await together([values[n] for n in waiting])
        for number, value in zip(waiting, found, strict=True):
            values[number] = value
        return values


async def together(waiting: list[Awaitable[Any]]) -> Column:
    """Await all at once; a failure ends the others."""
    if len(waiting) < 2:
        return [await one for one in waiting]
    return await gather_with_cancel(*waiting)


def all_there(column: Column) -> Column:
    """Return the column unless something is missing in it."""
    if any(value is None for value in column):
        raise Unfit
    return column


def check_kinds(type_: GraphQLObjectType, values: Column, info: Info) -> None:
    """Ask one value of each class whether it may stand for the type."""
    for value in {value.__class__: value for value in values}.values():
        if isinstance(value, Exception) or hasattr(value, "__await__"):
            raise Unfit
        if type_.is_type_of and type_.is_type_of(value, info) is not True:
            raise Unfit


def leaves(type_: GraphQLLeafType, values: Column) -> Column:
    """Coerce scalars or enum values."""
    plain = AS_IT_IS.get(type_)
    return [
        value if value is None or value.__class__ is plain else _coerced(type_, value)
        for value in values
    ]


def _coerced(type_: GraphQLLeafType, value: Any) -> Any:
    if isinstance(value, Exception):
        raise Unfit
    coerced = type_.coerce_output_value(value)
    if coerced is None or coerced is Undefined:
        raise Unfit
    return coerced
