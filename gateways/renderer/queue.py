"""The queue wire, as fal.ai documents it: submit, poll, read the result's address, download.

Written on HTTP itself: the provider's SDK retries an order by itself and hides where a call broke,
and these two are what decides whether a customer's film is paid twice.
"""

import base64
import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from math import gcd
from pathlib import Path
from tempfile import TemporaryDirectory

import orjson

from core.clock import Clock, clock
from core.settings import Settings
from core.telemetry import traced
from gateways.film.port import sides
from gateways.renderer.download import download
from gateways.renderer.errors import (
    RendererUnavailable,
    RenderGone,
    RenderUnknown,
    WebhookInvalid,
)
from gateways.renderer.pictures import variant_of
from gateways.renderer.port import (
    Renderer,
    RenderNews,
    RenderState,
    RenderStatus,
    RenderVariant,
    mark,
)
from gateways.renderer.queue_history import QueueHistory
from gateways.renderer.queue_wire import Answer, Wire, code_of, message_of

FILE_SECONDS = 6 * 3600
"""How long the provider keeps a film: long enough to fetch it, short for a face."""
_ID = re.compile(r"\w[\w.-]*(?:/\w[\w.-]*)*/requests/[\w-]+", re.ASCII)
_SLOT = re.compile(r"\{(\w+)\}")
_WAITING = {"IN_QUEUE": RenderState.QUEUED, "IN_PROGRESS": RenderState.RUNNING}


class QueueRenderer(Renderer):
    """Polls; an id is the path of the request at the provider, `owner/app/requests/…`.

    The wire takes no key of ours and lists no orders, so an order without an answer cannot be
    looked up: `find` then says so, and never that the order is absent while it may be there.
    """

    def __init__(self, settings: Settings, now: Clock | None = None) -> None:
        self._now = now or clock(settings.clock_offset_seconds)
        self._base = settings.queue_base_url.rstrip("/")
        self._model = settings.queue_model.strip("/")
        self._text_model = (settings.queue_text_model or self._model).strip("/")
        self._input = settings.queue_input
        self._start_seconds = settings.shot_deadline_seconds
        self._loopback = not settings.is_production
        key, deadline = settings.queue_api_key, settings.provider_timeout_seconds
        self._wire = Wire(key.get_secret_value(), deadline)
        self._history = QueueHistory.of(settings)

    @traced("renderer.submit")
    async def submit(
        self, ref: str, prompt: str, reference: bytes | None, seconds: int, size: str
    ) -> str:
        model = self._model if reference else self._text_model
        words = f"{prompt.rstrip()}\n{mark(ref)}"
        order = fill(self._input, _values(words, reference, seconds, size))
        taken = await self._wire.order(f"{self._base}/{model}", order, self._headers())
        request_id = taken.get("request_id")
        if not isinstance(request_id, str) or not _ID.fullmatch(id := _path(model, request_id)):
            raise RenderUnknown("the answer to the order names no request")
        told = str(taken.get("response_url", "")).removeprefix(f"{self._base}/")
        return told if _ID.fullmatch(told) else id

    def _headers(self) -> dict[str, str]:
        """What begins too late must not be filmed and paid; what is kept must not stay."""
        lifetime = orjson.dumps({"expiration_duration_seconds": FILE_SECONDS}).decode()
        return {
            "X-Fal-Request-Timeout": f"{self._start_seconds:g}",
            "X-Fal-Object-Lifecycle-Preference": lifetime,
            # Words and picture are kept only where they can be found and deleted again.
            "X-Fal-Store-IO": "1" if self._history else "0",
        }

    @traced("renderer.find")
    async def find(self, ref: str, since: datetime) -> str | None:
        if self._history:
            found = await self._history.find(mark(ref), since, [self._model, self._text_model])
            if found:
                return _path(*found)
        if self._now() - since > timedelta(seconds=FILE_SECONDS + self._start_seconds):
            return None
        raise RendererUnavailable("a queue cannot tell whether it took an order")

    @traced("renderer.status")
    async def status(self, id: str) -> RenderStatus:
        answer = await self._ask(id, "/status")
        if answer.status == 404:
            return _gone(answer)
        told = str(answer.body.get("status", "")).upper()
        if told in _WAITING:
            return RenderStatus(_WAITING[told])
        if told in ("FAILED", "CANCELED", "CANCELLED"):
            return _failed(answer)
        if told != "COMPLETED":
            raise RendererUnavailable(f"the queue answered {answer.status} {told[:40]}")
        return _ended(await self._ask(id))

    @traced("renderer.fetch")
    async def fetch(self, id: str, variant: RenderVariant, path: Path) -> None:
        result = await self._ask(id)
        url = _film(result.body)
        if url is None:
            raise RenderGone(message_of(result.body))
        if variant == "video":
            await download(url, path, loopback=self._loopback)
            return
        with TemporaryDirectory(prefix="nerdx-") as folder:
            film = Path(folder) / "film.mp4"
            await download(url, film, loopback=self._loopback)
            await variant_of(film, variant, path)

    @traced("renderer.delete")
    async def delete(self, id: str) -> None:
        answer = await self._ask(id, "/cancel", "PUT")
        if answer.status >= 500:
            raise RendererUnavailable(f"the queue answered {answer.status}")
        if self._history:
            await self._history.erase(id.rpartition("/")[2])

    async def _ask(self, id: str, tail: str = "", method: str = "GET") -> Answer:
        if not _ID.fullmatch(id):
            return Answer(404, {"detail": "not an id of this queue"}, {})
        answer = await self._wire.ask(method, f"{self._base}/{id}{tail}")
        # A render that failed is told apart from a host that fails by its reasons.
        if answer.status >= 500 and not code_of(answer):
            raise RendererUnavailable(f"the queue answered {answer.status}")
        return answer

    def webhook(self, payload: bytes, headers: Mapping[str, str]) -> RenderNews:
        raise WebhookInvalid("the queue is polled; it was given no address")

    async def aclose(self) -> None:
        """Nothing is kept open."""


