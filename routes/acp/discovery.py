"""Where agents find us: /.well-known/acp.json, for anybody."""

from collections.abc import Awaitable, Callable, Sequence

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from core.i18n import LOCALES
from core.settings import Settings
from models.catalogue import Channel
from services import acp
from services.acp import VERSION, VERSIONS


def discovery_route(
    settings: Settings, channels: Callable[[], Awaitable[Sequence[Channel]]]
) -> BaseRoute:
    """Return the route."""

    async def found(request: Request) -> Response:
        currencies = {channel.currency.lower() for channel in await channels()}
        told = {
            "protocol": {
                "name": "acp",
                "version": VERSION,
                "supported_versions": list(VERSIONS),
            },
            "api_base_url": f"{settings.public_url.rstrip('/')}/acp",
            "transports": ["rest"],
            "capabilities": {
                "services": ["checkout", "orders", "carts"],
                "extensions": [{"name": "discount"}],
                **({"intervention_types": can} if (can := acp.interventions(settings)) else {}),
                "supported_currencies": sorted(currencies),
                "supported_locales": list(LOCALES),
            },
        }
        return JSONResponse(told, headers={"cache-control": "public, max-age=3600"})

    return Route("/.well-known/acp.json", found, methods=["GET"])
