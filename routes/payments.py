"""What Stripe tells us: each event once, in any order, and nothing that it did not send."""

import logging

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from core.outbox import Transactions
from gateways.payments import NewsInvalid, Payments
from services import age, payment

log = logging.getLogger(__name__)

MAX_BYTES = 1_048_576


def payment_routes(begin: Transactions, payments: Payments) -> list[BaseRoute]:
    """Return the route that Stripe posts to."""

    async def told(request: Request) -> Response:
        try:
            body = await _body(request)
            news = payments.event(body, request.headers.get("stripe-signature"))
        except NewsInvalid as error:
            log.warning("webhook refused: %s", error)
            return JSONResponse({"error": str(error)}, 400)
        async with begin() as uow:
            is_new = await payment.hear(uow, news)
            if is_new:
                await age.hear(uow, news.kind, news.object_id)
        return JSONResponse({"received": True} | ({} if is_new else {"duplicate": True}))

    return [Route("/webhooks/stripe", told, methods=["POST"])]


async def _body(request: Request) -> bytes:
    """Read no more than an event can have. Raises NewsInvalid."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_BYTES:
            raise NewsInvalid("the body is larger than any event")
    return bytes(body)
