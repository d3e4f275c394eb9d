"""Who is asking."""

import enum
from dataclasses import dataclass
from datetime import datetime


class Role(enum.StrEnum):
    """What a signed-in person is to us."""

    CUSTOMER = "customer"
    STAFF = "staff"
    PARTNER = "partner"


class AgeState(enum.StrEnum):
    """How sure we are that someone is of legal age in a channel."""

    UNKNOWN = "unknown"
    DECLARED = "declared"
    VERIFIED = "verified"
    MINOR = "minor"


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
