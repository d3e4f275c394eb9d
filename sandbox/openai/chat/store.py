"""What the sandbox remembers of rounds: each is made again from its plan after a restart."""

import sqlite3
from dataclasses import dataclass
from pathlib import Path

import orjson

_SCHEMA = """create table if not exists run (
  id text primary key, body text not null, plan text not null, created_at integer not null,
  status text not null, made integer not null)"""


@dataclass(frozen=True)
class Kept:
    """One round as it was written down; `made` events were sent before it was cancelled."""

    id: str
    body: dict[str, object]
    plan: dict[str, object]
    created_at: int
    status: str
    made: int


class RunStore:
    """SQLite beside the videos; used from one thread."""

    def __init__(self, data_dir: Path) -> None:
        self._db = sqlite3.connect(data_dir / "responses.sqlite3", check_same_thread=False)
        self._db.execute("pragma journal_mode=wal")
        self._db.execute("pragma synchronous=off")
        self._db.execute(_SCHEMA)

    def close(self) -> None:
        self._db.close()

    def add(self, kept: Kept) -> None:
        """Writes a new round down."""
        row = (kept.id, orjson.dumps(kept.body).decode(), orjson.dumps(kept.plan).decode(),
               kept.created_at, kept.status, kept.made)  # fmt: skip
        with self._db:
            self._db.execute("insert into run values (?, ?, ?, ?, ?, ?)", row)

    def end(self, id: str, status: str, made: int) -> None:
        """Writes how a round ended."""
        with self._db:
            self._db.execute("update run set status = ?, made = ? where id = ?", (status, made, id))

    def delete(self, id: str) -> None:
        with self._db:
            self._db.execute("delete from run where id = ?", (id,))

    def all(self) -> list[Kept]:
        """Every round that is kept, oldest first."""
        rows = self._db.execute("select * from run order by rowid").fetchall()
        return [Kept(row[0], orjson.loads(row[1]), orjson.loads(row[2]), *row[3:]) for row in rows]

    def clear(self) -> None:
        with self._db:
            self._db.execute("delete from run")
