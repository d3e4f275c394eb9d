"""Where the `nerdx` processes of tests come from: forked with every module imported.

A process of its own imports for 2 to 4 s, a few hundred times in a run. What is started as a
newcomer would is tested elsewhere (`test_production`, `test_docker`, `test_setup`).
"""

import os
import resource
import sys
import tempfile
from collections.abc import Mapping
from multiprocessing import get_context
from multiprocessing.context import ForkServerProcess
from pathlib import Path

from sqlalchemy.orm import configure_mappers

import app  # noqa: F401
import cli
import workers
import workers.relay
from tests.support import loopback

workers.import_handlers()
configure_mappers()

forks = get_context("forkserver")
forks.set_forkserver_preload([__name__, "tests.support.warm"])


def born(
    name: str, env: Mapping[str, str], log: Path, largest_file: int | None
) -> ForkServerProcess:
    """Start `nerdx NAME` in a process of its own."""
    process = forks.Process(target=_live, args=(name, dict(env), log, largest_file), daemon=True)
    process.start()
    return process


def _live(name: str, env: dict[str, str], log: Path, largest_file: int | None) -> None:
    os.chdir(cli.ROOT)
    os.environ.clear()
    os.environ.update(env)
    tempfile.tempdir = None
    loopback.guard()
    out = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    for descriptor in (1, 2):
        os.dup2(out, descriptor)
    if largest_file:
        resource.setrlimit(resource.RLIMIT_FSIZE, (largest_file, largest_file))
    sys.argv = ["nerdx", name]
    sys.exit(cli.main())
