"""A door before a graph server: shut, it refuses whoever comes, and the server stays warm."""

import contextlib
import socket
import threading
from pathlib import Path
from urllib.parse import urlsplit

from sandbox.process import Process
from sandbox.server import Server
from sandbox.stack import Stack
from sandbox.state import State
from tests.support.serve import free_port

BACKLOG = 64


class Gate(Server):
    """Hands bytes on, both ways, while it is open.

    Whoever asks a server whose port is shut cannot tell it from one that has ended. A Neo4j that is
    started again takes half a minute of a core until it is as quick as before.
    """

    name = "gate"

    def __init__(self, behind: int) -> None:
        self.behind, self.port = behind, free_port()
        self._listener: socket.socket | None = None
        self._open: set[socket.socket] = set()

    def command(self) -> Process:
        raise NotImplementedError("a gate has no process")

    def is_ready(self) -> bool:
        return self._listener is not None

    def start(self) -> None:
        if not self._listener:
            self._listener = socket.create_server(("127.0.0.1", self.port), backlog=BACKLOG)
            threading.Thread(target=self._welcome, args=(self._listener,), daemon=True).start()

    def stop(self) -> None:
        listener, self._listener = self._listener, None
        for one in (listener, *self._open):
            if one:
                _shut(one)
        self._open.clear()

    def _welcome(self, listener: socket.socket) -> None:
        with contextlib.suppress(OSError), listener:
            while True:
                guest, _ = listener.accept()
                host = socket.create_connection(("127.0.0.1", self.behind))
                self._open |= {guest, host}
                for pair in ((guest, host), (host, guest)):
                    threading.Thread(target=_pump, args=pair, daemon=True).start()
                if not self._listener:
                    self.stop()


def _pump(source: socket.socket, sink: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while some := source.recv(65_536):
            sink.sendall(some)
    for one in (source, sink):
        _shut(one)


def _shut(one: socket.socket) -> None:
    with contextlib.suppress(OSError):
        one.shutdown(socket.SHUT_RDWR)
    one.close()


def gated(servers: Stack, folder: Path) -> Stack:
    """The same servers, the graph behind a gate that is open."""
    gate = Gate(urlsplit(servers.env["NEO4J_URI"]).port or 0)
    gate.start()
    given = {**servers.env, "NEO4J_URI": f"bolt://127.0.0.1:{gate.port}"}
    found = Stack(State(folder), graph=None, given=given)
    found.servers["graph"] = gate
    return found
