"""Keyset pages: how many, after which cursor; cursors are opaque and checked."""

import base64
import binascii
from dataclasses import dataclass
from typing import Any

import orjson

from core.errors import BadInput

MAX_PAGE = 100
MAX_CURSOR = 1_000


@dataclass(frozen=True)
class Page:
    """A request for `first` entries (1 to 100) after a cursor. Raises BadInput."""

    first: int = 20
    after: str | None = None

    def __post_init__(self) -> None:
        if not 1 <= self.first <= MAX_PAGE:
            raise BadInput(argument="first")

    def after_id(self) -> str | None:
        """Return the id that the cursor of a list in the order of ids holds."""
        if (key := self.key(1)) is None:
            return None
        if not isinstance(key[0], str):
            raise BadInput(argument="after")
        return key[0]

    def key(self, size: int) -> list[Any] | None:
        """Return the sort key that the cursor holds, of this many values."""
        return None if self.after is None else decode_cursor(self.after, size)


def encode_cursor(*key: Any) -> str:
    """Pack the sort key of an entry."""
    return base64.urlsafe_b64encode(orjson.dumps(key)).decode().rstrip("=")


def decode_cursor(cursor: str, size: int) -> list[Any]:
    """Unpack a cursor of this many values. Raises BadInput."""
    try:
        padded = cursor[:MAX_CURSOR] + "=" * (-len(cursor) % 4)
        key = orjson.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
    except (ValueError, binascii.Error):
        raise BadInput(argument="after") from None
    if not isinstance(key, list) or len(key) != size:
        raise BadInput(argument="after")
    if not all(
        isinstance(part, str | int | float | None) and "\0" not in str(part) for part in key
    ):
        raise BadInput(argument="after")
    return key
