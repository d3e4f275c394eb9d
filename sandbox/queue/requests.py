"""The requests of the queue, over the same store and studio as OpenAI's videos."""

import asyncio
import base64
import binascii

from starlette.requests import Request
from starlette.responses import FileResponse, Response

from sandbox.openai.faults import Faults
from sandbox.openai.store import Video, VideoStore
from sandbox.openai.studio import Studio
from sandbox.openai.wire import WireError, answer, json_body

SIZES = {"16:9": "1280x720", "9:16": "720x1280"}
SECONDS = range(1, 21)


class Requests:
    """The endpoints. What is not to be stored is left out of the history."""

    def __init__(self, store: VideoStore, studio: Studio, faults: Faults) -> None:
        self._store, self._studio, self._faults = store, studio, faults
        self._unstored: set[str] = set()

    async def submit(self, request: Request) -> Response:
        given = await json_body(request)
        prompt = given.get("prompt")
        if not isinstance(prompt, str) or not prompt.strip():
            raise WireError(422, "field required", code="missing", param="prompt")
        size = SIZES.get(str(given.get("aspect_ratio", "16:9")))
        seconds = str(given.get("duration", 4))
        if size is None or not seconds.isdigit() or int(seconds) not in SECONDS:
            raise WireError(422, "unexpected value", code="literal_error", param="duration")
        picture = _picture(given.get("image_url"))
        model, path = request.path_params["model"].strip("/"), request.url.path
        fate = self._faults.fate(path, prompt)
        video = self._store.add(model, prompt, seconds, size, picture, fate)
        if request.headers.get("x-fal-store-io") == "0":
            self._unstored.add(video.id)
        self._studio.submit(video)
        return answer({"status": "IN_QUEUE", **self._known_by(request, video)})

    def _known_by(self, request: Request, video: Video) -> dict[str, object]:
        app = "/".join(video.model.split("/")[:2])
        url = f"{str(request.base_url).rstrip('/')}/{app}/requests/{video.id}"
        urls = {"response_url": url, "status_url": f"{url}/status", "cancel_url": f"{url}/cancel"}
        return {"request_id": video.id, **urls}

    async def status(self, request: Request) -> Response:
        video = self._known(request)
        known = self._known_by(request, video)
        if video.status == "queued":
            before = [one.id for one in self._store.unfinished() if one.status == "queued"]
            place = before.index(video.id) if video.id in before else 0
            return answer({"status": "IN_QUEUE", "queue_position": place, **known}, 202)
        if video.status == "in_progress":
            return answer({"status": "IN_PROGRESS", "logs": None, **known}, 202)
        return answer({"status": "COMPLETED", "metrics": {"inference_time": 1.0}, **known})

    async def result(self, request: Request) -> Response:
        video = self._known(request)
        if video.error_code == "moderation_blocked":
            raise WireError(422, video.error_message or "", code="content_policy_violation",
                            param="prompt")  # fmt: skip
        if video.status == "failed":
            told = {"detail": video.error_message, "error_type": "runner_disconnected"}
            return answer(told, 503, {"x-fal-error-type": "runner_disconnected"})
        if video.status != "completed":
            raise WireError(400, "Request is still in progress")
        url = f"{str(request.base_url).rstrip('/')}/files/{video.id}.mp4"
        film = {"url": url, "content_type": "video/mp4", "file_name": "output.mp4"}
        return answer({"video": film, "seed": video.ordinal})

    async def cancel(self, request: Request) -> Response:
        found = self._store.one(request.path_params["id"])
        if found is None:
            return answer({"status": "NOT_FOUND"}, 404)
        if found.status in ("completed", "failed"):
            return answer({"status": "ALREADY_COMPLETED"}, 400)
        await self._drop(found)
        return answer({"status": "CANCELLATION_REQUESTED"}, 202)

    async def file(self, request: Request) -> Response:
        """As the provider's CDN: whoever has the address has the film."""
        id = request.path_params["name"].removesuffix(".mp4")
        path = self._store.path(id, ".mp4")
        if self._store.one(id) is None or not await asyncio.to_thread(path.exists):
            return answer({"detail": "Not Found"}, 404)
        return FileResponse(path, media_type="video/mp4")

    async def history(self, request: Request) -> Response:
        """Those that ended, newest first, two a page so that a caller has to turn pages."""
        models = request.query_params.get("endpoint_id", "").split(",")
        cursor = int(request.query_params.get("cursor", "0"))
        ended = [
            video
            for video in reversed(self._store.accepted())
            if video.model in models
            and video.status in ("completed", "failed")
            and not video.deleted
            and video.id not in self._unstored
        ]
        shown = ended[cursor : cursor + 2]
        items = [
            {"request_id": one.id, "endpoint_id": one.model, "json_input": {"prompt": one.prompt}}
            for one in shown
        ]
        more = len(ended) > cursor + 2
        page = {"next_cursor": str(cursor + 2) if more else None, "has_more": more}
        return answer({"items": items, **page})

    async def erase(self, request: Request) -> Response:
        video = self._known(request)
        await self._drop(video)
        return answer({"cdn_delete_results": [{"link": f"{video.id}.mp4", "exception": None}]})

    async def _drop(self, video: Video) -> None:
        self._store.save(video, deleted=1)
        await self._studio.forget(video.id)
        await asyncio.to_thread(self._store.drop_files, video.id)

    def _known(self, request: Request) -> Video:
        if (video := self._store.one(request.path_params["id"])) is None:
            raise WireError(404, "Request not found")
        return video

    async def prompt_of(self, request: Request) -> str:
        """The prompt that a request is about, for faults that ask for it."""
        if id := request.path_params.get("id"):
            video = self._store.one(id)
            return video.prompt if video else ""
        if request.method == "POST":
            return str((await json_body(request)).get("prompt", ""))
        return ""


def _picture(given: object) -> bytes:
    if given is None:
        return b""
    if not isinstance(given, str) or not given.startswith("data:image/"):
        raise WireError(422, "only data URIs reach a sandbox", code="url_error", param="image_url")
    try:
        return base64.b64decode(given.partition(",")[2], validate=True)
    except binascii.Error as error:
        raise WireError(422, "not base64", code="url_error", param="image_url") from error
