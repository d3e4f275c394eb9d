"""What is not there, said as the protocol has errors."""

from collections.abc import Callable, Sequence
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Match, Route

METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"]


type Words = Callable[[str, str], dict[str, Any]]


def words(code: str, told: str) -> dict[str, Any]:
    """Return an error of this protocol."""
    return {"type": "invalid_request", "code": code, "message": told}


def nothing_route(known: Sequence[BaseRoute], under: str = "/acp", say: Words = words) -> BaseRoute:
    """Return the route of all other paths, and of other methods on these."""

    async def nothing(request: Request) -> Response:
        allowed = {
            method
            for route in known
            if isinstance(route, Route) and route.matches(request.scope)[0] is Match.PARTIAL
            for method in route.methods or ()
        }
        code, told = "not_found", "There is nothing at this address."
        if allowed:
            code, told = "method_not_allowed", f"This takes {', '.join(sorted(allowed))}."
        headers = {"allow": ", ".join(sorted(allowed))} if allowed else {}
        return JSONResponse(say(code, told), 405 if allowed else 404, headers)

    return Route(f"{under}/{{rest:path}}", nothing, methods=METHODS)
