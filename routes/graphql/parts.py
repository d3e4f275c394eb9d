"""What the transports share."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Self

from core.errors import AccessError
from routes.graphql import refusals
from routes.graphql.caps import Caps
from routes.graphql.engine import Engine
from routes.graphql.host import Caller, Host
from routes.graphql.ledger import Ledger
from routes.graphql.limits import Limits
from routes.graphql.refusals import Denied, Refusal
from routes.graphql.sharing import Executions

logger = logging.getLogger("nerdx.graphql")


@dataclass(frozen=True, slots=True)
class Parts:
    """The pieces of one endpoint."""

    host: Host
    limits: Limits
    engine: Engine
    executions: Executions
    caps: Caps
    ledger: Ledger

    @classmethod
    def of(cls, host: Host, limits: Limits) -> Self:
        """Make them."""
        engine = Engine(host, limits)
        ledger = Ledger(limits, host.rates, engine)
        return cls(host, limits, engine, Executions(engine, host, limits), Caps(limits), ledger)

    async def caller(
        self, headers: Mapping[str, str], authorization: str | None, client: str, trace_id: str = ""
    ) -> Caller:
        """Ask the host who this is; raises `Denied`, or a `Refusal` when the host cannot tell."""
        try:
            caller = await self.host.caller(headers, authorization, client)
        except AccessError as error:
            # Tokens that are not good count as their sender's, or trying them would be free.
            await self.ledger.admit(self.caps.strangers(client), "")
            raise Denied(error) from error
        except Exception as error:
            logger.exception("nobody could tell who asks, trace %s", trace_id)
            raise Refusal(refusals.UNAVAILABLE, trace_id=trace_id) from error
        return caller.traced(trace_id)


def seconds_left(caller: Caller) -> float | None:
    """Return how long the caller's token is still good; None when it does not run out."""
    expires_at = caller.viewer.expires_at
    if expires_at is None:
        return None
    return max(0.0, (expires_at - datetime.now(UTC)).total_seconds())
