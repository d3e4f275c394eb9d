"""A Bolt graph without Docker or Java on the machine: ArcadeDB from `arcadedb-embedded`."""

import http.client
from importlib.util import find_spec
from pathlib import Path

from sandbox.java import SMALL
from sandbox.process import Process
from sandbox.server import Server, StartError
from sandbox.state import State

DATABASE = "nerdx"


class ArcadeDB(Server):
    """Speaks Bolt as Neo4j does; the same driver and the same queries work on both."""

    name = "arcadedb"

    def __init__(self, state: State) -> None:
        self.http_port = state.port("arcadedb-http")
        super().__init__(state)

    def command(self) -> Process:
        java = package() / "jre" / "bin" / "java"
        return Process(
            self.name,
            [java, f"@{self.arguments}"],
            log=self.log,
            cwd=self.home,
            lock=self.state.lock,
        )

    @property
    def arguments(self) -> Path:
        """Java's argument file: the password must not stand in the process list."""
        return self.home / "arguments"

    def prepare(self) -> None:
        flags = {
            "server.plugins": "Bolt:com.arcadedb.bolt.BoltProtocolPlugin",
            "server.rootPath": str(self.home),
            "server.rootPassword": self.state.secret("arcadedb"),
            "server.defaultDatabases": f"{DATABASE}[root]",
            "server.logsDirectory": str(self.state.logs / "arcadedb"),
            "server.httpIncomingHost": "127.0.0.1",
            "server.httpIncomingPort": str(self.http_port),
            "bolt.host": "127.0.0.1",
            "bolt.port": str(self.port),
        }
        lines = [*SMALL]
        lines += [f'"-Darcadedb.{name}={value}"' for name, value in flags.items()]
        lines += ["-cp", f'"{package() / "jars"}/*"', "com.arcadedb.server.ArcadeDBServer"]
        for directory in ("config", "databases", "lib/plugins", "backups"):
            (self.home / directory).mkdir(parents=True, exist_ok=True)
        self.arguments.touch(mode=0o600)
        self.arguments.write_text("\n".join(lines) + "\n")

    def is_ready(self) -> bool:
        connection = http.client.HTTPConnection("127.0.0.1", self.http_port, timeout=2)
        try:
            connection.request("GET", "/api/v1/ready")
            return connection.getresponse().status == 204
        except OSError:
            return False
        finally:
            connection.close()

    def env(self) -> dict[str, str]:
        return {
            "NEO4J_URI": f"bolt://127.0.0.1:{self.port}",
            "NEO4J_USER": "root",
            "NEO4J_PASSWORD": self.state.secret("arcadedb"),
            "NEO4J_DATABASE": DATABASE,
        }


def package() -> Path:
    """Where the wheel lies, found without importing it (it would start a Java machine)."""
    spec = find_spec("arcadedb_embedded")
    if spec is None or spec.origin is None:
        raise StartError("arcadedb: arcadedb-embedded is not installed; run `make dev`")
    return Path(spec.origin).parent
