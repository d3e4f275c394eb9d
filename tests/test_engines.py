"""Which engines the graph's tests run on: all of them, or the run says what is left out."""

import ast
import os
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

from sandbox import java
from sandbox.java import LTS, NEWEST
from tests.conftest import pytest_configure

ROOT = Path(__file__).resolve().parents[1]
TESTS = ROOT / "tests"
OLD, NEW = (17, Path("old/java")), (25, Path("new/java"))


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> pytest.MonkeyPatch:
    """A machine with both kinds of Java and Maven, and nothing fetched yet."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.delenv("NEO4J_VERSION", raising=False)
    monkeypatch.setattr(java, "javas", lambda: [NEW, OLD])
    monkeypatch.setattr("shutil.which", lambda name: f"/usr/bin/{name}")
    monkeypatch.setenv("CI", "true")
    return monkeypatch


def test_each_version_gets_the_java_that_it_is_made_for(machine: pytest.MonkeyPatch) -> None:
    assert java.choose(None) == (NEWEST, NEW[1])
    assert java.choose(LTS) == (LTS, OLD[1])
    machine.setattr(java, "javas", lambda: [OLD])
    assert java.choose(None) == (LTS, OLD[1])


def test_ci_has_to_run_all(machine: pytest.MonkeyPatch) -> None:
    told, will_do = java.coverage()
    assert told == f"tests run on ArcadeDB and on Neo4j {NEWEST}, the chief ones also on {LTS}"
    assert will_do
    machine.setattr(java, "javas", lambda: [OLD])
    assert java.coverage() == (f"tests run on ArcadeDB and on Neo4j {LTS}", True)
    for javas, what in (
        ([], "the Neo4j half is not run"),
        ([NEW], "what is shipped is not run"),
    ):
        machine.setattr(java, "javas", lambda javas=javas: javas)
        machine.setenv("CI", "true")
        told, will_do = java.coverage()
        assert what in told
        assert "\n" not in told
        assert not will_do
        for word in ("", "false", "0"):
            machine.setenv("CI", word)
            assert java.coverage() == (told.removesuffix(" (CI has to run all)"), True)


def test_in_ci_no_test_begins_where_not_all_can_run(machine: pytest.MonkeyPatch) -> None:
    machine.setattr(java, "javas", list)
    with pytest.raises(pytest.UsageError, match=r"^graph: .* the Neo4j half is not run: .*CI"):
        pytest_configure()


def run(tmp_path: Path, ci: str, *words: str) -> tuple[int, list[str]]:
    """Run a command where Maven is missing and no Neo4j was ever fetched."""
    env = {**os.environ, "CI": ci, "XDG_CACHE_HOME": str(tmp_path), "PATH": str(tmp_path)}
    for name in ("NEO4J_VERSION", "PYTEST_XDIST_WORKER", "PYTEST_ADDOPTS", "JAVA_HOME"):
        env.pop(name, None)
    done = subprocess.run(
        [sys.executable, *words], cwd=ROOT, env=env, capture_output=True, text=True, check=False
    )
    return done.returncode, (done.stdout + done.stderr).strip().splitlines()


ONE = ("-m", "pytest", "-p", "no:cacheprovider", "-p", "no:xdist")
ONE += ("tests/catalogue/test_projection.py", "-k", "one_typed_graph and neo4j")


def test_without_maven_ci_fails_with_one_line_and_a_laptop_says_so(tmp_path: Path) -> None:
    code, (line,) = run(tmp_path, "true", "cli.py", "check")
    assert (code, line.split()[:2]) == (1, ["graph", "FAILED:"])
    assert "the Neo4j half is not run: Neo4j " in line
    code, lines = run(tmp_path, "", *ONE)
    assert code == pytest.ExitCode.OK
    assert "1 skipped" in lines[-1]
    (line,) = [line for line in lines if line.startswith("graph: ")]
    assert "the Neo4j half is not run: Neo4j " in line


type Function = ast.FunctionDef | ast.AsyncFunctionDef
# Said of a graph; or by the world's services, which do nothing else.
QUESTIONS, SERVICES = {"read", "write", "ping"}, {"graph_hash", "rebuild", "project", "is_empty"}


@cache
def tree(path: Path) -> ast.Module:
    """A file of the tests."""
    return ast.parse(path.read_text(encoding="utf-8"))


def functions(path: Path) -> dict[str, Function]:
    """The functions of a file by their names, not those of its classes."""
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
    return {node.name: node for node in tree(path).body if isinstance(node, kinds)}


def imported(path: Path) -> dict[str, Path]:
    """The names that a file has from other files of the tests."""
    found = {}
    for node in tree(path).body:
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("tests."):
            source = ROOT / f"{(node.module or '').replace('.', '/')}.py"
            found |= {alias.asname or alias.name: source for alias in node.names}
    return found


type Place = tuple[Path, str]


def asks(path: Path, function: Function) -> bool:
    """Tell whether a function itself asks a graph, or has one made anew."""
    for node in ast.walk(function):
        if isinstance(node, ast.Attribute):
            owner = ast.unparse(node.value)
            if node.attr in SERVICES or (node.attr in QUESTIONS and owner.endswith("graph")):
                return True
        elif isinstance(node, ast.Name) and node.id in SERVICES:
            return True
    return False


def named(path: Path, function: Function) -> set[Place]:
    """The functions of tests that a function names."""
    homes = imported(path)
    names = {node.id for node in ast.walk(function) if isinstance(node, ast.Name)}
    return {(homes.get(name, path), name) for name in names}


def asking() -> set[Place]:
    """Every function of the tests that asks the graph, by itself or by another one."""
    every = {
        (path, name): function
        for path in TESTS.rglob("*.py")
        for name, function in functions(path).items()
    }
    found = {place for place, function in every.items() if asks(place[0], function)}
    naming = {place: named(place[0], function) for place, function in every.items()}
    while more := {place for place in naming.keys() - found if naming[place] & found}:
        found |= more
    return found


def with_engine() -> set[str]:
    """The fixtures that bring an engine with them."""
    found, before = {"engine"}, 0
    while len(found) > before:
        before = len(found)
        for path in TESTS.rglob("*.py"):
            for name, function in functions(path).items():
                if found & {arg.arg for arg in function.args.args} and _is_fixture(function):
                    found.add(name)
    return found


def _is_fixture(function: Function) -> bool:
    return any("fixture" in ast.unparse(one) for one in function.decorator_list)


def used(path: Path, function: Function) -> set[str]:
    """The fixtures that a test asks for, and those that its file has all tests use."""
    marks = [ast.unparse(one) for one in function.decorator_list]
    marks += [ast.unparse(node) for node in tree(path).body if isinstance(node, ast.Assign)]
    named = {
        node.value
        for mark in marks
        if "usefixtures" in mark
        for node in ast.walk(ast.parse(mark))
        if isinstance(node, ast.Constant)
    }
    return named | {arg.arg for arg in function.args.args}


def test_whatever_asks_the_graph_runs_on_each_engine() -> None:
    bring = with_engine()
    assert "world_door" in bring
    tests = [(path, functions(path)[name]) for path, name in asking() if name.startswith("test_")]
    assert len(tests) > 20
    strays = [f"{path.name}: {one.name}" for path, one in tests if not used(path, one) & bring]
    assert strays == []
