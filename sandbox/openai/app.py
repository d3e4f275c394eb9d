"""The sandbox's HTTP surface."""

from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from sandbox.openai import vectors, words
from sandbox.openai.chat.api import Chat
from sandbox.openai.chat.model import Model
from sandbox.openai.chat.runs import Runs
from sandbox.openai.chat.store import RunStore
from sandbox.openai.config import SandboxConfig
from sandbox.openai.control import Control
from sandbox.openai.faults import Faults, meet
from sandbox.openai.store import VideoStore
from sandbox.openai.studio import Studio
from sandbox.openai.videos import MODELS, Videos
from sandbox.openai.webhooks import Webhooks
from sandbox.openai.wire import WireError, answer, check_key, json_body

Endpoint = Callable[[Request], Awaitable[Response]]


def create_app(config: SandboxConfig) -> ASGIApp:
    """The server as ASGI: /v1 as OpenAI has it, /sandbox to turn its knobs."""
    faults, counts = Faults(), Counter[str]()
    store = VideoStore(config.data_dir)
    webhooks = Webhooks(config.webhook_url, config.webhook_secret, faults)
    studio = Studio(store, config.slots, webhooks.announce)
    videos = Videos(store, studio, faults)
    chat = Chat(Runs(RunStore(config.data_dir), config.tokens_per_second), Model())
    control = Control(store, studio, faults, webhooks, counts, chat)

    api = _guarded(config, counts, faults)

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        studio.start()
        chat.runs.start()
        yield
        await studio.stop()
        await chat.runs.stop()
        await webhooks.aclose()
        store.close()

    routes = [
        api("/v1/videos", videos.create, "POST", videos.prompt_of),
        api("/v1/videos", videos.page, "GET", videos.prompt_of),
        api("/v1/videos/{id}", videos.retrieve, "GET", videos.prompt_of),
        api("/v1/videos/{id}", videos.delete, "DELETE", videos.prompt_of),
        api("/v1/videos/{id}/content", videos.content, "GET", videos.prompt_of),
        api("/v1/moderations", _moderate, "POST"),
        api("/v1/embeddings", _embed, "POST"),
        api("/v1/responses", chat.create, "POST", chat.prompt_of),
        api("/v1/responses/{id}", chat.retrieve, "GET", chat.prompt_of),
        api("/v1/responses/{id}", chat.delete, "DELETE", chat.prompt_of),
        api("/v1/responses/{id}/cancel", chat.cancel, "POST", chat.prompt_of),
        api("/v1/models", _models, "GET"),
        *control.routes(),
        *chat.routes(),
    ]
    return Raw(Starlette(routes=routes, lifespan=lifespan, exception_handlers={404: _no_route}))


async def _nothing(request: Request) -> str:
    return ""


def _guarded(config: SandboxConfig, counts: Counter[str], faults: Faults) -> Callable[..., Route]:
    """Return a maker of routes that ask for the key, count, and meet the faults asked for."""

    def api(
        path: str,
        endpoint: Endpoint,
        method: str,
        prompt_of: Callable[[Request], Awaitable[str]] = _nothing,
    ) -> Route:
        async def guarded(request: Request) -> Response:
            try:
                check_key(request, config.api_key)
                counts[f"{method} {path}"] += 1
                prompt = await prompt_of(request)
                rule = faults.answer(method, request.url.path, prompt)
                if rule is None:
                    return await endpoint(request)
                return await meet(rule, lambda: endpoint(request))
            except WireError as error:
                return error.response()
            finally:
                await request.close()

        return Route(path, guarded, methods=[method])

    return api


class Raw:
    """Keeps the connection at hand for the faults that break it."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        scope["sandbox.transport"] = getattr(getattr(send, "__self__", None), "transport", None)
        await self._app(scope, receive, send)


async def _no_route(request: Request, error: Exception) -> Response:
    return WireError(404, f"Invalid URL ({request.method} {request.url.path})").response()


async def _moderate(request: Request) -> Response:
    body = await json_body(request)
    texts = words.texts(body.get("input"))
    if not texts:
        raise WireError(400, "Missing required parameter: 'input'.", param="input",
                        code="missing_required_parameter")  # fmt: skip
    model = body.get("model") or "omni-moderation-latest"
    return answer(
        {"id": "modr-sandbox", "model": model, "results": [words.verdict(t) for t in texts]}
    )


async def _embed(request: Request) -> Response:
    body = await json_body(request)
    given, model = body.get("input"), str(body.get("model"))
    texts = [given] if isinstance(given, str) else given
    if not isinstance(texts, list) or not texts or not all(isinstance(t, str) for t in texts):
        raise WireError(400, "'input' must be a string or an array of strings.", param="input")
    asked = body.get("dimensions")
    dimensions = asked if isinstance(asked, int) else vectors.SIZES.get(model, vectors.DEFAULT_SIZE)
    if not 1 <= dimensions <= 3072:
        raise WireError(400, "Invalid value for 'dimensions'.", param="dimensions")
    encoding = str(body.get("encoding_format") or "float")
    found = [
        {"object": "embedding", "index": n, "embedding": vectors.wire(text, dimensions, encoding)}
        for n, text in enumerate(texts)
    ]
    spent = sum(len(text.split()) for text in texts)
    usage = {"prompt_tokens": spent, "total_tokens": spent}
    return answer({"object": "list", "data": found, "model": model, "usage": usage})


async def _models(request: Request) -> Response:
    names = [*MODELS, "omni-moderation-latest", *vectors.SIZES, "gpt-6-luna", "gpt-6-sol"]
    shown = [
        {"id": name, "object": "model", "created": 1_760_000_000, "owned_by": "openai"}
        for name in names
    ]
    return answer({"object": "list", "data": shown})
