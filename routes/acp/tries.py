"""Promotion codes that there are not: agents may guess no more of them than people may."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from core.throttle import RateLimited
from routes.acp.door import Call, too_many
from routes.acp.once import told
from services.acp import MAX_CODES, Answer

# As many as a person's network address has.
SECONDS, PER_SESSION = 900, 20
UNKNOWN = "discount_code_invalid"


async def counted(
    call: Call, body: Mapping[str, Any], id: str, work: Callable[[], Awaitable[Answer]]
) -> Answer:
    """Count the codes of a request, and take back those that are not unknown.

    All are counted before any is looked up, so requests at once have no more tries than others.
    Who is told again what they were told has not tried again. Raises AcpError.
    """
    codes = body.get("discounts", {}).get("codes", body.get("coupons")) or ()
    if codes and (known := await told(call)):
        return known
    spent: list[list[str]] = []
    unknown = 0
    try:
        for _ in codes[:MAX_CODES]:
            spent.append(await _spend(call, id))
        answer = await work()
        unknown = _unknown(answer)
        return answer
    except RateLimited as error:
        raise too_many(error.retry_after_seconds) from error
    finally:
        for slot in [slot for slots in spent[unknown:] for slot in slots]:
            await call.shop.throttle.give_back(slot, seconds=SECONDS)


async def _spend(call: Call, id: str) -> list[str]:
    limits = {f"session:{id}": PER_SESSION} if id else {}
    limits[f"token:{call.partner.id}"] = call.shop.settings.partner_code_tries
    spend = call.shop.throttle.spend
    return [
        await spend("agentCodes", key, limit=limit, seconds=SECONDS)
        for key, limit in limits.items()
    ]


def _unknown(answer: Answer) -> int:
    """Return how many were unknown."""
    if answer.status >= 400 or "idempotent-replayed" in answer.headers:
        return 0
    return sum(one.get("code") == UNKNOWN for one in answer.body.get("messages", ()))
