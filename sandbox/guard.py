"""Runs one command that can never outlive its owner.

Started as `python -I -S guard.py JSON`, by its path and with the standard library only: light.
When standard input ends (the owner closed it, or died in any way) the command is told to stop,
then killed after a grace period, and so is everything it left behind. It prints the command's
process id and ends with the command's own code.
"""

import ctypes
import errno
import fcntl
import json
import os
import select
import signal
import sys
import time
from pathlib import Path
from typing import TypedDict

PR_SET_PDEATHSIG = 1
PR_SET_CHILD_SUBREAPER = 36
PR_SET_KEEPCAPS = 8
PR_SET_SECUREBITS = 28
PR_CAP_AMBIENT = 47
PR_CAP_AMBIENT_RAISE = 2
CAP_DAC_OVERRIDE = 1
CAP_DAC_READ_SEARCH = 2
CAP_SETPCAP = 8
SECBIT_NO_SETUID_FIXUP = 4
CAPABILITY_VERSION_3 = 0x20080522
SHIELDED = (signal.SIGINT, signal.SIGHUP, signal.SIGTERM)
LINUX = sys.platform.startswith("linux")


class Order(TypedDict):
    """What to run: the command, its log, how to stop it, and as whom."""

    argv: list[str]
    log: str
    stop_signal: int
    grace: float
    user: str | None
    lock: str | None


def prctl(option: int, *values: int) -> None:
    """Call Linux prctl(2); elsewhere there is none, and the standard input alone must do."""
    if LINUX:
        arguments = [*values, 0, 0, 0, 0][:4]
        ctypes.CDLL(None, use_errno=True).prctl(option, *map(ctypes.c_ulong, arguments))


def drop_root(user: str) -> None:
    """Become `user`, keeping only the right to read a checkout that root alone may read."""
    import pwd

    entry = pwd.getpwnam(user)
    kept = CAP_DAC_READ_SEARCH if may(CAP_DAC_READ_SEARCH) else CAP_DAC_OVERRIDE
    prctl(PR_SET_KEEPCAPS, 1)
    os.setgroups([])
    os.setgid(entry.pw_gid)
    os.setuid(entry.pw_uid)
    # access(2), by which initdb looks for its programs, would otherwise leave the right out.
    if LINUX and set_capabilities(1 << kept | 1 << CAP_SETPCAP):
        prctl(PR_SET_SECUREBITS, SECBIT_NO_SETUID_FIXUP)
    if LINUX and set_capabilities(1 << kept):
        prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, kept)


def may(capability: int) -> bool:
    """Whether this process has the capability (Linux)."""
    status = Path("/proc/self/status")
    if not status.exists():
        return False
    line = next(x for x in status.read_text().splitlines() if x.startswith("CapPrm"))
    return bool(int(line.split()[1], 16) >> capability & 1)


def set_capabilities(mask: int) -> bool:
    """Keep only the capabilities in the mask, also over exec; false where not allowed."""
    header = (ctypes.c_uint32 * 2)(CAPABILITY_VERSION_3, 0)
    data = (ctypes.c_uint32 * 6)(mask, mask, mask, 0, 0, 0)
    return bool(ctypes.CDLL(None, use_errno=True).capset(header, data) == 0)


def launch(order: Order) -> int:
    """Start the command in a process group of its own and give its process id."""
    guard = os.getpid()
    # A stop asked for before the child has its own signal handling waits instead of being lost.
    signal.pthread_sigmask(signal.SIG_BLOCK, SHIELDED)
    pid = os.fork()
    if pid:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, SHIELDED)
        return pid
    try:
        become(order, guard)
        os.execvp(order["argv"][0], order["argv"])  # noqa: S606
    except OSError as error:
        os.write(2, f"{order['argv'][0]}: {error}\n".encode())
    finally:
        os._exit(127)


def become(order: Order, guard: int) -> None:
    """Make this fresh process ready for exec: streams, group, signals, user, death signal."""
    null = os.open(os.devnull, os.O_RDONLY)
    log = os.open(order["log"], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    for source, target in ((null, 0), (log, 1), (log, 2)):
        os.dup2(source, target)
    os.setpgid(0, 0)
    for number in (*SHIELDED, signal.SIGPIPE):
        signal.signal(number, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, SHIELDED)
    if order["user"]:
        drop_root(order["user"])
    prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != guard:
        os._exit(127)


def wait(child: int, order: Order) -> int:
    """Wait for the command to end, ending it when standard input does; give its exit code."""
    ticks, wakeup = os.pipe()
    os.set_blocking(wakeup, False)
    signal.set_wakeup_fd(wakeup, warn_on_full_buffer=False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    deadline: float | None = None
    while (code := reap(child)) is None:
        readers = [ticks] if deadline else [ticks, 0]
        patience = max(0.0, deadline - time.monotonic()) if deadline else None
        ready = select.select(readers, [], [], patience)[0]
        if ticks in ready:
            os.read(ticks, 512)
        if 0 in ready and not os.read(0, 512):
            os.kill(child, order["stop_signal"])
            deadline = time.monotonic() + order["grace"]
        elif deadline and not ready:
            os.kill(child, signal.SIGKILL)
            deadline = time.monotonic() + 60
    return code


def reap(child: int) -> int | None:
    """Collect every ended process; the command's exit code when it was among them."""
    code = None
    while True:
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return code
        if not pid:
            return code
        if pid == child:
            code = os.waitstatus_to_exitcode(status)


def sweep(child: int) -> None:
    """Kill what the command left: its group, and (Linux) all that was handed over to us."""
    for _ in range(500):
        try:
            os.killpg(child, signal.SIGKILL)
        except OSError as error:
            if error.errno == errno.ESRCH and not LINUX:
                return
        for orphan in children():
            os.kill(orphan, signal.SIGKILL)
        reap(child)
        if not children():
            return
        select.select([], [], [], 0.01)


def children() -> list[int]:
    """Our children that still live, from /proc."""
    me, found = os.getpid(), []
    for entry in Path("/proc").iterdir() if LINUX else ():
        try:
            stat = (entry / "stat").read_text() if entry.name.isdigit() else ""
        except OSError:
            continue
        if stat and int(stat.rpartition(")")[2].split()[1]) == me:
            found.append(int(entry.name))
    return found


def main() -> int:
    """Run the order given as JSON in the first argument."""
    order: Order = json.loads(sys.argv[1])
    for number in SHIELDED:
        signal.signal(number, signal.SIG_IGN)
    if order["lock"]:
        # Held until we end: the next run waits for it before it starts the same servers.
        fcntl.flock(os.open(order["lock"], os.O_RDWR | os.O_CREAT, 0o600), fcntl.LOCK_SH)
    prctl(PR_SET_CHILD_SUBREAPER, 1)
    child = launch(order)
    os.write(1, f"{child}\n".encode())
    code = wait(child, order)
    sweep(child)
    return code if code >= 0 else 128 - code


if __name__ == "__main__":
    sys.exit(main())
