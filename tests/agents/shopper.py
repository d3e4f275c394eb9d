"""A shopper who does not care which protocol their agent speaks."""

import uuid
from dataclasses import dataclass, field
from typing import Any, Protocol

import httpx2

OPEN, BUYER, READY, DONE, CANCELED = "open", "buyer", "ready", "completed", "canceled"
ABSENT, CLOSED, CONFLICT, REFUSED = "absent", "closed", "conflict", "refused"


@dataclass(frozen=True)
class Seen:
    """An answer, told alike: amounts in minor units, codes of errors and warnings as ACP's."""

    status: str
    id: str = ""
    total: int = 0
    codes: frozenset[str] = frozenset()
    order_id: str | None = None
    options: tuple[str, ...] = ()
    prices: dict[str, int] = field(default_factory=dict)
    continue_url: str = ""
    replayed: bool = False
    raw: dict[str, Any] = field(default_factory=dict)


class Shopper(Protocol):
    """What an agent does, whatever it speaks."""

    async def create(
        self, units: dict[str, int], *, placed: bool = False, key: str | None = None
    ) -> Seen:
        """Begin a session, with the address of a buyer if told."""
        ...

    async def choose(self, seen: Seen, option: str) -> Seen:
        """Choose how it travels."""
        ...

    async def refill(self, seen: Seen, units: dict[str, int]) -> Seen:
        """Have these items and no others."""
        ...

    async def get(self, id: str) -> Seen:
        """Look at a session."""
        ...

    async def pay(self, id: str, token: str, key: str | None = None) -> Seen:
        """Complete a session."""
        ...

    async def cancel(self, id: str, key: str | None = None) -> Seen:
        """End a session."""
        ...


def new_key() -> str:
    """A key of idempotency."""
    return str(uuid.uuid4())


def replayed(answer: httpx2.Response) -> bool:
    """Whether it was answered before."""
    return answer.headers.get("idempotent-replayed") == "true"
