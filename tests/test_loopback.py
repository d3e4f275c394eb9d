"""Tests that try to leave the machine fail, and so do the processes that they start."""

import errno
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support import loopback
from tests.support.loopback import stays

ROOT = Path(__file__).resolve().parent.parent
# Addresses that are in documents only (RFC 5737, RFC 3849).
ELSEWHERE = ("192.0.2.1", "2001:db8::1")
LEAVES = """
import contextlib, socket

def test_that_hides_it() -> None:
    with contextlib.suppress(OSError):
        socket.create_connection(("192.0.2.1", 80), timeout=0.2)

def test_over_udp() -> None:
    with contextlib.suppress(OSError), socket.socket(type=socket.SOCK_DGRAM) as out:
        out.sendto(b"?", ("192.0.2.1", 53))

def test_that_stays() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        socket.create_connection(server.getsockname()).close()
"""
KERNEL = """
import socket
out = socket.socket()
out.settimeout(5)
print(out.connect_ex(("192.0.2.1", 80)))
"""


def test_a_test_that_leaves_fails(tmp_path: Path) -> None:
    (tmp_path / "test_leaves.py").write_text(LEAVES)
    plugin = ("-p", "tests.conftest", "-p", "no:cacheprovider", "-c", str(ROOT / "pyproject.toml"))
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "--rootdir", tmp_path, *plugin, tmp_path],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1, done.stdout + done.stderr
    assert "3 passed, 2 errors" in done.stdout, done.stdout
    failed = re.findall(r"^ERROR \S+::(\w+)", done.stdout, re.MULTILINE)
    assert failed == ["test_that_hides_it", "test_over_udp"]
    assert "192.0.2.1:80" in done.stdout


@pytest.mark.parametrize("host", ["127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1", "localhost"])
def test_loopback_is_reached(host: str) -> None:
    assert stays(host)


@pytest.mark.parametrize("host", [*ELSEWHERE, "10.0.0.1", "::ffff:192.0.2.1", "nerdx.example"])
def test_everything_else_is_elsewhere(host: str) -> None:
    assert not stays(host)


@pytest.mark.skipif(not loopback.is_cut, reason="root alone may cut processes off, on Linux")
def test_what_a_test_starts_cannot_leave_either() -> None:
    # Without Python's own guard, as Java and Node.js are: only the kernel can refuse.
    done = subprocess.run(
        [sys.executable, "-I", "-c", KERNEL], capture_output=True, text=True, check=True
    )
    assert int(done.stdout) == errno.ENETUNREACH
