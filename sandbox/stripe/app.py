"""The sandbox's HTTP surface: /v1 as Stripe has it, /sandbox for its knobs."""

import hashlib
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp

from sandbox.openai.app import Raw
from sandbox.openai.faults import Faults, meet
from sandbox.openai.wire import WireError
from sandbox.stripe.charges import Charges
from sandbox.stripe.config import StripeConfig
from sandbox.stripe.control import Control
from sandbox.stripe.customers import Customers
from sandbox.stripe.events import Events
from sandbox.stripe.identity import Identity
from sandbox.stripe.intents import Call, Intents
from sandbox.stripe.refunds import Refunds
from sandbox.stripe.store import Kept, Store
from sandbox.stripe.tokens import Wallet
from sandbox.stripe.wire import Json, Refusal, answer, check_key, form, shown

type Endpoint = Callable[[Call], Json]
type Routes = list[tuple[str, str, Endpoint]]

GRANTED = "/v1/shared_payment/granted_tokens"
TEST_GRANTED = "/v1/test_helpers/shared_payment/granted_tokens"
# Done, kept under the key, and then answered as a failure of the server.
AFTERWARDS = "after"


def create_app(config: StripeConfig) -> ASGIApp:
    """The server as ASGI."""
    faults, counts, store = Faults(), Counter[str](), Store(config.data_dir)
    events = Events(store, config.webhook_url, config.webhook_secret, faults)
    wallet = Wallet(store, events)
    charges = Charges(store, events, wallet, config.processing_seconds)
    intents, refunds = Intents(store, events, wallet, charges), Refunds(store, events, charges)
    customers, control = Customers(store), Control(store, events, charges, intents, faults, counts)
    door = Door(config, store, events, faults, counts)

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        charges.resume()
        events.resume()
        yield
        charges.stop()
        await events.aclose()
        store.close()

    identity = Identity(store, events)
    table: Routes = [
        *_identity_routes(identity),
        *_intent_routes(intents),
        *_other_routes(refunds, customers, wallet),
        ("GET", "/v1/charges/{id}", lambda call: store.get(call.id, "charge")),
        ("GET", "/v1/events/{id}", lambda call: store.event(call.id)),
    ]
    routes = [door.route(*entry) for entry in table]
    app = Starlette(
        routes=[*routes, *control.routes(), *identity.routes()],
        lifespan=lifespan,
        exception_handlers={404: _no_route},
    )
    return Raw(app)


def _identity_routes(identity: Identity) -> Routes:
    sessions = "/v1/identity/verification_sessions"
    return [
        ("POST", sessions, identity.create),
        ("GET", f"{sessions}/{{id}}", identity.retrieve),
        ("POST", f"{sessions}/{{id}}/redact", identity.redact),
    ]


def _intent_routes(intents: Intents) -> Routes:
    one = "/v1/payment_intents/{id}"
    return [
        ("POST", "/v1/payment_intents", intents.create),
        ("GET", "/v1/payment_intents", intents.page),
        ("GET", "/v1/payment_intents/search", intents.search),
        ("GET", one, intents.retrieve),
        ("POST", one, intents.update),
        ("POST", f"{one}/confirm", intents.confirm),
        ("POST", f"{one}/capture", intents.capture),
        ("POST", f"{one}/cancel", intents.cancel),
    ]


def _other_routes(refunds: Refunds, customers: Customers, wallet: Wallet) -> Routes:
    return [
        ("POST", "/v1/refunds", refunds.create),
        ("GET", "/v1/refunds", refunds.page),
        ("GET", "/v1/refunds/{id}", refunds.retrieve),
        ("POST", "/v1/customers", customers.create),
        ("GET", "/v1/customers", customers.page),
        ("GET", "/v1/customers/{id}", customers.retrieve),
        ("POST", "/v1/customers/{id}", customers.update),
        ("DELETE", "/v1/customers/{id}", customers.delete),
        ("POST", "/v1/payment_methods", lambda call: wallet.create(call.given)),
        ("GET", "/v1/payment_methods/{id}", lambda call: wallet.retrieve(call.id)),
        (
            "POST",
            "/v1/payment_methods/{id}/attach",
            lambda call: wallet.attach(call.id, call.given),
        ),
        ("POST", TEST_GRANTED, _preview(lambda call: wallet.grant(call.given))),
        ("POST", f"{TEST_GRANTED}/{{id}}/revoke", _preview(lambda call: wallet.revoke(call.id))),
        ("GET", f"{GRANTED}/{{id}}", _preview(lambda call: wallet.granted(call.id))),
    ]


