"""What the sandbox remembers between starts: every video it ever accepted."""

import secrets
import sqlite3
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path

_SCHEMA = """create table if not exists video (
  id text primary key, model text not null, prompt text not null, seconds text not null,
  size text not null, status text not null, progress integer not null,
  created_at integer not null, completed_at integer, error_code text, error_message text,
  has_reference integer not null, fate text, deleted integer not null, ordinal integer not null)"""


@dataclass(frozen=True, slots=True)
class Video:
    """One accepted order; `fate` is a fault that its render will meet."""

    id: str
    model: str
    prompt: str
    seconds: str
    size: str
    status: str
    progress: int
    created_at: int
    completed_at: int | None
    error_code: str | None
    error_message: str | None
    has_reference: bool
    fate: str | None
    deleted: bool
    ordinal: int

    def wire(self) -> dict[str, object]:
        """As the API shows it."""
        error = {"code": self.error_code, "message": self.error_message}
        ends = None if self.completed_at is None else self.completed_at + 86_400
        return {
            "id": self.id,
            "object": "video",
            "created_at": self.created_at,
            "completed_at": self.completed_at,
            "expires_at": ends,
            "model": self.model,
            "progress": self.progress,
            "prompt": self.prompt,
            "remixed_from_video_id": None,
            "seconds": self.seconds,
            "size": self.size,
            "status": self.status,
            "error": error if self.error_code else None,
        }


_NAMES = [field.name for field in fields(Video)]


class VideoStore:
    """SQLite beside the rendered files; used from one thread at a time."""

    def __init__(self, data_dir: Path) -> None:
        self.files = data_dir / "videos"
        self.files.mkdir(parents=True, exist_ok=True)
        self._db = sqlite3.connect(data_dir / "videos.sqlite3", check_same_thread=False)
        self._db.execute("pragma journal_mode=wal")
        self._db.execute(_SCHEMA)

    def close(self) -> None:
        self._db.close()

    def add(
        self, model: str, prompt: str, seconds: str, size: str, reference: bytes, fate: str | None
    ) -> Video:
        """Accepts an order; from here on it counts as paid."""
        (ordinal,) = self._db.execute("select coalesce(max(ordinal), 0) + 1 from video").fetchone()
        id = f"video_{int(time.time() * 1000):012x}{secrets.token_hex(12)}"
        if reference:
            (self.files / f"{id}.reference").write_bytes(reference)
        now = int(time.time())
        video = Video(
            id, model, prompt, seconds, size, "queued", 0, now, None, None, None,
            bool(reference), fate, False, ordinal,
        )  # fmt: skip
        marks = ", ".join(f":{name}" for name in _NAMES)
        with self._db:
            self._db.execute(
                f"insert into video ({', '.join(_NAMES)}) values ({marks})", asdict(video)
            )
        return video

    def save(self, video: Video, **changes: object) -> Video:
        """Writes the changed columns and returns the new state."""
        sets = ", ".join(f"{name} = :{name}" for name in changes)
        with self._db:
            self._db.execute(f"update video set {sets} where id = :id", {**changes, "id": video.id})
        return replace(video, **changes)  # type: ignore[arg-type]

    def one(self, id: str) -> Video | None:
        found = self._select("where id = ? and not deleted", [id])
        return found[0] if found else None

    def unfinished(self) -> list[Video]:
        """Those that a restart must render, oldest first."""
        return self._select("where status in ('queued', 'in_progress') and not deleted", [])

    def accepted(self) -> list[Video]:
        """Every order ever taken, deleted ones too, oldest first."""
        return self._select("", [])

    def page(self, after: str | None, limit: int, newest_first: bool) -> list[Video]:
        """Up to `limit` videos beyond the one named."""
        sign, order = ("<", "desc") if newest_first else (">", "asc")
        where, values = "where not deleted", list[object]()
        if after is not None:
            where += f" and ordinal {sign} (select ordinal from video where id = ?)"
            values.append(after)
        return self._select(where, values, f"order by ordinal {order} limit {int(limit)}")

    def clear(self) -> None:
        """Forgets everything, files too."""
        with self._db:
            self._db.execute("delete from video")
        for path in self.files.iterdir():
            path.unlink(missing_ok=True)

    def drop_files(self, id: str) -> None:
        for path in self.files.glob(f"{id}*"):
            path.unlink(missing_ok=True)

    def path(self, id: str, suffix: str) -> Path:
        return self.files / f"{id}{suffix}"

    def _select(
        self, where: str, values: Sequence[object], tail: str = "order by ordinal"
    ) -> list[Video]:
        query = f"select {', '.join(_NAMES)} from video {where} {tail}"
        rows = self._db.execute(query, tuple(values)).fetchall()
        return [
            replace(Video(*row), has_reference=bool(row[11]), deleted=bool(row[13])) for row in rows
        ]
