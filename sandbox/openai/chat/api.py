"""The endpoints of responses, and the knobs of whoever tests with them."""

from collections.abc import AsyncIterator

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from sandbox.openai.chat.asked import Asked, read
from sandbox.openai.chat.events import sse
from sandbox.openai.chat.model import Model, read_script
from sandbox.openai.chat.runs import Run, Runs
from sandbox.openai.faults import hang_up
from sandbox.openai.wire import WireError, answer, json_body

GARBLED = b'event: response.output_text.delta\ndata: {"type":"response.output_te\n\n'


class Chat:
    """POST, GET, cancel and DELETE, over the runs and the model."""

    def __init__(self, runs: Runs, model: Model) -> None:
        self.runs, self._model = runs, model

    async def create(self, request: Request) -> Response:
        asked = read(await json_body(request))
        run = self.runs.add(asked, self._model.plan(asked))
        if asked.is_streamed:
            return _Stream(self.runs, run, -1)
        if not asked.is_background:
            await run.finished()
        return answer(_whole(run))

    async def retrieve(self, request: Request) -> Response:
        run, query = self._known(request), request.query_params
        if query.get("stream") not in ("true", "1"):
            return answer(_whole(run))
        if not run.asked.is_background:
            raise WireError(400, "Only background responses can be streamed again.", param="stream")
        try:
            after = int(query.get("starting_after", "-1"))
        except ValueError as error:
            raise WireError(400, "Invalid 'starting_after'.", param="starting_after") from error
        return _Stream(self.runs, run, after)

    async def cancel(self, request: Request) -> Response:
        run = self._known(request)
        if not run.asked.is_background:
            raise WireError(400, "Only background responses can be cancelled.", code="bad_request")
        self.runs.cancel(run)
        return answer(_whole(run))

    async def delete(self, request: Request) -> Response:
        run = self._known(request)
        self.runs.delete(run)
        return answer({"id": run.id, "object": "response.deleted", "deleted": True})

    def _known(self, request: Request) -> Run:
        id = request.path_params["id"]
        if (run := self.runs.one(id)) is None:
            raise WireError(404, f"Response with id '{id}' not found.", param="id")
        return run

    async def prompt_of(self, request: Request) -> str:
        """The last words that a request is about, for faults that ask for them."""
        if id := request.path_params.get("id"):
            run = self.runs.one(id)
            return run.asked.last_words if run else ""
        return Asked(await json_body(request)).last_words

    def routes(self) -> list[Route]:
        """The knobs."""
        return [
            Route("/sandbox/chat", self.turn, methods=["POST"]),
            Route("/sandbox/chats", self.shown, methods=["GET"]),
        ]

    async def turn(self, request: Request) -> Response:
        """{"model", "tokens_per_second", "script"}: who answers, how fast, and what comes next.

        `model` answers whatever model is asked for (null: the one asked for). Each round of
        `script` is said by the next request: {"say": str, "refuse": str, "calls": [{"name",
        "arguments"}]} and the fields of a plan.
        """
        body = await json_body(request)
        if "model" in body:
            self._model.override = str(body["model"]) if body["model"] else None
        if "tokens_per_second" in body:
            self.runs.tokens_per_second = float(str(body["tokens_per_second"] or 0))
        if "script" in body:
            try:
                self._model.script = read_script(body["script"])
            except WireError as error:
                return error.response()
        return answer({"model": self._model.override, "rounds": len(self._model.script)})

    async def shown(self, request: Request) -> Response:
        """Every round: what was asked, whether it still runs, how many words it made."""
        return answer({"runs": [run.shown() for run in self.runs.all()]})

    def clear(self) -> None:
        """As on the first day."""
        self.runs.clear()
        self._model.override, self._model.script = None, []


def _whole(run: Run) -> dict[str, object]:
    return run.answer.wire()


class _Stream(StreamingResponse):
    """A run's events as they come; a plan may break the connection of the first reader."""

    def __init__(self, runs: Runs, run: Run, after: int) -> None:
        super().__init__(self._events(after), media_type="text/event-stream")
        self._runs, self._run = runs, run

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self._wire = scope, receive
        try:
            await super().__call__(scope, receive, send)
        finally:
            # Who asked for a round in the foreground and left has ended it.
            if not self._run.asked.is_background:
                self._runs.cancel(self._run)

    async def _events(self, after: int) -> AsyncIterator[bytes]:
        run, words = self._run, 0
        async for event in run.read(after):
            if str(event["type"]).endswith(".delta") and after < 0 and not run.was_cut:
                if words == run.plan.cut_at:
                    run.was_cut = True
                    await hang_up(*self._wire)
                    return
                if words == run.plan.garble_at:
                    run.was_cut = True
                    yield GARBLED
                words += 1
            yield sse(event)
