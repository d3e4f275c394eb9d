"""What the sandbox remembers between runs: ports and secrets, in a file only its owner may read."""

import fcntl
import json
import os
import secrets
import socket
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path

# Below the range that systems hand to outgoing connections, so that a remembered port stays free.
PORTS = range(20_000, 32_000)
# Locked files by which sandboxes that start at the same time keep off each other's ports.
CLAIMS = Path(tempfile.gettempdir()) / f"nerdx-ports-{os.getuid()}"
_claimed: dict[int, tuple[Path, int]] = {}


class State:
    """Ports and secrets of one state directory, kept in its `state.json` (mode 600)."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory.resolve()
        self.directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.path = self.directory / "state.json"
        self._writing = threading.RLock()
        known = json.loads(self.path.read_text()) if self.path.exists() else {}
        self.ports: dict[str, int] = known.get("ports", {})
        self.secrets: dict[str, str] = known.get("secrets", {})
        self.notes: dict[str, str] = known.get("notes", {})

    @property
    def logs(self) -> Path:
        """Where each process writes its log."""
        return self.directory / "logs"

    @property
    def lock(self) -> Path:
        """Held by every running guard, so that the next run can wait for the last one's end."""
        return self.directory / "guards.lock"

    def port(self, name: str, preferred: int | None = None) -> int:
        """The port of a server: the remembered one, another when a stranger has taken it."""
        with self._writing:
            wanted = self.ports.get(name, preferred)
            others = {port for key, port in self.ports.items() if key != name}
            if wanted is None or wanted in others or not can_have(wanted, self.directory):
                wanted = free_port(others, self.directory)
            if self.ports.get(name) != wanted:
                self.ports[name] = wanted
                self.save()
            return wanted

    def secret(self, name: str, make: Callable[[], str] = lambda: secrets.token_urlsafe(24)) -> str:
        """A random secret, made once."""
        with self._writing:
            if name not in self.secrets:
                self.secrets[name] = make()
                self.save()
            return self.secrets[name]

    def note(self, name: str, value: str) -> None:
        """Remember something that was done or chosen."""
        with self._writing:
            self.notes[name] = value
            self.save()

    def save(self) -> None:
        """Write the file whole, or leave the old one."""
        draft = self.path.with_suffix(".new")
        content = {"ports": self.ports, "secrets": self.secrets, "notes": self.notes}
        handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "w") as file:
            json.dump(content, file, indent=2, sort_keys=True)
        draft.replace(self.path)


def is_free(port: int) -> bool:
    """Whether the loopback port can be listened on now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def free_port(taken: set[int], owner: Path = CLAIMS) -> int:
    """Claim a free loopback port that is not among those taken."""
    # Not `random`: a test tool may seed it alike in two processes.
    for port in secrets.SystemRandom().sample(PORTS, 500):
        if port not in taken and can_have(port, owner):
            return port
    raise RuntimeError("no free port between 20000 and 31999 on 127.0.0.1")


def can_have(port: int, owner: Path) -> bool:
    """Whether the port is free, and claimed for this directory now."""
    return claim(port, owner) and is_free(port)


def claim(port: int, owner: Path) -> bool:
    """Keep the port for this state directory until the process ends; false when another has it."""
    if port in _claimed:
        return _claimed[port][0] == owner
    if (handle := hold(port)) is None:
        return False
    _claimed[port] = (owner, handle)
    return True


def hold(port: int) -> int | None:
    """Keep the port from others until the handle that is returned is closed; None when held."""
    CLAIMS.mkdir(mode=0o700, exist_ok=True)
    handle = os.open(CLAIMS / str(port), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(handle)
        return None
    return handle


def listens(port: int) -> bool:
    """Whether something accepts connections on the loopback port."""
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0
