"""/sandbox: the knobs that tests and developers turn, and the page for customers."""

import hmac
from collections import Counter
from collections.abc import Callable

import orjson
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from sandbox.openai.faults import Faults, read_rule
from sandbox.openai.wire import WireError
from sandbox.stripe import page
from sandbox.stripe.charges import Charges
from sandbox.stripe.events import Events
from sandbox.stripe.intents import Intents
from sandbox.stripe.store import Store
from sandbox.stripe.wire import Json, Refusal, answer, form, shown


class Control:
    """Faults, events, the customer's and the bank's answers, and the list of what was paid."""

    def __init__(
        self,
        store: Store,
        events: Events,
        charges: Charges,
        intents: Intents,
        faults: Faults,
        counts: Counter[str],
    ) -> None:
        self._store, self._events, self._charges = store, events, charges
        self._intents, self._faults, self._counts = intents, faults, counts

    def routes(self) -> list[Route]:
        return [
            Route("/sandbox/faults", self.faults, methods=["POST"]),
            Route("/sandbox/calls", self.calls, methods=["GET"]),
            Route("/sandbox/reset", self.reset, methods=["POST"]),
            Route("/sandbox/webhook", self.webhook, methods=["POST"]),
            Route("/sandbox/events", self.events, methods=["GET"]),
            Route("/sandbox/events", self.send, methods=["POST"]),
            Route("/sandbox/authenticate", self.authenticate, methods=["POST"]),
            Route("/sandbox/authenticate/{id}", self.ask, methods=["GET"]),
            Route("/sandbox/authenticate/{id}", self.answered, methods=["POST"]),
            Route("/sandbox/processed", self.processed, methods=["POST"]),
            Route("/sandbox/speed", self.speed, methods=["POST"]),
            Route("/healthz", self.health, methods=["GET"]),
        ]

    async def faults(self, request: Request) -> Response:
        """Replaces the rules: {"rules": [{match, fault, times, seconds, code}]}."""
        try:
            self._faults.rules = [read_rule(rule) for rule in (await _json(request))["rules"]]
        except WireError as error:
            return error.response()
        return answer({"rules": len(self._faults.rules)})

    async def calls(self, request: Request) -> Response:
        """Money taken and given back; requests by route; the ids of events that were taken."""
        charges = [shown(one) for one in self._store.all("charge") if one["paid"]]
        return answer(
            {
                "charges": charges,
                "refunds": [shown(one) for one in self._store.all("refund")],
                "requests": dict(self._counts),
                "delivered": self._events.delivered,
            }
        )

    async def reset(self, request: Request) -> Response:
        """As on the first day."""
        self._faults.rules = []
        self._charges.stop()
        self._store.clear()
        self._counts.clear()
        self._events.delivered.clear()
        return answer({"reset": True})

    async def webhook(self, request: Request) -> Response:
        """{"url": str | null, "secret": str, "hold": bool}: where events go from now on."""
        body = await _json(request)
        self._events.url, self._events.hold = body.get("url"), bool(body.get("hold"))
        self._events.secret = body.get("secret") or self._events.secret
        return answer({"url": self._events.url})

    async def events(self, request: Request) -> Response:
        """Every event so far, oldest first; of one object with ?object=."""
        return answer({"events": self._store.events(request.query_params.get("object"))})

    async def send(self, request: Request) -> Response:
        """{"ids": [str], "times": int}: posts them one after the other, each so often at once."""
        body = await _json(request)
        statuses: list[int] = []
        for id in body["ids"]:
            event = self._store.event(id)
            statuses += await self._events.send(event, int(body.get("times", 1)))
        return answer({"statuses": statuses})

    async def authenticate(self, request: Request) -> Response:
        """{"id": str, "ok": bool}: the customer's answer, without the page."""
        body = await _json(request)
        return self._act(lambda: self._charges.authenticated(body["id"], bool(body["ok"])))

    async def processed(self, request: Request) -> Response:
        """{"id": str, "ok": bool}: the bank's decision, now."""
        body = await _json(request)
        return self._act(lambda: self._charges.processed(body["id"], bool(body["ok"])))

    async def ask(self, request: Request) -> Response:
        """The page on which the customer is asked."""
        intent = self._asked(request.path_params["id"], request.query_params.get("key"))
        if intent is None:
            return HTMLResponse("<p>There is nothing to authenticate.", 404)
        return HTMLResponse(page.page(intent))

    async def answered(self, request: Request) -> Response:
        """The customer's answer on the page; they go back to where they came from."""
        given = form((await request.body()).decode())
        intent = self._asked(request.path_params["id"], given.get("key"))
        if intent is None:
            return HTMLResponse("<p>There is nothing to authenticate.", 404)
        ok, id = given.get("answer") == "ok", intent["id"]
        self._act(lambda: self._charges.authenticated(id, ok))
        where = page.back(intent, ok)
        return RedirectResponse(where, 303) if where else HTMLResponse("<p>완료 · Done.")

    async def speed(self, request: Request) -> Response:
        """{"processing_seconds": float, "search_lag_seconds": float}: banks, and the search."""
        body = await _json(request)
        self._charges.processing_seconds = float(body["processing_seconds"])
        self._intents.search_lag_seconds = float(body["search_lag_seconds"])
        return answer(body)

    async def health(self, request: Request) -> Response:
        return answer({"ok": True})

    def _asked(self, id: str, key: object) -> Json | None:
        intent = self._store.find(id, "payment_intent")
        if intent is None or intent["status"] != "requires_action":
            return None
        return intent if hmac.compare_digest(str(key), intent["client_secret"]) else None

    def _act(self, work: Callable[[], Json]) -> Response:
        try:
            with self._store.transaction():
                intent = work()
        except Refusal as error:
            self._events.drop()
            return answer(shown(error.body), error.status)
        self._events.flush()
        return answer(shown(intent))


async def _json(request: Request) -> Json:
    return dict(orjson.loads(await request.body()))
