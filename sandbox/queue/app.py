"""The queue's HTTP surface: submit, status, result, cancel, files, and the history beside it."""

from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import orjson
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp

from sandbox.openai.app import Raw
from sandbox.openai.config import SandboxConfig
from sandbox.openai.control import Control
from sandbox.openai.faults import Faults, meet
from sandbox.openai.store import VideoStore
from sandbox.openai.studio import Studio
from sandbox.openai.webhooks import Webhooks
from sandbox.openai.wire import WireError, answer
from sandbox.queue.requests import Requests

Endpoint = Callable[[Request], Awaitable[Response]]
REQUEST = "/{owner}/{app}/requests/{id}"
HISTORY = "/v1/models/requests"


def create_app(config: SandboxConfig) -> ASGIApp:
    """The server as ASGI: the queue at its root, the history under /v1, /sandbox for its knobs."""
    faults, counts = Faults(), Counter[str]()
    store = VideoStore(config.data_dir)
    studio = Studio(store, config.slots, lambda video: None)
    requests = Requests(store, studio, faults)
    control = Control(store, studio, faults, Webhooks(None, "", faults), counts)

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        studio.start()
        yield
        await studio.stop()
        store.close()

    api = _guarded(config.api_key, counts, requests, faults)
    routes = [
        *control.routes(),
        Route("/files/{name}", requests.file, methods=["GET"]),
        api(f"{HISTORY}/by-endpoint", requests.history, "GET"),
        api(f"{HISTORY}/{{id}}/payloads", requests.erase, "DELETE"),
        api(f"{REQUEST}/status", requests.status, "GET"),
        api(f"{REQUEST}/cancel", requests.cancel, "PUT"),
        api(REQUEST, requests.result, "GET"),
        api("/{model:path}", requests.submit, "POST"),
    ]
    return Raw(Starlette(routes=routes, lifespan=lifespan))


def _guarded(
    key: str, counts: Counter[str], requests: Requests, faults: Faults
) -> Callable[[str, Endpoint, str], Route]:
    """Return a maker of routes that ask for the key, count, and meet the faults asked for."""

    def api(path: str, endpoint: Endpoint, method: str) -> Route:
        async def guarded(request: Request) -> Response:
            try:
                if request.headers.get("authorization") != f"Key {key}":
                    return answer({"detail": "No user found for Key ID and Secret"}, 401)
                counts[f"{method} {path}"] += 1
                rule = faults.answer(method, request.url.path, await requests.prompt_of(request))
                if rule is None:
                    return await endpoint(request)
                return await meet(rule, lambda: endpoint(request))
            except WireError as error:
                return _detail(error)

        return Route(path, guarded, methods=[method])

    return api


def _detail(error: WireError) -> Response:
    """The queue explains itself in `detail`."""
    body = error.body["error"]
    told = {"detail": str(error)}
    if error.status == 422:
        kind = body.get("code") or "value_error"
        one = {"loc": ["body", body.get("param")], "msg": str(error), "type": kind}
        return Response(orjson.dumps({"detail": [one]}), 422, media_type="application/json")
    return answer(told, error.status, error.headers)
