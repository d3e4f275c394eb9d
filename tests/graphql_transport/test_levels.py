"""Lists by level give what graphql-core gives, errors and their places included."""

import asyncio
import enum
from collections import Counter
from inspect import isawaitable
from typing import Annotated, Any

import pytest
import strawberry
from graphql import ExecutionResult, execute, parse
from graphql.execution import Executor

from routes.graphql.levels import LevelExecutor
from routes.graphql.speed import quicken

calls: Counter[str] = Counter()


@strawberry.enum
class Size(enum.Enum):
    SMALL = "s"
    LARGE = "l"


@strawberry.interface
class Named:
    name: str


@strawberry.type
class Stone(Named):
    weight: float | None = None


async def _leaves(root: "Tree", info: strawberry.Info[Any, None]) -> "list[Leaf]":
    calls["one by one"] += 1
    await asyncio.sleep(0)
    return root.made()


async def _leaves_of(roots: "list[Tree]", context: Any) -> "list[list[Leaf]]":
    calls["level"] += 1
    await asyncio.sleep(0)
    return [root.made() for root in roots]


_leaves.level = _leaves_of  # type: ignore[attr-defined]


@strawberry.type
class Leaf:
    number: int
    tree: "Annotated[Tree, strawberry.lazy(__name__)] | None" = None

    @strawberry.field
    def fails(self) -> int | None:
        if self.number == 1:
            raise ValueError("no leaf")
        return self.number

    @strawberry.field
    async def fails_late(self) -> int:
        await asyncio.sleep(0)
        if self.number == 1:
            raise ValueError("too late")
        return self.number


@strawberry.type
class Tree(Named):
    count: int
    size: Size = Size.SMALL
    tags: list[str] = strawberry.field(default_factory=list)
    leaves: list[Leaf] = strawberry.field(resolver=_leaves)

    def made(self) -> list[Leaf]:
        return [Leaf(number=n, tree=self) for n in range(self.count)]

    @strawberry.field
    def times(self, by: int = 2) -> int:
        return self.count * by

    @strawberry.field
    async def grid(self) -> list[list[Leaf]]:
        return [self.made(), [], self.made()]

    @strawberry.field
    def maybe(self) -> list[Leaf | None]:
        return [None, *self.made()]

    @strawberry.field
    def none(self) -> list[Leaf] | None:
        return None if self.count else []

    @strawberry.field
    def huge(self) -> int | None:
        return 2**40 if self.count == 2 else 1

    @strawberry.field
    def missing(self) -> str:
        return None if self.count == 2 else "there"  # type: ignore[return-value]


def _trees() -> list[Tree]:
    return [Tree(name=f"t{n}", count=n, tags=["a"] * n) for n in range(4)]


@strawberry.type
class Query:
    @strawberry.field
    def trees(self) -> list[Tree]:
        return _trees()

    @strawberry.field
    def things(self) -> list[Named]:
        return [Stone(name="s"), *_trees(), Stone(name="r", weight=2.5)]

    @strawberry.field
    def either(self) -> list[Tree | Stone | None]:
        return [Stone(name="s"), None, *_trees()]

    @strawberry.field
    def wrong(self) -> list[Tree]:
        return [*_trees(), Stone(name="not a tree")]  # type: ignore[list-item]

    @strawberry.field
    def weak(self) -> list[Tree | None]:
        return list(_trees())


schema = strawberry.Schema(Query, types=[Stone])._schema
quicken(schema)

GOOD = [
    "{ trees { name } }",
    "{ trees { __typename again: name name size count tags } }",
    "{ trees { leaves { number tree { name leaves { number } } } } }",
    "{ trees { times } }",
    "query ($by: Int!) { trees { times(by: $by) twice: times(by: 3) } }",
    "{ trees { grid { number } maybe { number } none { number } } }",
    "{ things { __typename name ... on Tree { leaves { number } } ... on Stone { weight } } }",
    "{ either { ... on Tree { name count } ... on Stone { name weight } } }",
    "query ($no: Boolean!) { trees { name @skip(if: $no) count @include(if: $no) } }",
    "{ trees { ...T leaves { number } } } fragment T on Tree { count leaves { fine: number } }",
    "{ trees { leaves { number } } other: trees { leaves { tree { leaves { number } } } } }",
    "{ __schema { types { name fields { name type { name ofType { kind } } } } } }",
]
BAD = [
    "{ trees { leaves { fails } } }",
    "{ trees { name leaves { number failsLate } } }",
    "{ weak { name missing } }",
    "{ weak { leaves { failsLate } } things { name ... on Tree { leaves { fails } } } }",
    "{ trees { huge } }",
    "{ wrong { name count } }",
    "{ trees { missing } }",
]
VARIABLES = {"by": 5, "no": True}


async def run(document: str, kind: type[Executor[Any]]) -> ExecutionResult:
    result: Any = execute(
        schema, parse(document), variable_values=VARIABLES, executor_class=kind, context_value={}
    )
    return await result if isawaitable(result) else result


def shown(result: ExecutionResult) -> dict[str, Any]:
    """The whole answer; errors in an order of their own, as they come in parallel."""
    errors = [error.formatted for error in result.errors or ()]
    return {"data": result.data, "errors": sorted(errors, key=repr)}


@pytest.mark.parametrize("document", GOOD)
async def test_answers_are_the_same(document: str, monkeypatch: pytest.MonkeyPatch) -> None:
    theirs = await run(document, Executor)
    assert theirs.errors is None
    # What is plain success is done by level to its end.
    monkeypatch.setattr(LevelExecutor, "_is_plain", property(lambda self: False))
    ours = await run(document, LevelExecutor)
    assert shown(ours) == shown(theirs)
    assert str(ours.data) == str(theirs.data)


@pytest.mark.parametrize("document", BAD)
async def test_errors_are_the_same(document: str) -> None:
    theirs = await run(document, Executor)
    assert theirs.errors
    assert shown(await run(document, LevelExecutor)) == shown(theirs)


async def test_a_relation_is_asked_once_a_level() -> None:
    calls.clear()
    result = await run("{ trees { leaves { tree { leaves { number } } } } }", LevelExecutor)
    assert result.errors is None
    assert calls == {"level": 2}


async def test_what_is_cancelled_leaves_nothing_behind() -> None:
    task = asyncio.create_task(run("{ trees { leaves { failsLate } } }", LevelExecutor))
    before = asyncio.all_tasks()
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await asyncio.sleep(0)
    assert asyncio.all_tasks() <= before - {task}
