"""`nerdx`: every process of the product, one subcommand each."""

import argparse
import asyncio
import atexit
import gc
import os
import shutil
import sys
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    from core.settings import Settings

ROOT = Path(__file__).resolve().parent
STATE = ROOT / ".nerdx"


def dev(options: argparse.Namespace) -> int:
    """start the whole product on this machine, with a sandbox of every server it needs"""
    from sandbox.supervisor import run

    # A start runs some fifteen processes: each would compile what it imports.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    return run(STATE, options.graph)


def api(_: argparse.Namespace) -> int:
    """serve GraphQL, the pages and the webhooks"""
    import uvicorn

    from core.settings import Settings
    from routes.graphql import Limits, uvicorn_options

    settings = Settings()
    uvicorn.run(
        "app:create_app",
        factory=True,
        host=settings.host,
        port=settings.port,
        log_config=None,
        access_log=False,
        **uvicorn_options(Limits.of(settings)),
    )
    return 0


def worker(_: argparse.Namespace) -> int:
    """carry out tasks, in one process"""
    # A fifth of its start: what is imported makes no garbage. It collects again once it runs.
    gc.disable()
    from core.settings import Settings
    from workers import run

    settings = Settings()
    settings.require_secrets(takes_money=True)
    run(settings)
    return 0


def relay(_: argparse.Namespace) -> int:
    """deliver what the outbox still holds, and do what is due"""
    from core.settings import Settings
    from workers.relay import run

    settings = Settings()
    settings.require_secrets()
    run(settings)
    return 0


def migrate(_: argparse.Namespace) -> int:
    """bring the database's tables up to date"""
    from core.migrate import upgrade
    from core.settings import Settings

    asyncio.run(upgrade(Settings()))
    return 0


def seed(_: argparse.Namespace) -> int:
    """load the catalogue and the sandbox's personas, as often as you like"""
    from core.settings import Settings
    from workers.seed import run

    settings = Settings()
    code = asyncio.run(run(settings))
    if code == 0 and settings.is_sandbox:
        print(_ar_files(settings))
    return code


def _ar_files(settings: "Settings") -> str:
    """Make what the catalogue's AR names; the image is shipped without what makes it."""
    if find_spec("sandbox") is None:
        return "AR: no files made, there is no sandbox here; put yours into the bucket (docs/ar.md)"
    from sandbox.ar import put_assets

    return f"AR: {put_assets(settings)} files made"


def rebuild_graph(_: argparse.Namespace) -> int:
    """make the graph anew from Postgres, and print its hash"""
    from core.settings import Settings
    from workers.world import rebuild

    return asyncio.run(rebuild(Settings()))


def reindex(_: argparse.Namespace) -> int:
    """make the index of the search anew from Postgres"""
    from core.settings import Settings
    from workers.search import reindex

    return asyncio.run(reindex(Settings()))


def schema(options: argparse.Namespace) -> int:
    """write graphql.schema, or with --check say whether it is current"""
    from resolvers.export import main

    return main(options.check)


def reset(_: argparse.Namespace) -> int:
    """forget everything that the sandbox keeps"""
    from sandbox.server import StartError
    from sandbox.stack import await_guards
    from sandbox.supervisor import only_one

    try:
        with only_one(STATE):
            await_guards(STATE / "guards.lock", print)
            shutil.rmtree(STATE, ignore_errors=True)
    except StartError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    sys.stdout.write("The sandbox is empty.\n")
    return 0


def check(options: argparse.Namespace) -> int:
    """run every check of the repository, the tests last"""
    from sandbox.check import main

    return main(options.tests, options.lint)


COMMANDS: dict[str, Callable[[argparse.Namespace], int]] = {
    "dev": dev,
    "api": api,
    "worker": worker,
    "relay": relay,
    "migrate": migrate,
    "seed": seed,
    "rebuild-graph": rebuild_graph,
    "reindex": reindex,
    "schema": schema,
    "reset": reset,
    "check": check,
}


def parser() -> argparse.ArgumentParser:
    """The command line: subcommands with the first line of their docstrings."""
    top = argparse.ArgumentParser(prog="nerdx", description="NERDX Graph")
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, function in COMMANDS.items():
        sub = commands.add_parser(name, help=function.__doc__, description=function.__doc__)
        sub.set_defaults(run=function)
        if name == "dev":
            choices, chosen = ("arcadedb", "neo4j"), os.environ.get("GRAPH") or "arcadedb"
            sub.add_argument("--graph", choices=choices, default=chosen)
        elif name == "schema":
            sub.add_argument("--check", action="store_true")
        elif name == "check":
            sub.add_argument("tests", nargs="*", help="tests to run instead of all")
            sub.add_argument("--lint", action="store_true", help="only what runs no test")
    return top


def main() -> int:
    """Run one subcommand."""
    options = parser().parse_args()
    run: Callable[[argparse.Namespace], int] = options.run
    from pydantic import ValidationError

    from core.setting_shapes import SettingsUnusable
    from core.settings import Settings

    try:
        return run(options)
    except SettingsUnusable as error:
        print(error, file=sys.stderr)
    except ValidationError as error:
        if error.title != Settings.__name__:
            raise
        for one in error.errors(include_input=False):
            print(f"{'.'.join(map(str, one['loc'])).upper()}: {one['msg']}", file=sys.stderr)
    return 1


def leave(code: int) -> NoReturn:
    """End this process at once: to take down what is imported takes Python another second."""
    atexit._run_exitfuncs()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


if __name__ == "__main__":
    leave(main())
