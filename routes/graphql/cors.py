"""Which sites may call the API from a browser."""

from collections.abc import Collection

from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware

REQUEST_HEADERS = (
    "authorization",
    "content-type",
    "accept-language",
    "x-channel",
    "last-event-id",
    "traceparent",
    "tracestate",
)
RESPONSE_HEADERS = (
    "x-trace-id",
    "retry-after",
    "ratelimit-limit",
    "ratelimit-remaining",
    "ratelimit-reset",
    "ratelimit-policy",
)


def cors(allowed_origins: Collection[str]) -> Middleware:
    """Return the middleware that answers preflights, for these origins only."""
    return Middleware(
        CORSMiddleware,
        allow_origins=tuple(allowed_origins),
        allow_methods=("GET", "POST", "PUT", "OPTIONS"),
        allow_headers=REQUEST_HEADERS,
        expose_headers=RESPONSE_HEADERS,
        allow_credentials="*" not in allowed_origins,
        max_age=600,
    )
