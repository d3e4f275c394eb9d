"""What every request of a platform passes, and how it is answered.

Tokens, limits, bodies, keys and faults are those of the other protocol's door; what is refused
there is said here in this one's words.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from core.settings import Settings
from routes.acp import Shop
from routes.acp.door import Call, fault, let_in, shown
from routes.ucp.platforms import Platforms
from services import acp, ucp
from services.acp import AcpError, Answer
from services.ucp import Agreed

NOT_FOUND, UNAVAILABLE = "not_found", "item_unavailable"


@dataclass(frozen=True)
class Visit:
    """A request that was let in, and what its platform and we agreed on."""

    call: Call
    agreed: Agreed


type Endpoint = Callable[[Visit], Awaitable[Answer]]


class Door:
    """Lets platforms in."""

    def __init__(self, shop: Shop) -> None:
        self._shop = shop
        self._platforms = Platforms(shop)

    def guarded(self, endpoint: Endpoint) -> Callable[..., Awaitable[Response]]:
        """Return the endpoint behind the door."""

        async def handle(request: Request) -> Response:
            try:
                answer = await endpoint(await self._let_in(request))
            except AcpError as error:
                answer = Answer(error.status, error.body, error.headers)
            except Exception as error:
                answer = fault(error)
            return shown(request, spoken(answer, self._shop.settings))

        return handle

    async def _let_in(self, request: Request) -> Visit:
        """The token comes first: for nobody else a profile is fetched."""
        call = await let_in(self._shop, "checkout", request)
        url = ucp.profile_url(",".join(request.headers.getlist("ucp-agent")))
        if call.partner.agent_profile_url not in (None, url):
            raise AcpError(403, "forbidden", "The token is another platform's.")
        return Visit(call, await self._platforms.agreed(url, call.partner.id))


def spoken(answer: Answer, settings: Settings) -> Answer:
    """Return an answer in this protocol's words: a refusal of the core came in the other's."""
    if answer.status < 400:
        return answer
    code, told = str(answer.body["code"]), str(answer.body["message"])
    if answer.status in (400, 404) and code == NOT_FOUND:
        is_gone = answer.status == 404
        what = NOT_FOUND if is_gone else UNAVAILABLE
        severity = "unrecoverable" if is_gone else "recoverable"
        return Answer(200, ucp.failure(settings, what, told, severity), answer.headers)
    if code == "capabilities_incompatible":
        return Answer(200, ucp.failure(settings, code, told, "unrecoverable"))
    is_late = answer.status == 405 or code == acp.CONFLICT
    body: dict[str, Any] = {"code": code, "content": told}
    if path := ucp.path_of(answer.body.get("param")):
        body["path"] = path
    return Answer(409 if is_late else answer.status, body, answer.headers)
