"""Real Neo4j Community, from Maven Central's jars, without Docker."""

import logging
import secrets
from collections.abc import Callable
from pathlib import Path

from sandbox.java import SMALL, choose, jars
from sandbox.process import Process
from sandbox.server import Server
from sandbox.state import State, listens

MAIN = {True: "org.neo4j.server.CommunityEntryPoint", False: "org.neo4j.server.Neo4jCommunity"}
FIRST_PASSWORD = "neo4j"  # noqa: S105 what a new server has, before we change it
OPENS = ("java.base/java.nio", "java.base/java.lang", "java.base/sun.nio.ch", "java.base/java.io")


class Neo4j(Server):
    """The engine of production; authentication is on, with a random password."""

    name = "neo4j"
    patience = 120.0

    def __init__(
        self, state: State, version: str | None = None, say: Callable[[str], None] = print
    ) -> None:
        self.version, self.java = choose(version)
        self._say = say
        self._lib: Path | None = None
        super().__init__(state)

    @property
    def home(self) -> Path:
        return self.state.directory / f"neo4j-{self.version}"

    def command(self) -> Process:
        opens = [f"--add-opens={name}=ALL-UNNAMED" for name in OPENS]
        memory = [*SMALL, "-Dfile.encoding=UTF-8"]
        where = [f"--home-dir={self.home}", f"--config-dir={self.home / 'conf'}"]
        classes = ["-cp", f"{self.home / 'lib'}/*", MAIN[self.version.startswith("5.")]]
        return Process(
            self.name,
            [self.java, *memory, *opens, *classes, *where],
            log=self.log,
            lock=self.state.lock,
            grace=20,
        )

    def prepare(self) -> None:
        self._lib = jars(self.version, self._say)
        link = self.home / "lib"
        link.unlink(missing_ok=True)
        link.symlink_to(self._lib)
        (self.home / "conf").mkdir(exist_ok=True)
        lines = (
            f"server.bolt.listen_address=127.0.0.1:{self.port}",
            f"server.bolt.advertised_address=127.0.0.1:{self.port}",
            "server.default_listen_address=127.0.0.1",
            "server.http.enabled=false",
            "server.https.enabled=false",
            "dbms.usage_report.enabled=false",
            "dbms.cypher.min_replan_interval=1h",
            "server.memory.heap.max_size=512m",
            "server.memory.pagecache.size=64m",
            "db.tx_log.rotation.retention_policy=1 files",
            # Else it waits 10 s for connections that may still come.
            "internal.dbms.bolt.netty_server_shutdown_quiet_period=0",
        )
        (self.home / "conf" / "neo4j.conf").write_text("\n".join(lines) + "\n")

    def is_ready(self) -> bool:
        if not listens(self.port):
            return False
        done = f"password {self.version}" in self.state.notes
        return self._signs_in(self._password()) if done else self._take_over()

    def _password(self) -> str:
        return self.state.secret("neo4j", lambda: secrets.token_urlsafe(24))

    def _take_over(self) -> bool:
        """Replace the password of a new server by ours, once."""
        if not self._signs_in(self._password()):
            statement = "ALTER CURRENT USER SET PASSWORD FROM $old TO $new"
            change = {"old": FIRST_PASSWORD, "new": self._password()}
            if not self._signs_in(FIRST_PASSWORD, statement, change):
                return False
        self.state.note(f"password {self.version}", "set")
        return self._signs_in(self._password())

    def _signs_in(
        self, password: str, statement: str = "", parameters: dict[str, str] | None = None
    ) -> bool:
        """Run a statement in the system database, or `RETURN 1` in ours; false when refused."""
        from neo4j import GraphDatabase, Query
        from neo4j.exceptions import DriverError
        from neo4j.exceptions import Neo4jError as ServerError

        logging.getLogger("neo4j").setLevel(logging.CRITICAL)
        address = f"bolt://127.0.0.1:{self.port}"
        database = "system" if statement else "neo4j"
        try:
            with (
                GraphDatabase.driver(
                    address, auth=("neo4j", password), max_transaction_retry_time=0
                ) as driver,
                driver.session(database=database) as session,
            ):
                session.run(Query(statement or "RETURN 1"), parameters).consume()
        except (DriverError, ServerError):
            return False
        return True

    def env(self) -> dict[str, str]:
        return {
            "NEO4J_URI": f"bolt://127.0.0.1:{self.port}",
            "NEO4J_USER": "neo4j",
            "NEO4J_PASSWORD": self._password(),
            "NEO4J_DATABASE": "neo4j",
        }
