"""Documents that are too large are refused before anything runs, and quickly."""

from time import perf_counter, thread_time

import pytest
from graphql import get_introspection_query

from core.settings import Settings
from routes.graphql import Limits
from tests.graphql_transport.conftest import Door, Serve


def bomb(levels: int, leaf: str = "hello", root: str = "") -> str:
    """Fragments that each spread the next twice: 2^levels for whoever walks them naively."""
    links = [f"fragment F{n} on Query {{ ...F{n + 1} ...F{n + 1} }}" for n in range(levels)]
    return " ".join([f"{{ {root} ...F0 }}", *links, f"fragment F{levels} on Query {{ {leaf} }}"])


def item_bomb(levels: int) -> str:
    """Fragments that nest: every level doubles what is resolved."""
    links = [
        f"fragment F{n} on Item {{ a: children {{ ...F{n + 1} }} b: children {{ ...F{n + 1} }} }}"
        for n in range(levels)
    ]
    start = "{ items(first: 1) { edges { node { ...F0 } } } }"
    return " ".join([start, *links, f"fragment F{levels} on Item {{ id }}"])


def nested(levels: int) -> str:
    return "{ items { edges { node {" + " children {" * levels + " id " + "}" * levels + "} } } }"


def introspection_bomb(levels: int) -> str:
    links = [
        f"fragment F{n} on __Type {{ ofType {{ ...F{n + 1} }} interfaces {{ ...F{n + 1} }} }}"
        for n in range(levels)
    ]
    start = "{ __schema { types { ...F0 } } }"
    return " ".join([start, *links, f"fragment F{levels} on __Type {{ name }}"])


def page(first: int, inner: int) -> str:
    return (
        f"{{ items(first: {first}) {{ edges {{ node {{ "
        f"related(first: {inner}) {{ edges {{ node {{ id }} }} }} }} }} }} }}"
    )


ATTACKS = {
    "deep": (nested(20), "DOCUMENT_TOO_DEEP"),
    "very deep": (nested(300), "DOCUMENT_TOO_DEEP"),
    "deep lists": ("{ hello(name: " + "[" * 700 + "]" * 700 + ") }", "DOCUMENT_TOO_DEEP"),
    "aliases": ("{" + " ".join(f"a{n}: hello" for n in range(16)) + "}", "TOO_MANY_ALIASES"),
    "aliases in a fragment": (
        "{ ...F } fragment F on Query {" + " ".join(f"a{n}: hello" for n in range(16)) + "}",
        "TOO_MANY_ALIASES",
    ),
    "directives": ("{ hello" + " @include(if: true)" * 51 + " }", "TOO_MANY_DIRECTIVES"),
    "unknown directives": ("{ hello" + " @x" * 400 + " }", "TOO_MANY_DIRECTIVES"),
    "tokens": ("{" + " hello" * 1_600 + "}", "TOO_MANY_TOKENS"),
    "root fields": ("{" + " hello" * 21 + "}", "TOO_MANY_ROOT_FIELDS"),
    "operations": (
        " ".join(f"query Q{n} {{ hello }}" for n in range(21)),
        "TOO_MANY_OPERATIONS",
    ),
    "pages of pages": (page(100, 100), "TOO_MANY_NODES"),
    "one huge page": ("{ items(first: 1000000000) { edges { node { id } } } }", "TOO_MANY_NODES"),
    "doubling fragments": (item_bomb(7), "TOO_MANY_NODES"),
    "nested introspection": (introspection_bomb(25), "DOCUMENT_TOO_DEEP"),
    "listed introspection": (introspection_bomb(6), "GRAPHQL_VALIDATION_FAILED"),
    "bomb of unknown fields": (bomb(22, "nope"), "GRAPHQL_VALIDATION_FAILED"),
    "nul": ('{ hello(name: "a\\u0000b") }', "BAD_USER_INPUT"),
    "nul in braces": ('{ hello(name: "a\\u{0}b") }', "BAD_USER_INPUT"),
    "lone surrogate": ('{ hello(name: "\\uD800") }', "GRAPHQL_PARSE_FAILED"),
    "conflicts": (
        "{ items { edges { node {"
        + "".join(f" ...F{n}" for n in range(60))
        + "} } } }"
        + "".join(
            f" fragment F{n} on Item {{ related(first: {n}) {{ edges {{ node {{ id }} }} }} }}"
            for n in range(60)
        ),
        "GRAPHQL_VALIDATION_FAILED",
    ),
}


@pytest.mark.parametrize("name", ATTACKS)
async def test_attacks_are_refused(door: Door, name: str) -> None:
    query, code = ATTACKS[name]
    start = perf_counter()
    answer = await door.ask(query)
    assert perf_counter() - start < 1
    assert answer["errors"][0]["extensions"]["code"] == code
    assert "data" not in answer


async def test_nested_fragments_cost_nothing(door: Door) -> None:
    start = thread_time()
    answer = await door.ask(bomb(22))
    # Walked naively, it takes seconds; of client and server together this is a tenth of one.
    assert thread_time() - start < 0.2
    assert answer == {"data": {"hello": "Hello, you"}}


async def test_page_sizes_in_variables_count(door: Door) -> None:
    query = "query($n: Int = 5) { items(first: $n) { edges { node { children { id } } } } }"
    assert "errors" not in await door.ask(query)
    assert "errors" not in await door.ask(query, variables={"n": 10})
    for n in (10_000, 2**31 - 1):
        answer = await door.ask(query, variables={"n": n})
        assert answer["errors"][0]["extensions"]["code"] == "TOO_MANY_NODES"
    assert "errors" not in await door.ask(query, variables={"n": 10})
    answer = await door.ask(query, variables={"n": "many"})
    assert answer["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"


async def test_values_are_bounded(serve: Serve) -> None:
    door = await serve(max_values=100)
    answer = await door.ask("{ items(first: 50) { edges { node { id name } } } }")
    assert answer["errors"][0]["extensions"]["code"] == "TOO_COMPLEX"


async def test_tools_may_introspect(door: Door) -> None:
    query = get_introspection_query(input_value_deprecation=True, type_depth=13)
    assert "errors" not in await door.ask(query)


async def test_introspection_can_be_off(serve: Serve) -> None:
    door = await serve(introspection=False)
    for query in (
        "{ __schema { types { name } } }",
        '{ hello ...F } fragment F on Query { __type(name: "Item") { name } }',
    ):
        answer = await door.ask(query)
        assert answer["errors"][0]["extensions"]["code"] == "INTROSPECTION_DISABLED"
    assert (await door.ask("{ __typename }"))["data"] == {"__typename": "Query"}
    answer = await door.ask("{ helo }")
    assert "Did you mean" not in answer["errors"][0]["message"]


async def test_known_documents_are_kept_and_bounded(serve: Serve) -> None:
    door = await serve(cached_documents=2)
    for name in "abcab":
        assert await door.ask(f"{{ {name}: hello }}") == {"data": {name: "Hello, you"}}


def test_operators_set_limits() -> None:
    limits = Limits.of(Settings(max_depth=3, allowed_origins=("https://a.example",)))
    assert (limits.max_depth, limits.allowed_origins) == (3, ("https://a.example",))
