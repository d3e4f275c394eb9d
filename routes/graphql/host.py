"""What the application gives to the transport."""

import enum
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Protocol

import strawberry

from core.rates import Rates
from core.viewer import Viewer


class Ending(enum.Enum):
    """Why what is open for a caller has to close."""

    REVOKED = enum.auto()
    """The session has ended."""
    CHANGED = enum.auto()
    """The viewer may no longer do what they could when they came."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Who asks, in which language and channel; the transport fills in `trace_id`."""

    viewer: Viewer
    locale: str
    channel: str
    key: str
    """Equal for callers who may see the same: their equal subscriptions are one execution."""
    client: str = ""
    """The address of the client, for limits."""
    trace_id: str = ""

    def traced(self, trace_id: str) -> "Caller":
        """Return the caller of another operation on the same connection."""
        return replace(self, trace_id=trace_id)


class OperationContext(Protocol):
    """The `info.context` of one operation, as far as the transport reads and writes it."""

    event_id: str | None
    """Set by a subscription before each yield: the `id:` of the event over SSE."""
    last_event_id: str | None
    """Where a reconnecting SSE client stopped reading."""

    @property
    def extensions(self) -> dict[str, object]:
        """What is merged into the `extensions` of the response; emptied after each event."""


class Host(Protocol):
    """The application behind the transport."""

    @property
    def schema(self) -> strawberry.Schema:
        """The schema: without extensions or operation directives, which do not run here."""

    @property
    def rates(self) -> Rates:
        """The buckets that operations are counted in."""

    async def caller(
        self, headers: Mapping[str, str], authorization: str | None, client: str
    ) -> Caller:
        """Tell who asks, or raise a `core.errors.AccessError`. Header names are lower-case."""

    def context(self, caller: Caller) -> OperationContext:
        """Make the context of one operation."""

    def replays_latest(self, field: str) -> bool:
        """Tell state topics (the newest payload is enough) from logs (every payload counts)."""

    def watch(
        self, caller: Caller, end: Callable[[Ending], None], renew: Callable[[Caller], None]
    ) -> Callable[[], None]:
        """Call `end` once the caller is nobody or less than before, and `renew` once they are more.

        The result stops the watch.
        """
