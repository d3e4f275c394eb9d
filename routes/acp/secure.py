"""3-D Secure between a completion and its payment: what an agent says of it, and what is true."""

from dataclasses import dataclass
from typing import Any

from core.errors import NotFound
from models.checkout import CheckoutStatus
from routes.acp.door import Call
from services import acp, checkout


@dataclass(frozen=True)
class Stop:
    """Nothing is to be paid now; the session tells why, or the message does."""

    message: dict[str, Any] | None = None


async def stop_of(call: Call, key: str) -> Stop | None:
    """Hold what an agent says against what the provider says; None: pay.

    While a bank asks the buyer, a completion has to say what came of it. What failed is given up
    at the provider. What was paid meanwhile stays paid. Raises AcpError, NotFound, CheckoutClosed.
    """
    shop, outcome = call.shop, acp.outcome_of(call.body)
    payments = shop.gateways.payments
    asks = await checkout.is_asking(shop.begin, payments, call.buyer, call.id, key)
    if outcome is None:
        if asks:
            raise acp.unanswered(call.locale)
        return None
    if outcome not in acp.PROCEEDS:
        await checkout.stop_paying(shop.begin, payments, call.buyer, call.id)
        return await _given_up(call, outcome)
    # Nobody could have run it but the provider, who has not heard of it yet.
    if asks and shop.settings.three_ds_acquirer is None:
        return Stop()
    return Stop() if await status_of(call) is CheckoutStatus.COMPLETED else None


async def _given_up(call: Call, outcome: str) -> Stop:
    status = await status_of(call)
    if status is CheckoutStatus.OPEN:
        return Stop(acp.failure(outcome, call.locale))
    if status is CheckoutStatus.PAYING:
        raise acp.in_flight()
    if status is not CheckoutStatus.COMPLETED:
        raise checkout.CheckoutClosed(status, call.id)
    return Stop()


async def status_of(call: Call) -> CheckoutStatus:
    """Return how the session stands. Raises NotFound."""
    async with call.shop.db.read() as session:
        found = (await checkout.mine(session, call.buyer, [call.id])).get(call.id)
    if found is None:
        raise NotFound("input.checkoutId")
    return found.status
