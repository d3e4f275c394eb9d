"""What providers tell us: webhooks of the renderer and of carriers only make us ask sooner."""

import logging

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from core.outbox import Transactions
from gateways.carrier import Carrier, CarrierNewsInvalid
from gateways.renderer import Renderer, WebhookInvalid
from services import order, webhook
from services.cameo.news import heard_of

log = logging.getLogger(__name__)

MAX_BYTES = 65_536


def webhook_routes(begin: Transactions, renderer: Renderer) -> list[BaseRoute]:
    """Return the route that the renderer posts to."""

    async def told(request: Request) -> Response:
        body = await request.body()
        try:
            news = renderer.webhook(body, request.headers)
        except WebhookInvalid as error:
            log.warning("webhook refused: %s", error)
            return JSONResponse({"error": str(error)}, 400)
        async with begin() as uow:
            if not await webhook.is_first(uow, news.webhook_id):
                return JSONResponse({"received": True, "duplicate": True})
            await heard_of(uow, news.id)
        return JSONResponse({"received": True})

    return [Route("/webhooks/renderer", told, methods=["POST"], max_body_size=MAX_BYTES)]


def carrier_routes(begin: Transactions, carrier: Carrier) -> list[BaseRoute]:
    """Return the route that the hub of carriers posts to."""

    async def told(request: Request) -> Response:
        body = await request.body()
        try:
            news = carrier.news(body, request.headers, begin.now())
        except CarrierNewsInvalid as error:
            log.warning("webhook refused: %s", error)
            return JSONResponse({"error": str(error)}, 400)
        async with begin() as uow:
            if not await webhook.is_first(uow, news.webhook_id):
                return JSONResponse({"received": True, "duplicate": True})
            await order.parcels.hurry(uow, news.carrier, news.tracking_number)
        return JSONResponse({"received": True})

    return [Route("/webhooks/carrier", told, methods=["POST"], max_body_size=MAX_BYTES)]
