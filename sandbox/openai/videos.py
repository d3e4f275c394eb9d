"""POST, GET and DELETE /v1/videos."""

import asyncio
import io
from pathlib import Path

from PIL import Image, UnidentifiedImageError
from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import FileResponse, Response

from sandbox.openai.faults import Faults
from sandbox.openai.store import Video, VideoStore
from sandbox.openai.studio import Studio, still
from sandbox.openai.wire import WireError, answer

SECONDS = ("4", "8", "12")
SIZES = ("720x1280", "1280x720", "1024x1792", "1792x1024")
MODELS = ("sora-2", "sora-2-pro", "sora-2-2025-10-06", "sora-2-2025-12-08", "sora-2-pro-2025-10-06")
MAX_PROMPT = 32_000
MAX_REFERENCE = 20 * 1024 * 1024
_TYPES = {"video": "video/mp4", "thumbnail": "image/webp", "spritesheet": "image/jpeg"}


class Videos:
    """The endpoints, over the store and the studio."""

    def __init__(self, store: VideoStore, studio: Studio, faults: Faults) -> None:
        self._store, self._studio, self._faults = store, studio, faults

    async def create(self, request: Request) -> Response:
        form = await request.form()
        fields = {key: value for key, value in form.items() if isinstance(value, str)}
        prompt = fields.get("prompt", "")
        if not prompt.strip():
            raise WireError(400, "Missing required parameter: 'prompt'.", param="prompt",
                            code="missing_required_parameter")  # fmt: skip
        if len(prompt) > MAX_PROMPT:
            raise WireError(
                400, "The prompt is too long.", param="prompt", code="string_above_max_length"
            )
        model = _one_of("model", fields.get("model", MODELS[0]), MODELS)
        seconds = _one_of("seconds", fields.get("seconds", SECONDS[0]), SECONDS)
        size = _one_of("size", fields.get("size", SIZES[0]), SIZES)
        reference = await _reference(form.get("input_reference"), size)
        fate = self._faults.fate(request.url.path, prompt)
        video = self._store.add(model, prompt, seconds, size, reference, fate)
        self._studio.submit(video)
        return answer(video.wire())

    async def retrieve(self, request: Request) -> Response:
        return answer(self._known(request).wire())

    async def page(self, request: Request) -> Response:
        query = request.query_params
        try:
            limit = max(1, min(int(query.get("limit", "20")), 100))
        except ValueError as error:
            raise WireError(400, "Invalid type for 'limit'.", param="limit") from error
        newest_first = query.get("order", "desc") != "asc"
        found = self._store.page(query.get("after"), limit + 1, newest_first)
        shown = found[:limit]
        return answer(
            {
                "object": "list",
                "data": [video.wire() for video in shown],
                "first_id": shown[0].id if shown else None,
                "last_id": shown[-1].id if shown else None,
                "has_more": len(found) > limit,
            }
        )

    async def content(self, request: Request) -> Response:
        video = self._known(request)
        variant = _one_of("variant", request.query_params.get("variant", "video"), tuple(_TYPES))
        film = self._store.path(video.id, ".mp4")
        if video.status != "completed" or not await asyncio.to_thread(film.exists):
            raise WireError(404, "Video is not ready yet, use GET /v1/videos/{id} to check status.")
        path = film
        if variant == "spritesheet":
            path = await self._still(video, variant, ".jpg")
        elif variant == "thumbnail":
            path = await self._still(video, variant, ".webp")
        return FileResponse(path, media_type=_TYPES[variant])

    async def _still(self, video: Video, variant: str, suffix: str) -> Path:
        path = self._store.path(video.id, suffix)
        if not path.exists():
            drawn = self._store.path(video.id, ".drawn.png")
            await still(self._store.path(video.id, ".mp4"), int(video.seconds), variant, drawn)
            await asyncio.to_thread(_convert, drawn, path)
        return path

    async def delete(self, request: Request) -> Response:
        video = self._known(request)
        self._store.save(video, deleted=1)
        await self._studio.forget(video.id)
        await asyncio.to_thread(self._store.drop_files, video.id)
        return answer({"id": video.id, "object": "video.deleted", "deleted": True})

    def _known(self, request: Request) -> Video:
        id = request.path_params["id"]
        if (video := self._store.one(id)) is None:
            raise WireError(404, f"Video with id '{id}' not found.", code="not_found", param="id")
        return video

    async def prompt_of(self, request: Request) -> str:
        """The prompt that a request is about, for faults that ask for it."""
        if id := request.path_params.get("id"):
            video = self._store.one(id)
            return video.prompt if video else ""
        if request.method == "POST" and request.url.path == "/v1/videos":
            prompt = (await request.form()).get("prompt", "")
            return prompt if isinstance(prompt, str) else ""
        return ""


def _one_of(name: str, given: str, allowed: tuple[str, ...]) -> str:
    if given not in allowed:
        listed = ", ".join(f"'{value}'" for value in allowed[:-1]) + f", and '{allowed[-1]}'"
        raise WireError(400, f"Invalid value: '{given}'. Supported values are: {listed}.",
                        param=name, code="invalid_value")  # fmt: skip
    return given


async def _reference(given: object, size: str) -> bytes:
    if given is None or given == "":
        return b""
    if not isinstance(given, UploadFile):
        raise WireError(400, "Expected a file.", param="input_reference", code="invalid_type")
    data = await given.read()
    if len(data) > MAX_REFERENCE:
        raise WireError(413, "The reference is too large.", param="input_reference")
    await asyncio.to_thread(_check_picture, data, size)
    return data


def _check_picture(data: bytes, size: str) -> None:
    try:
        with Image.open(io.BytesIO(data), formats=("JPEG", "PNG", "WEBP")) as picture:
            found = "{}x{}".format(*picture.size)
    except (UnidentifiedImageError, OSError) as error:
        raise WireError(400, "Unsupported image. Use JPEG, PNG or WEBP.", param="input_reference",
                        code="invalid_image") from error  # fmt: skip
    if found != size:
        raise WireError(400, "Inpaint image must match the requested width and height",
                        param="input_reference", code="invalid_image_size")  # fmt: skip


def _convert(drawn: Path, path: Path) -> None:
    with Image.open(drawn) as picture:
        picture.convert("RGB").save(path, quality=82)
    drawn.unlink()
