"""Set-up: a Python is found wherever it is, and its absence is told in one line."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
TOOLS = ("dirname", "ls")


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout with the finder, and a set-up that only tells what it was given."""
    (tmp_path / "sandbox").mkdir()
    shutil.copy(ROOT / "sandbox" / "setup.sh", tmp_path / "sandbox")
    (tmp_path / "sandbox" / "setup.py").write_text("import sys; print(sys.version_info, sys.argv)")
    (tmp_path / "bin").mkdir()
    for tool in TOOLS:
        (tmp_path / "bin" / tool).symlink_to(str(shutil.which(tool)))
    return tmp_path


def run(checkout: Path, *words: str, **env: str) -> subprocess.CompletedProcess[str]:
    sh = shutil.which("sh") or "/bin/sh"
    return subprocess.run(
        [sh, str(checkout / "sandbox" / "setup.sh"), *words],
        env={"PATH": str(checkout / "bin"), "HOME": str(checkout), **env},
        capture_output=True,
        text=True,
        check=False,
    )


def old_python(path: Path) -> None:
    """A Python that is too old, or broken: it fails the question."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("#!/bin/sh\nexit 1\n")
    path.chmod(0o755)


def python(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.symlink_to(sys.executable)


@pytest.mark.skipif(
    any(
        Path(base, f"python3.{n}").exists()
        for n in range(12, 20)
        for base in ("/usr/local/bin", "/opt/homebrew/bin")
    ),
    reason="this machine has a Python where the finder always looks",
)
def test_without_a_python_one_line_says_what_to_do(checkout: Path) -> None:
    old_python(checkout / "bin" / "python3")
    done = run(checkout, "dev")
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr.count("\n") == 1
    assert "Python 3.12 or newer" in done.stderr


def test_pyenvs_versions_are_found_when_the_shims_fail(checkout: Path) -> None:
    old_python(checkout / "bin" / "python3.13")
    old_python(checkout / "pyenv" / "versions" / "3.12.4" / "bin" / "python3")
    python(checkout / "pyenv" / "versions" / "3.13.1" / "bin" / "python3")
    done = run(checkout, "dev", PYENV_ROOT=str(checkout / "pyenv"))
    assert done.returncode == 0, done.stderr
    assert "'dev'" in done.stdout


def test_a_named_python_comes_first(checkout: Path) -> None:
    python(checkout / "elsewhere" / "mine")
    done = run(checkout, PYTHON=str(checkout / "elsewhere" / "mine"))
    assert done.returncode == 0, done.stderr


def test_the_command_runs_from_anywhere_and_has_every_process() -> None:
    command = ROOT / ".venv" / "bin" / "nerdx"
    done = subprocess.run(
        [str(command), "--help"],
        cwd="/",
        capture_output=True,
        text=True,
        env=os.environ,
        check=True,
    )
    for word in ("dev", "api", "worker", "relay", "migrate", "seed", "schema", "rebuild-graph"):
        assert word in done.stdout
