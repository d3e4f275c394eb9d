"""How often a party may ask, and what each operation counts."""

from collections.abc import Mapping

from core.rates import Rates, Standing
from routes.graphql import refusals
from routes.graphql.caps import Party
from routes.graphql.engine import Engine, Operation
from routes.graphql.limits import Limits
from routes.graphql.refusals import Refusal, Shaped


class TooOften(Refusal):
    """The party has used up one of its rates."""

    def __init__(self, party: Party, standing: Standing) -> None:
        super().__init__(refusals.RATE_LIMITED, seconds=standing.wait)
        self.wait = standing.wait
        self.headers = {**rate_headers(party, standing), "retry-after": str(standing.wait)}

    def shaped(self, locale: str) -> list[Shaped]:
        """Return the one error, with when to come back."""
        (error,) = super().shaped(locale)
        return [{**error, "extensions": {**error["extensions"], "retryAfterSeconds": self.wait}}]


class Ledger:
    """Counts operations against the rates of their party."""

    def __init__(self, limits: Limits, rates: Rates, engine: Engine) -> None:
        self._limits, self._rates, self._engine = limits, rates, engine

    async def admit(self, party: Party, query: str) -> Standing:
        """Count an operation before anything is done for it, or raise TooOften."""
        cost = 1 if self._engine.knows(query) else 1 + len(query) // self._limits.counted_characters
        standing = await self._rates.take(party.name, party.rates, cost)
        if standing.wait:
            raise TooOften(party, standing)
        return standing

    def charge(self, party: Party, operation: Operation) -> None:
        """Count what the operation may ask for, which is known once it is understood."""
        if cost := operation.objects // self._limits.counted_objects:
            self._rates.charge(party.name, party.rates, cost)


def rate_headers(party: Party, standing: Standing) -> Mapping[str, str]:
    """Return the fields of the IETF's draft on rate limits, which most clients know."""
    policy = ", ".join(f"{rate.limit};w={rate.seconds}" for rate in party.rates)
    return {
        "ratelimit-limit": str(standing.rate.limit),
        "ratelimit-remaining": str(standing.left),
        "ratelimit-reset": str(standing.full_in),
        "ratelimit-policy": policy,
    }
