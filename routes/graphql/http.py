"""GraphQL over HTTP: the draft's media types and statuses, GET for queries, POST for all."""

import asyncio
import logging

import orjson
from starlette.datastructures import Headers
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from core.i18n import negotiate
from routes.graphql import refusals
from routes.graphql.engine import Operation, dump
from routes.graphql.host import Caller
from routes.graphql.ledger import rate_headers
from routes.graphql.parts import Parts
from routes.graphql.refusals import Refusal, RequestError
from routes.graphql.request import (
    JSON,
    Accepted,
    Parameters,
    accepted,
    decode,
    from_query_string,
    is_json,
    parameters,
)
from routes.graphql.sse import EventStream
from routes.graphql.telemetry import Trace, traced

logger = logging.getLogger("nerdx.graphql")

METHODS = "GET, POST, OPTIONS"
# A body a little too large is read to its end, or its sender would miss the answer.
DISCARD = 8


class HttpHandler:
    """Answers one request: with JSON, or with a stream of events."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve."""
        headers = Headers(scope=scope)
        with traced(headers) as trace:
            try:
                answer = await self._serve(Request(scope, receive), trace)
            except ClientDisconnect:
                return
            await answer(scope, receive, send)

    async def _serve(self, request: Request, trace: Trace) -> "Response | EventStream":
        accept = accepted(request.headers.get("accept"))
        try:
            answer = await self._answer(request, accept, trace)
        except RequestError as error:
            answer = refused(error, request.headers, accept, trace)
        except ClientDisconnect:
            raise
        except Exception:
            logger.exception("a request could not be handled, trace %s", trace.id)
            broken = Refusal(refusals.BROKEN, trace_id=trace.id)
            answer = refused(broken, request.headers, accept, trace)
        answer.raw_headers.extend(trace.rates)
        return answer

    async def _answer(
        self, request: Request, accept: Accepted, trace: Trace
    ) -> "Response | EventStream":
        if request.method == "OPTIONS":
            return Response(status_code=204, headers={"allow": METHODS})
        if accept.json is None and not accept.stream:
            raise Refusal(refusals.NOT_ACCEPTABLE)
        given = await self._parameters(request)
        client = request.client.host if request.client else ""
        authorization = request.headers.get("authorization")
        caller = await self._parts.caller(request.headers, authorization, client, trace.id)
        party = self._parts.caps.party(caller, client)
        standing = await self._parts.ledger.admit(party, given.query)
        trace.rates = rate_headers(party, standing)
        try:
            operation = self._parts.engine.prepare(given)
        except RequestError as error:
            if accept.json is None:
                return EventStream(self._parts, trace, caller, client, failed=error)
            raise
        trace.operation(operation.kind, operation.name)
        self._parts.ledger.charge(party, operation)
        _check(operation, request.method, accept)
        if accept.json is None or operation.kind == "subscription":
            return EventStream(self._parts, trace, caller, client, operation)
        return await self._run(operation, caller, accept.json)

    async def _parameters(self, request: Request) -> Parameters:
        resume = request.headers.get("last-event-id")
        if request.method == "GET":
            given = from_query_string(request.scope["query_string"])
        elif request.method == "POST":
            given = await self._posted(request)
        else:
            raise Refusal(refusals.METHOD_NOT_ALLOWED)
        if resume is None or "\0" in resume:
            return given
        return Parameters(given.query, given.operation_name, given.variables, resume)

    async def _posted(self, request: Request) -> Parameters:
        encoding = request.headers.get("content-encoding", "identity")
        if encoding.lower() != "identity" or not is_json(request.headers.get("content-type")):
            raise Refusal(refusals.UNSUPPORTED_MEDIA_TYPE)
        try:
            async with asyncio.timeout(self._parts.limits.body_seconds):
                body = await self._body(request)
        except TimeoutError:
            raise Refusal(refusals.BODY_TIMEOUT) from None
        given = parameters(decode(body))
        resume = request.query_params.get("lastEventId")
        return Parameters(given.query, given.operation_name, given.variables, resume or None)

    async def _body(self, request: Request) -> bytes:
        limit, size = self._parts.limits.max_body_bytes, 0
        told = request.headers.get("content-length", "0")
        body = bytearray()
        if len(told) < 19 and told.isdecimal() and int(told) <= limit * DISCARD:
            async for chunk in request.stream():
                size += len(chunk)
                if size <= limit:
                    body += chunk
                elif size > limit * DISCARD:
                    break
            if size <= limit:
                return bytes(body)
        raise Refusal(refusals.BODY_TOO_LARGE, limit=limit)

    async def _run(self, operation: Operation, caller: Caller, media: str) -> Response:
        answer = await self._parts.engine.answer(operation, caller)
        status = 400 if answer.refused and media != JSON else 200
        return response(dump(answer, caller), status, media, caller.trace_id)


def _check(operation: Operation, method: str, accept: Accepted) -> None:
    if method == "GET" and operation.kind == "mutation":
        raise Refusal(refusals.MUTATION_BY_GET)
    if operation.kind == "subscription" and not accept.stream:
        raise Refusal(refusals.STREAM_REQUIRED)


def refused(error: RequestError, headers: Headers, accept: Accepted, trace: Trace) -> Response:
    """Answer what is not executed; `application/json` gets 200 for faults of the document."""
    locale = negotiate(headers.get("accept-language"))
    media = accept.json or JSON
    status = 200 if error.document and media == JSON else error.status
    answer = response(orjson.dumps({"errors": error.shaped(locale)}), status, media, trace.id)
    if status == 401:
        answer.headers["www-authenticate"] = 'Bearer error="invalid_token"'
    elif status == 405:
        answer.headers["allow"] = "POST" if _is_mutation(error) else METHODS
    elif status in (429, 503) and not error.raw_headers:
        answer.headers["retry-after"] = "5"
    elif status in (408, 413):
        # The rest of the body is not read, so the connection cannot be used again.
        answer.headers["connection"] = "close"
    answer.raw_headers.extend(error.raw_headers)
    return answer


def _is_mutation(error: RequestError) -> bool:
    return isinstance(error, Refusal) and error.kind is refusals.MUTATION_BY_GET


def response(body: bytes, status: int, media: str, trace_id: str) -> Response:
    """Make a response that no cache keeps."""
    headers = {
        "content-type": f"{media}; charset=utf-8",
        "cache-control": "no-store",
        "x-content-type-options": "nosniff",
        "vary": "accept, accept-language, authorization, origin",
        "x-trace-id": trace_id,
    }
    return Response(body, status, headers)
