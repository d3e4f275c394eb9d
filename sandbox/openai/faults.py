"""Faults on demand: which request meets which, and the broken answers themselves."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import PurePosixPath

from starlette.responses import Response, StreamingResponse
from starlette.types import Message, Receive, Scope, Send

from sandbox.openai.wire import WireError

FATES = ("never_finishing", "fail_render", "black_render", "short_render")
ANSWERS = (
    "timeout", "cut_stream", "lost_reply_after_acceptance", "slow", "drip", "malformed", "drop",
    "twice",
)  # fmt: skip
FOREVER = 3600.0


@dataclass(slots=True)
class Rule:
    """Meets the `nth` matching request and those after it, `times` times (-1: always)."""

    fault: str
    method: str = "*"
    path: str = "*"
    nth: int = 1
    prompt_contains: str = ""
    times: int = 1
    seconds: float | None = None
    code: str = ""
    after: int = 1
    seen: int = 0

    def meets(self, method: str, path: str, prompt: str) -> bool:
        fits = (
            self.method in ("*", method)
            and (self.path == "*" or PurePosixPath(path).match(self.path))
            and self.prompt_contains in prompt
        )
        self.seen += fits
        if not fits or self.seen < self.nth or self.times == 0:
            return False
        self.times -= self.times > 0
        return True


def read_rule(given: object) -> Rule:
    """A rule out of JSON, or 400 with what is wrong with it."""
    if not isinstance(given, dict):
        raise WireError(400, "a rule is an object {match, fault, times, seconds}")
    match = given.get("match") or {}
    fault = str(given.get("fault"))
    if not (fault in FATES or fault in ANSWERS or fault.isdigit()):
        raise WireError(400, f"unknown fault {fault}", param="fault")
    known = {
        key: match[key] for key in ("method", "path", "nth", "prompt_contains") if key in match
    }
    rest = {key: given[key] for key in ("times", "seconds", "code", "after") if key in given}
    return Rule(fault, **known, **rest)


class Faults:
    """The rules in force; the first that meets a request wins."""

    def __init__(self) -> None:
        self.rules: list[Rule] = []

    def answer(self, method: str, path: str, prompt: str) -> Rule | None:
        """The fault of this request's answer."""
        return self._first(method, path, prompt, fates=False)

    def fate(self, path: str, prompt: str) -> str | None:
        """The fault that a newly accepted render will meet."""
        rule = self._first("POST", path, prompt, fates=True)
        return f"{rule.fault}:{rule.code}" if rule else None

    def _first(self, method: str, path: str, prompt: str, fates: bool) -> Rule | None:
        for rule in self.rules:
            if (rule.fault in FATES) == fates and rule.meets(method, path, prompt):
                return rule
        return None


async def meet(rule: Rule, work: Callable[[], Awaitable[Response]]) -> Response:
    """Answers as the rule says; `work` is what the request would have done."""
    if rule.fault == "timeout":
        return Hang(rule.seconds or FOREVER)
    if rule.fault.isdigit():
        raise _status(rule)
    if rule.fault == "slow":
        await asyncio.sleep(rule.seconds or 1.0)
        return await work()
    response = await work()
    if rule.fault == "lost_reply_after_acceptance":
        return Hang(rule.seconds) if rule.seconds else Lost()
    if rule.fault == "malformed" and isinstance(response, StreamingResponse):
        return Garbled(response, rule.after)
    if rule.fault == "malformed":
        return Response(b'{"id": "video_', media_type="application/json")
    if rule.fault == "drip":
        return Drip(response, rule.seconds or 10.0)
    return Cut(response, rule.after)


def _status(rule: Rule) -> WireError:
    status = int(rule.fault)
    headers = {"retry-after": f"{rule.seconds or 1:g}"} if status in (429, 503) else None
    kind = (
        "server_error"
        if status >= 500
        else "requests"
        if status == 429
        else "invalid_request_error"
    )
    code = rule.code or ("rate_limit_exceeded" if status == 429 else None)
    return WireError(
        status, f"The sandbox was asked for {status}.", kind=kind, code=code, headers=headers
    )


class Hang(Response):
    """Says nothing until the client leaves or the time is over; then hangs up."""

    def __init__(self, seconds: float) -> None:
        super().__init__()
        self._seconds = seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            async with asyncio.timeout(self._seconds):
                await _gone(receive)
        except TimeoutError:
            await hang_up(scope, receive)


class Lost(Response):
    """Hangs up without a word."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await hang_up(scope, receive)


class Cut(Response):
    """Begins the real answer and hangs up in the middle of it, of a stream behind `after` parts."""

    def __init__(self, inner: Response, after: int = 1) -> None:
        super().__init__()
        self._inner, self._after = inner, after

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        sent = 0

        async def half(message: Message) -> None:
            nonlocal sent
            body = message.get("body", b"")
            if not body:
                await send(message)
            elif sent < self._after:
                sent += 1
                keep = body if message.get("more_body") else body[: len(body) // 2]
                await send({**message, "body": keep, "more_body": True})
            elif sent == self._after:
                sent += 1
                await hang_up(scope, receive)

        await self._inner(scope, receive, half)
        if sent <= self._after:
            await hang_up(scope, receive)


class Garbled(Response):
    """Sends an event that is no JSON behind `after` real ones."""

    def __init__(self, inner: Response, after: int) -> None:
        super().__init__()
        self._inner, self._after = inner, after

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        parts = 0

        async def garbled(message: Message) -> None:
            nonlocal parts
            if message.get("body"):
                if parts == self._after:
                    await send({**message, "body": b'data: {"type": "resp\n\n', "more_body": True})
                parts += 1
            await send(message)

        await self._inner(scope, receive, garbled)


class Drip(Response):
    """Sends the real answer in crumbs over so many seconds."""

    def __init__(self, inner: Response, seconds: float) -> None:
        super().__init__()
        self._inner, self._seconds = inner, seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def crumbs(message: Message) -> None:
            body = message.get("body", b"")
            step = max(1, len(body) // 20)
            for start in range(0, len(body), step):
                crumb = body[start : start + step]
                await send({**message, "body": crumb, "more_body": True})
                await asyncio.sleep(self._seconds / 20)
            await send({**message, "body": b""} if body else message)

        await self._inner(scope, receive, crumbs)


async def hang_up(scope: Scope, receive: Receive) -> None:
    """Closes the connection under the request."""
    transport: asyncio.Transport = scope["sandbox.transport"]
    transport.close()
    await _gone(receive)


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
