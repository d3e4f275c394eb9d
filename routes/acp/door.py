"""What every request of an agent passes: token, version, key, body; and how it is answered."""

import logging
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response

from core.db import Database, is_unavailable
from core.i18n import negotiate
from core.ids import is_id
from core.outbox import Transactions
from core.rates import Rate, Rates
from core.settings import Settings
from core.throttle import Throttle
from core.viewer import Viewer
from gateways.registry import Gateways
from routes.acp.body import read
from services import partner
from services.acp import VERSIONS, AcpError, Answer
from services.checkout import Buyer
from services.partner import Partner, PartnerRefused, PartnerUnknown

log = logging.getLogger(__name__)

DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
ECHOED = ("idempotency-key", "request-id")


@dataclass(frozen=True)
class Shop:
    """What the endpoints need."""

    settings: Settings
    db: Database
    begin: Transactions
    gateways: Gateways
    rates: Rates
    throttle: Throttle


@dataclass(frozen=True)
class Call:
    """One request of an agent, let in."""

    shop: Shop
    partner: Partner
    locale: str
    path: str
    id: str
    key: str
    languages: str = ""
    body: dict[str, Any] = field(default_factory=dict)

    @property
    def buyer(self) -> Buyer:
        """Who buys: whoever the agent acts for; the checkout knows them once they claim it."""
        return Buyer(Viewer(), self.partner.id)


type Endpoint = Callable[[Call], Awaitable[Answer]]


def guarded(shop: Shop, scope: str, endpoint: Endpoint) -> Callable[..., Awaitable[Response]]:
    """Return the endpoint behind the door."""

    async def handle(request: Request) -> Response:
        try:
            answer = await endpoint(await let_in(shop, scope, request, _check_version))
        except AcpError as error:
            answer = Answer(error.status, error.body, error.headers)
        except Exception as error:
            answer = fault(error)
        return shown(request, answer)

    return handle


async def let_in(
    shop: Shop, scope: str, request: Request, check: Callable[[Request], None] | None = None
) -> Call:
    """Return the request of a partner who may make it. Raises AcpError."""
    who = await _who(shop, scope, request.headers.get("authorization"))
    if check:
        check(request)
    languages, id = request.headers.get("accept-language", ""), request.path_params.get("id", "")
    return Call(
        shop=shop,
        partner=who,
        locale=negotiate(languages, "en"),
        languages=languages,
        path=f"{request.method} {request.url.path}",
        id=id if is_id(id) else "",
        key=request.headers.get("idempotency-key", ""),
        body=await read(request),
    )


async def _who(shop: Shop, scope: str, authorization: str | None) -> Partner:
    """Return whose token it is, which may do this and has not been used too often."""
    async with shop.db.read() as session:
        try:
            who = await partner.identify(session, shop.settings, authorization, shop.begin.now())
        except PartnerUnknown as error:
            headers = {"www-authenticate": "Bearer"}
            told = "Send a live partner token as a bearer token."
            raise AcpError(401, "unauthorized", told, headers=headers) from error
    rate = Rate(shop.settings.partner_requests_per_minute, 60)
    standing = await shop.rates.take(f"partner:{who.id}", [rate])
    if standing.wait:
        raise too_many(standing.wait)
    if not who.is_noted:
        async with shop.begin() as uow:
            await partner.note_use(uow, who.id)
    try:
        who.require(scope)
    except PartnerRefused as error:
        raise AcpError(403, "forbidden", f"The token lacks the scope {scope}.") from error
    return who


def too_many(seconds: int) -> AcpError:
    """The token may come back after so many seconds."""
    told = f"Too many requests. Try again in {seconds} seconds."
    return AcpError(429, "rate_limit_exceeded", told, headers={"retry-after": str(seconds)})


def _check_version(request: Request) -> None:
    version = request.headers.get("api-version")
    if version in VERSIONS:
        return
    code = "unsupported_api_version" if version else "missing_api_version"
    told = f"Send API-Version: {VERSIONS[-1]}."
    raise AcpError(400, code, told, supported_versions=list(VERSIONS))


def fault(error: Exception) -> Answer:
    """Say that it is us."""
    if is_unavailable(error):
        log.warning("database: %s", type(error).__name__)
        told = {"code": "service_unavailable", "message": "Please try again shortly."}
        return Answer(503, {"type": "service_unavailable", **told}, {"retry-after": "2"})
    log.error("bug at an agent's door: %s", type(error).__name__, exc_info=error)
    told = {"code": "internal_error", "message": "Something went wrong on our side."}
    return Answer(500, {"type": "processing_error", **told})


def shown(request: Request, answer: Answer) -> Response:
    """Return an answer over HTTP."""
    echoed = {name: request.headers[name] for name in ECHOED if name in request.headers}
    headers = {**echoed, "cache-control": "no-store", **answer.headers}
    text = orjson.dumps(answer.body)
    return Response(text, answer.status, headers, media_type="application/json")
