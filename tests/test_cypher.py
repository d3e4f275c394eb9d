"""Row W2: every Cypher text is a constant of the code, and every value goes beside it."""

import ast
import re
from collections.abc import Iterator

import pytest

from tests.test_architecture import ROOT, sources

CYPHER = re.compile(r"\b(MATCH|UNWIND|MERGE|DETACH|CONSTRAINT|RETURN [a-z1])\b")
READS = {"read", "write"}
# The one place that hands texts to the driver.
DRIVER = "core/graph.py"


def is_cypher(node: ast.JoinedStr) -> bool:
    """Tell whether this text with holes is a query, or a part of one."""
    parts = (part.value for part in node.values if isinstance(part, ast.Constant))
    return any(CYPHER.search(str(part)) for part in parts)


def named(call: ast.expr | None) -> bool:
    """Tell whether this is `named(…)`, which refuses all but a plain word."""
    return isinstance(call, ast.Call) and getattr(call.func, "id", "") == "named"


def literal(annotation: ast.expr | None) -> bool:
    """Tell whether this says `LiteralString`, or many of them."""
    return annotation is not None and "LiteralString" in ast.unparse(annotation)


def safe_names(tree: ast.AST) -> Iterator[str]:
    """Yield names that stand for texts of the code: annotated so, or checked by `named`."""
    makers = {
        node.name
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef) and literal(node.returns)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.arg | ast.AnnAssign) and literal(node.annotation):
            yield node.arg if isinstance(node, ast.arg) else ast.unparse(node.target)
        elif isinstance(node, ast.Assign) and (
            named(node.value) or isinstance(node.value, ast.Constant)
        ):
            yield from (ast.unparse(target) for target in node.targets)
        elif isinstance(node, ast.For) and ast.unparse(node.iter) in {f"{m}()" for m in makers}:
            yield ast.unparse(node.target)


def strangers(tree: ast.AST) -> list[str]:
    """Return what a query of this file is made of besides texts of the code."""
    known, found = set(safe_names(tree)), []
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr) and is_cypher(node):
            holes = (part.value for part in node.values if isinstance(part, ast.FormattedValue))
            found += [
                f"line {node.lineno}: {{{ast.unparse(hole)}}}"
                for hole in holes
                if not named(hole) and ast.unparse(hole) not in known
            ]
        elif isinstance(node, ast.BinOp | ast.Call) and _is_pasted(node):
            found.append(f"line {node.lineno}: {ast.unparse(node)}")
    return found


def _is_pasted(node: ast.BinOp | ast.Call) -> bool:
    """Tell whether this puts a query together by `+`, `%` or `format`."""
    if isinstance(node, ast.Call):
        return getattr(node.func, "attr", "") == "format" and bool(
            CYPHER.search(ast.unparse(node.func))
        )
    sides = [side.value for side in (node.left, node.right) if isinstance(side, ast.Constant)]
    return any(isinstance(side, str) and CYPHER.search(side) for side in sides)


def unknown_texts(tree: ast.AST) -> list[str]:
    """Return the calls of the graph whose query is not seen to be a text of the code."""
    known, found = set(safe_names(tree)), []
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.args:
            owner = ast.unparse(node.func.value)
            if node.func.attr in READS and owner.endswith("graph"):
                query = node.args[0]
                constant = isinstance(query, ast.Constant | ast.JoinedStr)
                if not constant and ast.unparse(query) not in known:
                    found.append(f"line {node.lineno}: {ast.unparse(query)}")
    return found


def test_cypher_is_constant() -> None:
    found = []
    for path in sources():
        if "sandbox" not in path.parts:
            tree = ast.parse(path.read_text(encoding="utf-8"))
            odd = strangers(tree) + unknown_texts(tree)
            found += [f"{path.relative_to(ROOT)}, {what}" for what in odd]
    assert found == []


def test_one_module_speaks_to_the_driver() -> None:
    users = {
        path.relative_to(ROOT).as_posix()
        for path in sources()
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "neo4j"
        if {alias.name for alias in node.names} & {"AsyncGraphDatabase", "GraphDatabase", "Query"}
        if "sandbox" not in path.parts
    }
    assert users == {DRIVER}


@pytest.mark.parametrize(
    "text",
    [
        'def f(id): graph.read(f"MATCH (n {{id: {id}}}) RETURN n")',
        'def f(id): graph.read("MATCH (n {id: " + id + "}) RETURN n")',
        'def f(id): graph.read("MATCH (n {id: %s}) RETURN n" % id)',
        'def f(id): graph.read("MATCH (n {{id: {}}}) RETURN n".format(id))',
        "def f(query): graph.read(query)",
    ],
)
def test_a_text_from_outside_is_found(text: str) -> None:
    tree = ast.parse(text)
    assert strangers(tree) + unknown_texts(tree) != []
