"""The Universal Commerce Protocol over HTTP: /ucp, and /.well-known/ucp."""

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from core.settings import Settings
from routes.acp import Shop
from routes.acp.nothing import nothing_route
from routes.ucp.door import Door
from routes.ucp.sessions import session_routes
from services import ucp

MAX_AGE = 3_600


def ucp_routes(shop: Shop) -> list[BaseRoute]:
    """Return every route of the protocol."""
    known = session_routes(Door(shop))
    return [_profile_route(shop.settings), *known, nothing_route(known, "/ucp", _words)]


def _words(code: str, told: str) -> dict[str, str]:
    return {"code": code, "content": told}


def _profile_route(settings: Settings) -> BaseRoute:
    async def found(request: Request) -> Response:
        headers = {"cache-control": f"public, max-age={MAX_AGE}"}
        return JSONResponse(ucp.profile(settings), headers=headers)

    return Route("/.well-known/ucp", found, methods=["GET"])


__all__ = ["ucp_routes"]
