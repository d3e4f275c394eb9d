"""What keeps the code in shape (decision 25): each rule is read off the running program."""

import ast
import importlib
import inspect
import pkgutil
import subprocess
import sys
from itertools import combinations
from pathlib import Path

import pytest
from graphql import GraphQLObjectType, GraphQLUnionType, build_schema, parse
from sqlalchemy.orm import configure_mappers

import models
import workers
from core.db import Base
from core.errors import DomainError
from core.outbox import Task
from resolvers.export import PATH, sdl
from resolvers.root import Mutation, Query, Subscription, schema
from schema.access import Access
from schema.describe import undescribed
from schema.errors import handlers as shown_errors
from workers.base import handlers

ROOT = Path(__file__).resolve().parents[1]
LAYERS = ("core", "models", "gateways", "services", "dataloaders", "workers")
LAYERS += ("schema", "resolvers", "routes", "sandbox")
LONGEST_FUNCTION = 40
LONGEST_FILE = 300


def sources() -> list[Path]:
    files = [path for layer in LAYERS for path in (ROOT / layer).rglob("*.py")]
    return [*files, ROOT / "app.py", ROOT / "cli.py"]


def test_every_root_field_says_who_may_use_it() -> None:
    for root in (Query, Mutation, Subscription):
        for field in root.__strawberry_definition__.fields:
            rules = [one for one in field.extensions if isinstance(one, Access)]
            assert len(rules) == 1, f"{root.__name__}.{field.name}"


def test_the_file_is_what_is_served_and_is_valid() -> None:
    assert PATH.read_text(encoding="utf-8") == sdl()
    assert build_schema(sdl()).query_type is not None
    for root in ("Query", "Mutation", "Subscription"):
        definition = next(
            one
            for one in parse(sdl()).definitions
            if getattr(one, "name", None) and one.name.value == root  # type: ignore[union-attr]
        )
        for field in definition.fields:  # type: ignore[attr-defined]
            names = {directive.name.value for directive in field.directives}
            assert names & {"public", "signedIn", "adult", "staff"}, f"{root}.{field.name.value}"


def test_everything_in_the_graph_is_described() -> None:
    assert undescribed(schema) == []


def test_members_of_a_union_merge_without_aliases() -> None:
    """GraphQL's field-merging rule: equal names need equal types (decision 31)."""
    clashes = []
    for union in schema._schema.type_map.values():
        if isinstance(union, GraphQLUnionType):
            for one, other in combinations(union.types, 2):
                clashes += _clashes(union.name, one, other)
    assert clashes == []


def _clashes(union: str, one: GraphQLObjectType, other: GraphQLObjectType) -> list[str]:
    shared = set(one.fields) & set(other.fields)
    return [
        f"{union}: {one.name}.{name} and {other.name}.{name}"
        for name in sorted(shared)
        if str(one.fields[name].type) != str(other.fields[name].type)
    ]


def test_every_task_has_one_handler() -> None:
    workers.import_handlers()
    tasks = {task for task in Task.__subclasses__() if not task.__module__.startswith("tests")}
    assert tasks == set(handlers)


def test_every_rule_that_says_no_is_shown() -> None:
    shown = {kind for handler in shown_errors for kind in handler.exception_type}
    errors = {error for error in _below(DomainError) if not error.__module__.startswith("tests")}
    hidden = {error for error in errors if not any(issubclass(error, kind) for kind in shown)}
    assert hidden == set()


def _below(cls: type[DomainError]) -> set[type[DomainError]]:
    found = set(cls.__subclasses__())
    return found.union(*(_below(child) for child in found))


def test_no_relationship_loads_lazily() -> None:
    for module in pkgutil.walk_packages(models.__path__, "models."):
        importlib.import_module(module.name)
    configure_mappers()
    for mapper in Base.registry.mappers:
        for relationship in mapper.relationships:
            assert relationship.lazy in ("raise", "raise_on_sql"), relationship


@pytest.mark.parametrize("path", sources(), ids=lambda path: str(path.relative_to(ROOT)))
def test_files_and_functions_stay_short(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert text.count("\n") <= LONGEST_FILE
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = (node.end_lineno or node.lineno) - node.lineno + 1
            assert length <= LONGEST_FUNCTION, f"{node.name} has {length} lines"


def test_public_names_of_our_layers_have_docstrings() -> None:
    missing = []
    for path in sources():
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            named = isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
            if named and not node.name.startswith("_") and not ast.get_docstring(node):
                missing.append(f"{path.relative_to(ROOT)}: {node.name}")
    assert missing == []


def test_layers_point_down() -> None:
    command = [str(Path(sys.executable).parent / "lint-imports"), "--no-logo"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_libraries_stay_where_they_belong() -> None:
    allowed = {
        "strawberry": ("schema", "resolvers", "dataloaders", "routes/graphql", "app.py"),
        "dramatiq": ("core/outbox.py", "core/broker.py", "workers"),
        "openai": ("gateways", "sandbox"),
        "stripe": ("gateways/payments", "gateways/age.py"),
        "boto3": ("gateways", "sandbox"),
    }
    strays = [
        f"{path.relative_to(ROOT)} imports {library}"
        for path in sources()
        for library in _imports(path)
        if library in allowed and not str(path.relative_to(ROOT)).startswith(allowed[library])
    ]
    assert strays == []


def _imports(path: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.add(node.module.split(".")[0])
    return found


def test_sources_can_be_read() -> None:
    """`describe` reads docstrings below fields: it needs the source of each type."""
    assert inspect.getsource(Query)
