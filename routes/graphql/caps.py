"""How many connections and subscriptions are open, in the process and for each viewer."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Self

from core.rates import Rate
from core.throttle import network
from routes.graphql import refusals
from routes.graphql.host import Caller
from routes.graphql.limits import Limits
from routes.graphql.refusals import Kind, Refusal
from routes.graphql.telemetry import CONNECTIONS

type Release = Callable[[], None]


@dataclass(frozen=True, slots=True)
class Party:
    """Who is counted together: a signed-in viewer, or all strangers of one address."""

    name: str
    max_connections: int
    max_subscriptions: int
    allowance: "Allowance"


@dataclass(frozen=True, slots=True)
class Allowance:
    """What a party may ask in its windows, and how that is told."""

    rates: tuple[Rate, ...]
    policy: bytes

    @classmethod
    def of(cls, *rates: Rate) -> Self:
        """Say it as the IETF's draft does: `600;w=60, 10000;w=3600`."""
        return cls(rates, ", ".join(f"{one.limit};w={one.seconds}" for one in rates).encode())


class Caps:
    """Counts up, refuses beyond a limit, and hands back how to count down."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self.open_connections = 0
        self._viewer_rates = Allowance.of(Rate(limits.viewer_operations_per_minute, 60))
        self._address_rates = Allowance.of(
            Rate(limits.address_operations_per_minute, 60),
            Rate(limits.address_operations_per_hour, 3_600),
        )
        self._connections: Counter[str] = Counter()
        self._subscriptions: Counter[str] = Counter()

    def party(self, caller: Caller, client: str) -> Party:
        """Tell with whom a caller is counted."""
        limits = self._limits
        if not caller.viewer.customer_id:
            return self.strangers(client)
        viewer = limits.max_connections_per_viewer, limits.max_subscriptions_per_viewer
        return Party(caller.viewer.customer_id, *viewer, self._viewer_rates)

    def strangers(self, client: str) -> Party:
        """Return all who come from an address and have not proved who they are."""
        limits = self._limits
        address = limits.max_connections_per_address, limits.max_subscriptions_per_address
        return Party(f"address:{network(client)}", *address, self._address_rates)

    def process(self) -> Release:
        """Count a connection of this process."""
        if self.open_connections >= self._limits.max_connections:
            raise Refusal(refusals.SERVER_BUSY)
        self.open_connections += 1
        CONNECTIONS.inc()
        return once(self._leave_process)

    def opening(self, client: str) -> Release:
        """Count a socket whose client has not said yet who they are."""
        kind, limit = refusals.TOO_MANY_CONNECTIONS, self._limits.max_connections_per_address
        return _enter(self._connections, f"opening:{network(client)}", limit, kind)

    def connection(self, party: Party) -> Release:
        """Count a connection of a party."""
        kind = refusals.TOO_MANY_CONNECTIONS
        return _enter(self._connections, party.name, party.max_connections, kind)

    def subscription(self, party: Party) -> Release:
        """Count a subscription of a party."""
        kind = refusals.TOO_MANY_SUBSCRIPTIONS
        return _enter(self._subscriptions, party.name, party.max_subscriptions, kind)

    def _leave_process(self) -> None:
        self.open_connections -= 1
        CONNECTIONS.dec()


def _enter(counts: Counter[str], name: str, limit: int, kind: Kind) -> Release:
    if counts[name] >= limit:
        raise Refusal(kind, limit=limit)
    counts[name] += 1

    def leave() -> None:
        counts[name] -= 1
        if not counts[name]:
            del counts[name]

    return once(leave)


def once(act: Callable[[], None]) -> Release:
    """Return a function that acts the first time it is called, and then no more."""
    waiting = [act]

    def call() -> None:
        while waiting:
            waiting.pop()()

    return call
