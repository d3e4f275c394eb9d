"""Who is asking."""

import enum
from dataclasses import dataclass
from datetime import datetime


class Role(enum.StrEnum):
    """What a signed-in person is to us."""

    CUSTOMER = "customer"
    """Someone who drinks, watches and buys."""
    STAFF = "staff"
    """Someone who works for NERDX."""
    PARTNER = "partner"
    """A bar, shop or brand that works with NERDX."""


class AgeState(enum.StrEnum):
    """How sure we are that someone is of legal age in a channel."""

    UNKNOWN = "unknown"
    """Not said."""
    DECLARED = "declared"
    """Said, not proven."""
    VERIFIED = "verified"
    """Proven by a verification service."""
    MINOR = "minor"
    """Too young for the channel."""


@dataclass(frozen=True, kw_only=True)
class Viewer:
    """The person behind a request; a stranger has no id."""

    customer_id: str | None = None
    session_id: str | None = None
    is_guest: bool = False
    roles: frozenset[Role] = frozenset()
    permissions: frozenset[str] = frozenset()
    age: AgeState = AgeState.UNKNOWN
    expires_at: datetime | None = None

    @property
    def id(self) -> str:
        """The customer's id, for code behind `signed_in`."""
        if self.customer_id is None:
            raise PermissionError("nobody is signed in")
        return self.customer_id

    @property
    def scope(self) -> str:
        """Equal for viewers who may see the same: what shared executions are keyed by."""
        roles = ",".join(sorted(self.roles | self.permissions))
        return f"{self.customer_id or 'public'}:{roles}:{self.age}"
