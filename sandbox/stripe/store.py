"""What the sandbox remembers between starts: every object, event and idempotency key."""

import secrets
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import orjson

from sandbox.stripe.wire import Json, Refusal

_SCHEMA = """
create table if not exists object (
  ordinal integer primary key autoincrement, id text not null unique, kind text not null,
  created integer not null, parent text, body blob not null);
create index if not exists object_kind on object (kind, ordinal);
create index if not exists object_parent on object (parent);
create table if not exists event (
  ordinal integer primary key autoincrement, id text not null unique, object_id text not null,
  body blob not null, delivered integer not null);
create table if not exists key (
  id text primary key, fingerprint text not null, status integer not null, body blob not null);
"""


@dataclass(frozen=True)
class Kept:
    """An answer that was given under an idempotency key."""

    fingerprint: str
    status: int
    body: Json


def new_id(prefix: str) -> str:
    """An id as Stripe makes them."""
    return f"{prefix}_3S{secrets.token_hex(11)}"


class Store:
    """SQLite; used from one thread."""

    def __init__(self, data_dir: Path) -> None:
        self._db = sqlite3.connect(data_dir / "stripe.sqlite3", isolation_level=None)
        self._db.execute("pragma journal_mode=wal")
        self._db.execute("pragma synchronous=off")
        self._db.executescript(_SCHEMA)

    def close(self) -> None:
        self._db.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing."""
        self._db.execute("begin")
        try:
            yield
        except BaseException:
            self._db.execute("rollback")
            raise
        self._db.execute("commit")

    def add(self, object: Json, parent: str | None = None) -> Json:
        """Keeps a new object; `created` is set."""
        object["created"] = int(time.time())
        self._db.execute(
            "insert into object (id, kind, created, parent, body) values (?, ?, ?, ?, ?)",
            (object["id"], object["object"], object["created"], parent, orjson.dumps(object)),
        )
        return object

    def save(self, object: Json) -> None:
        """Keeps an object as it is now."""
        self._db.execute(
            "update object set body = ? where id = ?", (orjson.dumps(object), object["id"])
        )

    def find(self, id: str, kind: str) -> Json | None:
        """An object, if there is one."""
        row = self._db.execute(
            "select body from object where id = ? and kind = ?", (id, kind)
        ).fetchone()
        return dict(orjson.loads(row[0])) if row else None

    def get(self, id: str, kind: str) -> Json:
        """An object, or 404."""
        if (found := self.find(id, kind)) is None:
            code = "resource_missing"
            raise Refusal(404, f"No such {kind}: '{id}'", code=code, param="id")
        return found

    def all(self, kind: str) -> list[Json]:
        """Every object of a kind, oldest first."""
        rows = self._db.execute("select body from object where kind = ? order by ordinal", (kind,))
        return [orjson.loads(body) for (body,) in rows.fetchall()]

    def page(
        self, kind: str, limit: int, after: str | None, since: int, until: int, parent: str | None
    ) -> tuple[list[Json], bool]:
        """The newest first, beyond `after`; and whether there are more."""
        where, values = "kind = ? and created between ? and ?", [kind, since, until]
        if parent:
            where, values = where + " and parent = ?", [*values, parent]
        if after:
            where += " and ordinal < (select ordinal from object where id = ?)"
            values = [*values, after]
        rows = self._db.execute(
            f"select body from object where {where} order by ordinal desc limit ?",
            (*values, limit + 1),
        ).fetchall()
        return [orjson.loads(body) for (body,) in rows[:limit]], len(rows) > limit

    def add_event(self, event: Json, object_id: str) -> None:
        """Keeps an event, not yet delivered."""
        self._db.execute(
            "insert into event (id, object_id, body, delivered) values (?, ?, ?, 0)",
            (event["id"], object_id, orjson.dumps(event)),
        )

    def delivered(self, event_id: str) -> None:
        """Remembers that an event was taken."""
        self._db.execute("update event set delivered = 1 where id = ?", (event_id,))

    def events(self, object_id: str | None = None, *, owed: bool = False) -> list[Json]:
        """Events, oldest first: of one object, or those that nobody has taken."""
        where, values = ["1 = 1"], []
        if object_id:
            where, values = [*where, "object_id = ?"], [object_id]
        if owed:
            where.append("delivered = 0")
        rows = self._db.execute(
            f"select body from event where {' and '.join(where)} order by ordinal", values
        )
        return [orjson.loads(body) for (body,) in rows.fetchall()]

    def event(self, id: str) -> Json:
        """One event, or 404."""
        row = self._db.execute("select body from event where id = ?", (id,)).fetchone()
        if row is None:
            raise Refusal(404, f"No such event: '{id}'", code="resource_missing", param="id")
        return dict(orjson.loads(row[0]))

    def kept(self, key: str) -> Kept | None:
        """What was answered under a key."""
        row = self._db.execute(
            "select fingerprint, status, body from key where id = ?", (key,)
        ).fetchone()
        return Kept(row[0], row[1], orjson.loads(row[2])) if row else None

    def keep(self, key: str, kept: Kept) -> None:
        """Remembers what was answered under a key."""
        self._db.execute(
            "insert into key values (?, ?, ?, ?)",
            (key, kept.fingerprint, kept.status, orjson.dumps(kept.body)),
        )

    def clear(self) -> None:
        """Forgets everything."""
        for table in ("object", "event", "key"):
            self._db.execute(f"delete from {table}")
