"""POST /chat and GET /chat/{id}/stream, as `useChat` asks for them; POST /agui for AG-UI.

A chat is begun with `startChat`; these carry its messages. Who reads again gets the reply from
its beginning, or that of `Last-Event-ID` from there on, also when it has ended since; the reply
itself goes on without a reader.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import orjson
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import BaseRoute, Route

from core.bus import Bus
from core.db import Database
from core.errors import AccessError, BirthDateNeeded, DomainError, TooYoung, Unauthenticated
from core.outbox import Transactions
from core.settings import Settings
from core.throttle import RateLimited, Throttle
from core.viewer import AgeState, Viewer
from models.chat import ChatMessage, ChatStep, StepKind
from routes.chat.words import AgUi, AiSdk, Part, Words, framed
from services import chat

BEAT_SECONDS = 15.0
HEADERS = {"cache-control": "no-store", "x-accel-buffering": "no"}

type Begin = Callable[[str, str], Words]


class Caller(Protocol):
    """Who asks, and in which language."""

    @property
    def viewer(self) -> Viewer:
        """The person."""
        ...

    @property
    def locale(self) -> str:
        """The language of what they are told."""
        ...


@dataclass(frozen=True)
class Room:
    """What these routes can reach; `caller` raises an AccessError."""

    settings: Settings
    db: Database
    begin: Transactions
    bus: Bus
    throttle: Throttle
    caller: Callable[[Mapping[str, str], str | None, str], Awaitable[Caller]]


def chat_routes(room: Room) -> list[BaseRoute]:
    """Return the routes."""

    async def ui_send(request: Request) -> Response:
        return await _send(room, request, _ui_message, AiSdk)

    async def ui_resume(request: Request) -> Response:
        return await _resume(room, request, AiSdk)

    async def agui(request: Request) -> Response:
        return await _send(room, request, _agui_message, AgUi)

    async def export(request: Request) -> Response:
        id = request.path_params["id"]
        ends, signature = (request.query_params.get(name, "") for name in ("ends", "sig"))
        if not chat.opens(room.settings, id, ends, signature, room.begin.now):
            return _refusal(403, "FORBIDDEN", "This link has ended.")
        async with room.db.read() as session:
            found = await chat.document(session, id)
        if found is None:
            return _refusal(404, "NOT_FOUND", "This chat is gone.")
        name = f'attachment; filename="{id}.json"'
        headers = {**HEADERS, "content-disposition": name}
        return Response(orjson.dumps(found), media_type="application/json", headers=headers)

    return [
        Route("/export/chats/{id}.json", export),
        Route("/chat", _guarded(room, ui_send), methods=["POST"]),
        Route("/chat/{id}/stream", _guarded(room, ui_resume)),
        Route("/agui", _guarded(room, agui), methods=["POST"]),
    ]


@dataclass(frozen=True)
class Said:
    """A message of a customer; the id that the client gave it is its idempotency key."""

    chat_id: str
    text: str
    key: str


type Read = Callable[[dict[str, Any]], Said]


class Malformed(Exception):
    """The body is not what the protocol sends."""


type Endpoint = Callable[[Request], Awaitable[Response]]


def _guarded(room: Room, endpoint: Endpoint) -> Endpoint:
    async def guarded(request: Request) -> Response:
        locale = "en" if request.headers.get("accept-language", "").startswith("en") else "ko"
        try:
            return await endpoint(request)
        except Malformed as error:
            return _refusal(400, "BAD_REQUEST", str(error))
        except AccessError as error:
            status = 403 if isinstance(error, BirthDateNeeded | TooYoung) else 401
            return _refusal(status, error.code, error.message(locale))
        except DomainError as error:
            status = 429 if isinstance(error, RateLimited) else 409 if error.retryable else 422
            return _refusal(status, error.code, error.message(locale))

    return guarded


def _refusal(status: int, code: str, message: str) -> Response:
    return JSONResponse({"code": code, "message": message}, status, HEADERS)


async def _who(room: Room, request: Request) -> Caller:
    """Tell who asks. Raises an AccessError unless they are signed in and of age."""
    client = request.client.host if request.client else ""
    headers = request.headers
    caller = await room.caller(headers, headers.get("authorization"), client)
    if caller.viewer.customer_id is None:
        raise Unauthenticated
    if caller.viewer.age is AgeState.UNKNOWN:
        raise BirthDateNeeded
    if caller.viewer.age is AgeState.MINOR:
        raise TooYoung
    return caller


async def _body(room: Room, request: Request) -> dict[str, Any]:
    kept = bytearray()
    async for chunk in request.stream():
        kept += chunk
        if len(kept) > room.settings.max_body_bytes:
            raise Malformed("the body is too large")
    try:
        found = orjson.loads(kept)
    except orjson.JSONDecodeError:
        raise Malformed("the body is not JSON") from None
    if not isinstance(found, dict):
        raise Malformed("the body is not an object")
    return found


def _ui_message(body: dict[str, Any]) -> Said:
    """Read the newest message out of what `useChat` sends, which may be all of them."""
    given = body.get("messages") or [body.get("message")]
    last = given[-1] if isinstance(given, list) and given else None
    if not isinstance(last, dict) or last.get("role") != "user":
        raise Malformed("the last of `messages` has to be the user's")
    parts = last.get("parts")
    texts = [
        part.get("text")
        for part in (parts if isinstance(parts, list) else [])
        if isinstance(part, dict) and part.get("type") == "text"
    ]
    words = [text for text in texts if isinstance(text, str)]
    if len(words) != len(texts):
        raise Malformed("a part of type `text` needs its text")
    return _said(body.get("id"), "\n".join(words), last.get("id"))


def _agui_message(body: dict[str, Any]) -> Said:
    """Read the newest message out of an AG-UI RunAgentInput."""
    given = body.get("messages")
    last = given[-1] if isinstance(given, list) and given else None
    if not isinstance(last, dict) or last.get("role") != "user":
        raise Malformed("the last of `messages` has to be the user's")
    return _said(body.get("threadId"), last.get("content"), last.get("id"))


def _said(chat_id: object, text: object, key: object) -> Said:
    if not (isinstance(chat_id, str) and isinstance(text, str) and isinstance(key, str) and key):
        raise Malformed("the chat's id, the message's id and its text are needed")
    return Said(chat_id, text, key)


async def _send(room: Room, request: Request, read: Read, words: Begin) -> Response:
    caller = await _who(room, request)
    said = read(await _body(room, request))
    await room.throttle.spend("sendMessage", caller.viewer.id, **chat.MESSAGES)
    async with room.begin() as uow:
        _, reply = await chat.send(
            uow, caller.viewer, room.settings, said.chat_id, said.text, said.key
        )
    return _stream(room, request, caller, reply, words)


async def _resume(room: Room, request: Request, words: Begin) -> Response:
    """Go on with the reply that the reader names, or with the one that is being made."""
    caller, chat_id = await _who(room, request), request.path_params["id"]
    named, _ = _behind(request)
    async with room.db.look() as session:
        if named:
            reply = await chat.message(session, caller.viewer, named)
        else:
            reply = await chat.open_reply(session, caller.viewer, chat_id)
    if reply is None or reply.chat_id != chat_id:
        return Response(status_code=204)
    return _stream(room, request, caller, reply, words)


def _stream(
    room: Room, request: Request, caller: Caller, reply: ChatMessage, words: Begin
) -> Response:
    named, number = _behind(request)
    after = number if named == reply.id else 0
    speech = words(reply.chat_id, reply.id)
    body = _events(room, caller, reply.id, after, speech)
    return StreamingResponse(
        body, media_type="text/event-stream", headers={**HEADERS, **speech.headers}
    )


def _behind(request: Request) -> tuple[str, int]:
    """Return the reply and the step that a reader saw last; neither if it does not say."""
    reply_id, _, number = request.headers.get("last-event-id", "").partition(":")
    is_known = number.isdecimal() and len(number) < 9
    return (reply_id, int(number)) if is_known else ("", 0)


async def _events(
    room: Room, caller: Caller, reply_id: str, after: int, speech: Words
) -> AsyncIterator[bytes]:
    for part in speech.begin():
        yield framed(part)
    news = chat.follow(room.db, room.bus, caller.viewer, reply_id, after)
    coming: asyncio.Future[chat.News | None] | None = None
    try:
        while True:
            coming = coming or asyncio.ensure_future(anext(news))
            done, _ = await asyncio.wait({coming}, timeout=BEAT_SECONDS)
            if not done:
                yield b": still here\n\n"
                continue
            found, coming = _given(coming), None
            if found is None or found.has_gap:
                for part in speech.lost():
                    yield framed(part)
                break
            for step, told in await _shown(room, found):
                frames = b"".join(framed(part) for part in speech.step(found.reply, step, told))
                yield f"id: {reply_id}:{step.number}\n".encode() + frames
            if found.is_over:
                break
    finally:
        if coming:
            coming.cancel()
    yield speech.done()


async def _shown(room: Room, found: chat.News) -> list[tuple[ChatStep, Part]]:
    """Read what steps show; most are words, and need nothing read."""
    if all(step.kind is StepKind.TEXT for step in found.steps):
        return [(step, step.payload) for step in found.steps]
    async with room.db.look() as session:
        return [
            (step, await chat.rich(session, room.settings, found.reply, step, room.begin.now))
            for step in found.steps
        ]


def _given(coming: "asyncio.Future[chat.News | None]") -> chat.News | None:
    try:
        return coming.result()
    except StopAsyncIteration:
        return None