def fill(
    fields: Mapping[str, str | int | float | bool], values: Mapping[str, str | int | None]
) -> dict[str, object]:
    """Put the values into the model's fields; a field whose value is None is left out."""
    filled: dict[str, object] = {}
    for name, field in fields.items():
        slots = _SLOT.findall(field) if isinstance(field, str) else []
        if any(slot in values and values[slot] is None for slot in slots):
            continue
        if isinstance(field, str) and len(slots) == 1 and field == f"{{{slots[0]}}}":
            filled[name] = values.get(slots[0], field)
        elif isinstance(field, str):
            filled[name] = _SLOT.sub(lambda slot: str(values.get(slot[1], slot[0])), field)
        else:
            filled[name] = field
    return filled


def _values(
    words: str, reference: bytes | None, seconds: int, size: str
) -> dict[str, str | int | None]:
    width, height = sides(size)
    common = gcd(width, height)
    return {
        "prompt": words,
        "image": _data_uri(reference) if reference else None,
        "seconds": seconds,
        "aspect": f"{width // common}:{height // common}",
        "resolution": f"{min(width, height)}p",
        "width": width,
        "height": height,
    }


def _data_uri(picture: bytes) -> str:
    kind = "png" if picture.startswith(b"\x89PNG") else "jpeg"
    kind = "webp" if picture[8:12] == b"WEBP" else kind
    return f"data:image/{kind};base64,{base64.b64encode(picture).decode()}"


def _path(model: str, request_id: str) -> str:
    """Requests are known by owner and app; the rest of a model's name is not in their path."""
    return f"{'/'.join(model.split('/')[:2])}/requests/{request_id}"


def _film(body: Mapping[str, object]) -> str | None:
    video = body.get("video")
    url = video.get("url") if isinstance(video, dict) else None
    return url if isinstance(url, str) and url else None


def _gone(answer: Answer) -> RenderStatus:
    return RenderStatus(RenderState.GONE, error_code="gone", error_message=message_of(answer.body))


def _ended(result: Answer) -> RenderStatus:
    if result.status == 404:
        return _gone(result)
    if result.status >= 400:
        return _failed(result)
    if _film(result.body):
        return RenderStatus(RenderState.DONE, 100)
    if result.status != 200:
        return RenderStatus(RenderState.RUNNING)
    # Another try would be paid for, and answer in the same form.
    return RenderStatus(RenderState.FAILED, 0, "no_video", "The model's answer has no video.url.")


def _failed(answer: Answer) -> RenderStatus:
    """A model that says no says it with 4xx; what broke may hold the next time."""
    final = 400 <= answer.status < 500
    code = code_of(answer) or ("refused" if final else "failed")
    message = message_of(answer.body)
    return RenderStatus(RenderState.FAILED, 0, code, message, retryable=not final)
