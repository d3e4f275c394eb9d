"""The port: what the product needs of an object store."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol


class StorageUnavailable(Exception):
    """The store did not answer, or not well; the call may be made again."""


class ObjectMissing(Exception):
    """There is no object under this key."""


class ObjectTooLarge(Exception):
    """The object is larger than the caller wants to read."""


@dataclass(frozen=True, slots=True)
class UploadForm:
    """A multipart/form-data POST: these fields in this order, then the file as `file`."""

    url: str
    fields: dict[str, str]


@dataclass(frozen=True, slots=True)
class ObjectInfo:
    """What the store knows of one object."""

    key: str
    size: int
    content_type: str
    modified_at: datetime
    metadata: dict[str, str]


class Storage(Protocol):
    """Keeps objects under keys; every method may raise StorageUnavailable."""

    async def aclose(self) -> None:
        """Closes every connection."""
        ...

    async def upload_form(
        self, key: str, content_type: str, min_bytes: int, max_bytes: int, seconds: int
    ) -> UploadForm:
        """Lets a browser upload one object of this key, type and size for so many seconds."""
        ...

    async def link(self, key: str, seconds: int, *, content_type: str | None = None) -> str:
        """A link to read one object for at least so long, and at most a third longer.

        Asked again soon the link is the same, so that a browser need not load the object again.
        """
        ...

    async def put(
        self,
        key: str,
        body: bytes | Path,
        content_type: str,
        metadata: Mapping[str, str] | None = None,
    ) -> None:
        """Stores an object, replacing what was there."""
        ...

    async def get(self, key: str, limit: int) -> bytes:
        """The whole object; raises ObjectMissing, or ObjectTooLarge beyond `limit` bytes."""
        ...

    async def head(self, key: str) -> ObjectInfo | None:
        """What is known of the object, or None."""
        ...

    async def download(self, key: str, path: Path) -> None:
        """Writes the object to `path`, whole or not at all; raises ObjectMissing."""
        ...

    async def delete(self, keys: Sequence[str]) -> int:
        """Deletes them and returns how many of them existed."""
        ...

    async def keys(self, prefix: str) -> list[str]:
        """All keys that begin with `prefix`, in order."""
        ...

    async def ensure_bucket(self) -> None:
        """Makes the bucket if it is missing and lets our pages upload to it."""
        ...

    async def ping(self) -> None:
        """Raises StorageUnavailable unless the bucket answers."""
        ...
