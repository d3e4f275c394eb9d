"""Docstrings are the descriptions of the graph: of types, fields, arguments and enum values.

A string below a field or an enum member describes it. In a resolver's docstring a line such as
"`text`: words to find" describes an argument.
"""

import ast
import inspect
import re
import textwrap
from functools import cache
from itertools import pairwise
from typing import Any

import strawberry
from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLUnionType,
)
from strawberry.types.base import StrawberryObjectDefinition
from strawberry.types.enum import StrawberryEnumDefinition

WITH_FIELDS = (GraphQLObjectType, GraphQLInterfaceType, GraphQLInputObjectType)
ARGUMENT = re.compile(r"^`(\w+)`: (.+)$")
COMMON = {
    "first": "How many entries at most: 1 to 100.",
    "after": "The cursor after which to read on.",
    "id": "The id of the thing.",
    "ids": "The ids of the things: at most 100.",
    "input": "What to do it with.",
    "filter": "Which entries to list; all conditions must hold.",
    "sort": "In which order.",
    "idempotencyKey": "A key of your making, 1 to 255 characters: the same request sent again with "
    "it gives the first answer, for 48 hours.",
}


def describe(schema: strawberry.Schema) -> strawberry.Schema:
    """Set the descriptions that the code gives as docstrings."""
    for kind in schema._schema.type_map.values():
        definition = kind.extensions.get("strawberry-definition")
        if isinstance(definition, StrawberryObjectDefinition) and isinstance(kind, WITH_FIELDS):
            _describe_type(kind, definition, schema)
        elif isinstance(definition, StrawberryEnumDefinition) and isinstance(kind, GraphQLEnumType):
            _describe_enum(kind, definition.wrapped_cls)
        elif isinstance(kind, GraphQLUnionType):
            kind.description = kind.description or _union_text(kind)
    for directive in schema._schema.directives:
        origin = getattr(directive.extensions.get("strawberry-definition"), "origin", None)
        if origin is not None:
            directive.description = directive.description or _docstring(origin)
            for name, argument in directive.args.items():
                told = attribute_texts(origin).get(name)
                argument.description = argument.description or told
    return schema


def _describe_type(
    kind: Any, definition: StrawberryObjectDefinition, schema: strawberry.Schema
) -> None:
    kind.description = kind.description or _docstring(definition.origin)
    texts = attribute_texts(definition.origin)  # type: ignore[arg-type]
    for field in definition.fields:
        shown = kind.fields[schema.config.name_converter.from_field(field)]
        text, arguments = texts.get(field.python_name), dict[str, str]()
        if field.base_resolver:
            doc = inspect.getdoc(field.base_resolver.wrapped_func)
            text, arguments = _split(doc) if doc else (text, arguments)
        shown.description = shown.description or text or COMMON.get(shown_name(field, schema))
        for name, argument in getattr(shown, "args", {}).items():
            told = arguments.get(name) or COMMON.get(name)
            argument.description = argument.description or told


def shown_name(field: Any, schema: strawberry.Schema) -> str:
    """Return the name of a field as clients see it."""
    return schema.config.name_converter.from_field(field)


def _describe_enum(kind: GraphQLEnumType, cls: Any) -> None:
    kind.description = kind.description or _docstring(cls)
    texts = attribute_texts(cls)
    for name, value in kind.values.items():
        value.description = value.description or texts.get(name)


def _union_text(kind: GraphQLNamedType) -> str:
    members = [member.name for member in getattr(kind, "types", ())]
    if kind.name.endswith("Result"):
        return f"{members[0]} when it worked, else why not."
    return f"One of {', '.join(members)}."


@cache
def attribute_texts(cls: type) -> dict[str, str]:
    """Return the string that stands below each attribute of a class or of its bases."""
    found: dict[str, str] = {}
    for base in reversed(cls.__mro__):
        if base.__module__.split(".")[0] in ("builtins", "typing", "enum", "strawberry"):
            continue
        try:
            tree = ast.parse(textwrap.dedent(inspect.getsource(base)))
        except (OSError, TypeError):
            continue
        if isinstance(tree.body[0], ast.ClassDef):
            found.update(_texts_below(tree.body[0].body))
    return found


def _texts_below(body: list[ast.stmt]) -> dict[str, str]:
    found = {}
    for statement, below in pairwise(body):
        if isinstance(below, ast.Expr) and isinstance(below.value, ast.Constant):
            target = getattr(statement, "target", None) or next(
                iter(getattr(statement, "targets", [])), None
            )
            if isinstance(target, ast.Name) and isinstance(below.value.value, str):
                found[target.id] = inspect.cleandoc(below.value.value)
    return found


def _split(doc: str) -> tuple[str, dict[str, str]]:
    text, arguments = [], {}
    for line in doc.splitlines():
        if match := ARGUMENT.match(line):
            arguments[match[1]] = match[2]
        else:
            text.append(line)
    return "\n".join(text).strip(), arguments


def _docstring(cls: type) -> str | None:
    for base in cls.__mro__[:2]:
        text = base.__dict__.get("__doc__") or ""
        if text and not text.startswith(f"{base.__name__}(") and base is not object:
            return inspect.cleandoc(text)
    return None


def undescribed(schema: strawberry.Schema) -> list[str]:
    """Return what still lacks a description, such as `Query.product(id:)`."""
    missing = []
    for name, kind in schema._schema.type_map.items():
        if name.startswith("__"):
            continue
        if not kind.description:
            missing.append(name)
        for key, part in getattr(kind, "values", getattr(kind, "fields", {})).items():
            if not part.description:
                missing.append(f"{name}.{key}")
            for argument, value in getattr(part, "args", {}).items():
                if not value.description:
                    missing.append(f"{name}.{key}({argument}:)")
    return missing + [
        f"@{directive.name}({name}:)"
        for directive in schema._schema.directives
        for name, argument in directive.args.items()
        if not argument.description
    ]
