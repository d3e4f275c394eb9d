"""How often a party may ask, and what each operation counts."""

from core.rates import Rates, Standing
from routes.graphql import refusals
from routes.graphql.caps import Party
from routes.graphql.engine import Engine, Operation
from routes.graphql.limits import Limits
from routes.graphql.refusals import RawHeaders, Refusal, Shaped


class TooOften(Refusal):
    """The party has used up one of its rates."""

    def __init__(self, party: Party, standing: Standing) -> None:
        super().__init__(refusals.RATE_LIMITED, seconds=standing.wait)
        self.wait = standing.wait
        self.raw_headers = [*rate_headers(party, standing), (b"retry-after", b"%d" % self.wait)]

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
        standing = await self._rates.take(party.name, party.allowance.rates, cost)
        if standing.wait:
            raise TooOften(party, standing)
        return standing

    def charge(self, party: Party, operation: Operation) -> None:
        """Count what the operation may ask for, which is known once it is understood."""
        if cost := operation.objects // self._limits.counted_objects:
            self._rates.charge(party.name, party.allowance.rates, cost)


def rate_headers(party: Party, standing: Standing) -> RawHeaders:
    """Return the fields of the IETF's draft on rate limits, which most clients know."""
    return [
        (b"ratelimit-limit", b"%d" % standing.rate.limit),
        (b"ratelimit-remaining", b"%d" % standing.left),
        (b"ratelimit-reset", b"%d" % standing.full_in),
        (b"ratelimit-policy", party.allowance.policy),
    ]
