"""A circuit breaker: who failed several times in a row is left alone, and then tried by one."""

import enum
import logging
import time
from collections.abc import Callable

from prometheus_client import Gauge

log = logging.getLogger(__name__)


class State(enum.IntEnum):
    """What a breaker lets through."""

    CLOSED = 0
    """Every call."""
    HALF_OPEN = 1
    """One call, which decides."""
    OPEN = 2
    """None."""


STATE = Gauge(
    "embedding_breaker_state", "0 closed, 1 half-open, 2 open: whether embeddings are asked for"
)


class Breaker:
    """Opens after so many failures in a row, for so many seconds."""

    def __init__(
        self, failures: int, seconds: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._limit, self._seconds, self._clock = failures, seconds, clock
        self._failures, self._open_until = 0, 0.0
        self._is_tried = False

    @property
    def state(self) -> State:
        """What it lets through now."""
        if self._failures < self._limit:
            return State.CLOSED
        return State.HALF_OPEN if self._clock() >= self._open_until else State.OPEN

    def enter(self) -> bool:
        """Tell whether a call may be made; whoever may says how it went, or leaves."""
        state = self.state
        STATE.set(state)
        if state is State.CLOSED:
            return True
        if state is State.OPEN or self._is_tried:
            return False
        self._is_tried = True
        return True

    def succeeded(self) -> None:
        """Close it."""
        if self._failures >= self._limit:
            log.info("embeddings answer again")
        self._failures, self._is_tried = 0, False
        STATE.set(State.CLOSED)

    def failed(self) -> None:
        """Count a failure; the last of so many opens it, and so does that of a trial."""
        self._failures, self._is_tried = self._failures + 1, False
        if self._failures >= self._limit:
            self._open_until = self._clock() + self._seconds
            log.warning("embeddings are not asked for for %g s", self._seconds)
        STATE.set(self.state)

    def left(self) -> None:
        """Go without a verdict: the call said nothing about the provider."""
        self._is_tried = False
