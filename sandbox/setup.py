"""Sets a checkout up, then becomes `nerdx` with the given words. Standard library only.

Every step looks first whether it is done already, so that a second run takes a moment.
"""

import hashlib
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV, LOCKS, WEB = ROOT / ".venv", ROOT / "sandbox" / "locks", ROOT / "web"
BIN = VENV / "bin"
PYTHON = BIN / "python"
OLDEST_NODE = 20
COMMAND = """#!/bin/sh
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
exec "$here/python" "$here/../../cli.py" "$@"
"""


class SetupError(Exception):
    """Set-up cannot go on; the text says what to do."""


def say(line: str) -> None:
    """Show progress."""
    sys.stdout.write(f"· {line}\n")
    sys.stdout.flush()


def works(command: Iterable[str | Path]) -> bool:
    """Whether a command runs and succeeds, without a sound."""
    try:
        done = subprocess.run([*command], capture_output=True, check=False)
    except OSError:
        return False
    return done.returncode == 0


def need(command: Iterable[str | Path], failure: str, cwd: Path = ROOT) -> None:
    """Run a command, showing what it says; raises SetupError when it fails."""
    if subprocess.run([*command], cwd=cwd, check=False).returncode:
        raise SetupError(failure)


def digest(paths: Iterable[Path], *more: str) -> str:
    """One hash over the content of files, and over some words."""
    total = hashlib.sha256("\0".join(more).encode())
    for path in sorted(paths):
        total.update(str(path.relative_to(ROOT)).encode() + path.read_bytes())
    return total.hexdigest()


def is_stamped(stamp: Path, value: str) -> bool:
    """Whether a step left this mark when it was done last."""
    return stamp.exists() and stamp.read_text() == value


def make_venv() -> None:
    """Make `.venv` unless a good one is there."""
    fits = "import sys; sys.exit(sys.version_info < (3, 12))"
    if PYTHON.exists() and works([PYTHON, "-c", fits]):
        return
    say(f"making .venv with Python {sys.version.split()[0]}")
    shutil.rmtree(VENV, ignore_errors=True)
    base = getattr(sys, "_base_executable", sys.executable)
    need([base, "-m", "venv", "--without-pip", VENV], "`python -m venv` failed.")


def cached_uv() -> Path:
    """Where a uv that we installed once is kept for the next checkout."""
    base = Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache").expanduser()
    return base / "nerdx" / digest([LOCKS / "uv.txt"])[:12] / "uv"


def find_uv() -> Path:
    """The machine's uv, else ours; installed with pip the first time."""
    places = [shutil.which("uv"), BIN / "uv", cached_uv()]
    for place in places:
        if place and works([place, "pip", "sync", "--help"]):
            return Path(place)
    say("installing uv")
    if not works([PYTHON, "-m", "pip", "--version"]) and not works([PYTHON, "-m", "ensurepip"]):
        raise SetupError(
            "This Python comes without pip: install uv (docs.astral.sh/uv) or, on Debian and "
            "Ubuntu, `apt install python3-venv`, then run the same command again."
        )
    pip: list[str | Path] = [
        PYTHON,
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
    ]
    need([*pip, "--require-hashes", "-r", LOCKS / "uv.txt"], "uv could not be installed.")
    keep_uv()
    return BIN / "uv"


def keep_uv() -> None:
    """Keep uv for other checkouts, which then need no network."""
    cached_uv().parent.mkdir(parents=True, exist_ok=True)
    draft = cached_uv().with_name(f"uv.{os.getpid()}")
    shutil.copy2(BIN / "uv", draft)
    draft.replace(cached_uv())


def install(uv: Path, action: str, lock: Path) -> None:
    """Install a lock, from the cache alone if that is possible."""
    command: list[str | Path] = [uv, "pip", action, "--python", PYTHON, "--require-hashes"]
    command += [lock] if action == "sync" else ["-r", str(lock)]
    if not works([*command, "--offline"]):
        say(f"fetching the packages of {lock.name}")
        need(command, "Packages could not be fetched: is there a network?")


def install_packages(uv: Path) -> None:
    """Install exactly what requirements.lock says."""
    lock, stamp = ROOT / "requirements.lock", VENV / ".lock"
    value = digest([lock], sys.version, os.uname().machine)
    if is_stamped(stamp, value):
        return
    begun = time.monotonic()
    say("installing Python packages")
    install(uv, "sync", lock)
    stamp.write_text(value)
    say(f"Python packages are installed ({time.monotonic() - begun:.1f} s)")


def install_command() -> None:
    """Make the command `nerdx`."""
    command = BIN / "nerdx"
    if not command.exists() or command.read_text() != COMMAND:
        command.write_text(COMMAND)
        command.chmod(0o755)


def node_version(node: str | Path) -> int:
    """The major version of a Node.js, 0 when there is none."""
    try:
        done = subprocess.run([node, "--version"], capture_output=True, text=True, check=False)
        return int(done.stdout.strip().lstrip("v").split(".")[0])
    except (OSError, ValueError):
        return 0


def has_node() -> bool:
    """Whether the machine has a `node` and an `npm` that will do."""
    machine = shutil.which("node")
    return bool(machine and shutil.which("npm") and node_version(machine) >= OLDEST_NODE)


def find_node(uv: Path) -> None:
    """Have `node` and `npm` on PATH: the machine's, else the wheel's in `.venv`."""
    if has_node():
        return
    if node_version(BIN / "node") < OLDEST_NODE:
        say(f"installing Node.js into .venv (none of {OLDEST_NODE} or newer here)")
        install(uv, "install", LOCKS / "node.txt")
    os.environ["PATH"] = f"{BIN}{os.pathsep}{os.environ.get('PATH', '')}"


def web_sources() -> list[Path]:
    """Every file that the pages are built from."""
    built = {"dist", "node_modules"}
    inside = (path for path in WEB.rglob("*") if path.is_file())
    return [path for path in inside if not built & set(path.relative_to(WEB).parts)]


def build_pages(uv: Path) -> None:
    """Build the pages with npm when their sources have changed since the last time."""
    if not (WEB / "package.json").exists():
        return
    built, value = WEB / "node_modules" / ".built", digest(web_sources())
    if is_stamped(built, value) and (WEB / "dist").exists():
        return
    begun = time.monotonic()
    find_node(uv)
    install_node_packages(WEB)
    say("building the pages")
    need(["npm", "run", "--silent", "build"], "The pages could not be built.", WEB)
    built.write_text(value)
    say(f"the pages are built ({time.monotonic() - begun:.1f} s)")


def install_node_packages(where: Path) -> None:
    """Run `npm ci` in a directory when its lock has changed."""
    stamp, value = where / "node_modules" / ".lock", digest([where / "package-lock.json"])
    if is_stamped(stamp, value):
        return
    name = where.relative_to(ROOT)
    say(f"installing the Node.js packages of {name}")
    quiet = ["--no-audit", "--no-fund", "--prefer-offline", "--loglevel=error"]
    need(["npm", "ci", *quiet], f"The packages of {name} could not be installed.", where)
    stamp.write_text(value)


def main(words: list[str]) -> int:
    """Do every step; then run `nerdx` with the words, if there are any."""
    try:
        make_venv()
        uv = find_uv()
        with ThreadPoolExecutor(1) as beside:
            pages = beside.submit(build_pages, uv) if has_node() else None
            install_packages(uv)
            install_command()
        pages.result() if pages else build_pages(uv)
    except SetupError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    if words:
        os.execv(BIN / "nerdx", [str(BIN / "nerdx"), *words])  # noqa: S606
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)
