"""Writes `graphql.schema`, or tells how it differs from what is served."""

import sys

from strawberry.printer import print_schema

from core.settings import ROOT
from resolvers.root import schema

PATH = ROOT / "graphql.schema"


def sdl() -> str:
    """Return the schema as served, with its directives."""
    return print_schema(schema).rstrip() + "\n"


def main(check: bool) -> int:
    """Write the file, or with `check` return 1 and say so when it is not current."""
    if not check:
        PATH.write_text(sdl(), encoding="utf-8")
        return 0
    if PATH.exists() and PATH.read_text(encoding="utf-8") == sdl():
        return 0
    sys.stderr.write("graphql.schema is not current: run `nerdx schema` and commit it\n")
    return 1