def _preview(endpoint: Endpoint) -> Endpoint:
    """What only the preview of the API has."""

    def guarded(call: Call) -> Json:
        if not call.is_preview:
            raise Refusal(404, "Unrecognized request URL: it needs a preview Stripe-Version.")
        return endpoint(call)

    return guarded


class Door:
    """What every request of the API passes: the key, the faults, the idempotency key."""

    def __init__(
        self,
        config: StripeConfig,
        store: Store,
        events: Events,
        faults: Faults,
        counts: Counter[str],
    ) -> None:
        self._config, self._store, self._events = config, store, events
        self._faults, self._counts = faults, counts
        self._under_way: set[str] = set()

    def route(self, method: str, path: str, endpoint: Endpoint) -> Route:
        """A route of the API."""

        async def guarded(request: Request) -> Response:
            try:
                check_key(request, self._config.api_key)
                self._counts[f"{method} {path}"] += 1
                text = (await request.body()).decode()
                return await self._keyed(request, text, endpoint)
            except Refusal as error:
                return _refusal(error)
            except WireError as error:
                return answer(error.body, error.status, error.headers)

        return Route(path, guarded, methods=[method])

    async def _keyed(self, request: Request, text: str, endpoint: Endpoint) -> Response:
        key = request.headers.get("idempotency-key") if request.method == "POST" else None
        if key is None:
            return await self._met(request, text, None, endpoint)
        if key in self._under_way:
            message = f"Another request with the Idempotent Key {key} is in progress."
            raise Refusal(409, message, code="idempotency_key_in_use")
        self._under_way.add(key)
        try:
            return await self._met(request, text, key, endpoint)
        finally:
            self._under_way.discard(key)

    async def _met(
        self, request: Request, text: str, key: str | None, endpoint: Endpoint
    ) -> Response:
        """Meets the fault asked for, or none."""

        async def work() -> Response:
            return self._done(request, text, key, endpoint)

        rule = self._faults.answer(request.method, request.url.path, text)
        if rule is None:
            return await work()
        if rule.fault.isdigit() and rule.code == AFTERWARDS:
            return self._done(request, text, key, endpoint, fails=int(rule.fault))
        return await meet(rule, work)

    def _done(
        self, request: Request, text: str, key: str | None, endpoint: Endpoint, fails: int = 0
    ) -> Response:
        fingerprint = hashlib.sha256(f"{request.url.path}?{text}".encode()).hexdigest()
        if key and (kept := self._store.kept(key)):
            if kept.fingerprint != fingerprint:
                raise _reused(key)
            return answer(kept.body, kept.status, {"idempotent-replayed": "true"})
        try:
            with self._store.transaction():
                status, body = _run(request, text, endpoint)
                if fails:
                    status, body = (
                        fails,
                        Refusal(fails, "An error occurred.", kind="api_error").body,
                    )
                if key:
                    self._store.keep(key, Kept(fingerprint, status, body))
        except Refusal:
            self._events.drop()
            raise
        self._events.flush()
        return answer(body, status)


def _run(request: Request, text: str, endpoint: Endpoint) -> tuple[int, Json]:
    """Do what is asked; a refusal that is kept is an answer, too."""
    call = Call(
        given=form(text if request.method == "POST" else request.url.query),
        id=request.path_params.get("id", ""),
        origin=str(request.base_url).rstrip("/"),
        is_preview=request.headers.get("stripe-version", "").endswith(".preview"),
    )
    try:
        return 200, _wire(endpoint(call))
    except Refusal as error:
        if not error.is_kept:
            raise
        return error.status, shown(error.body)


def _broken(status: int) -> Refusal:
    return Refusal(status, "An unknown error occurred.", kind="api_error")


def _reused(key: str) -> Refusal:
    return Refusal(
        400,
        "Keys for idempotent requests can only be used with the same parameters they were first "
        f"used with. Try using a key other than '{key}' if you meant to execute another request.",
        kind="idempotency_error",
    )


def _wire(object: Json) -> Json:
    if object.get("object") in ("list", "search_result"):
        return {**object, "data": [shown(one) for one in object["data"]]}
    return shown(object)


def _refusal(error: Refusal) -> Response:
    return answer(shown(error.body), error.status)


async def _no_route(request: Request, error: Exception) -> Response:
    return _refusal(
        Refusal(404, f"Unrecognized request URL ({request.method}: {request.url.path}).")
    )
