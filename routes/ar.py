"""What signed links under `/ar` lead to: files, manifests for AR apps, and QR codes."""

import io

import segno
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from core.clock import Clock
from core.db import Database
from core.ids import is_id
from core.settings import Settings
from gateways.storage import Storage, StorageUnavailable
from models.ar import UnlockCode
from services import ar
from services.ar import ArEngine, links

HEADERS = {
    "cache-control": "private, no-store",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "content-security-policy": "default-src 'none'",
}
# AR apps and browsers on other sites load manifests; what they may see is decided by the link.
OPEN = {**HEADERS, "access-control-allow-origin": "*"}
QR_TYPES = {"svg": "image/svg+xml", "png": "image/png"}


class ArFiles:
    """The handlers, with what they need."""

    def __init__(self, settings: Settings, db: Database, storage: Storage, now: Clock) -> None:
        self._settings, self._db, self._storage, self._now = settings, db, storage, now

    async def asset(self, request: Request) -> Response:
        """Lead to the file in the store, which knows ranges, for as long as a link lives."""
        name = request.path_params["name"]
        kind = links.type_of(name)
        if kind is None or not self._is_genuine(request, f"assets/{name}"):
            return _ended()
        key = links.PREFIX + name
        try:
            if await self._storage.head(key) is None:
                return _gone()
            url = await self._storage.link(key, self._settings.link_seconds, content_type=kind)
        except StorageUnavailable:
            return PlainTextResponse("Try again shortly.", 503, HEADERS)
        return RedirectResponse(url, 307, OPEN)

    async def manifest(self, request: Request) -> Response:
        """Answer with what an AR app loads."""
        id, name = request.path_params["id"], request.path_params["engine"]
        if not is_id(id) or name not in ArEngine:
            return _ended()
        engine = ArEngine(name)
        if not self._is_genuine(request, ar.path(id, engine)):
            return _ended()
        async with self._db.read() as session:
            found = await ar.manifest(session, self._settings, id, engine, self._now())
        return _gone() if found is None else JSONResponse(found, headers=OPEN)

    async def qr(self, request: Request) -> Response:
        """Draw the QR code of an unlock code."""
        id, kind = request.path_params["id"], request.path_params["kind"]
        known = is_id(id) and kind in QR_TYPES
        if not known or not self._is_genuine(request, f"qr/{id}.{kind}"):
            return _ended()
        async with self._db.read() as session:
            row = await session.get(UnlockCode, id)
        if row is None or row.revoked_at is not None:
            return _gone()
        body = drawn(links.page(self._settings, ar.code_of(self._settings, id)), kind)
        return Response(body, media_type=QR_TYPES[kind], headers=HEADERS)

    def _is_genuine(self, request: Request, path: str) -> bool:
        ends, signature = (request.query_params.get(name, "") for name in ("ends", "sig"))
        return links.is_genuine(self._settings, path, ends, signature, self._now())


def ar_routes(settings: Settings, db: Database, storage: Storage, now: Clock) -> list[BaseRoute]:
    """Return the routes that AR links point to."""
    files = ArFiles(settings, db, storage, now)
    return [
        Route("/ar/assets/{name}", files.asset),
        Route("/ar/manifests/{id}/{engine}.json", files.manifest),
        Route("/ar/qr/{id}.{kind}", files.qr),
    ]


def drawn(text: str, kind: str) -> bytes:
    """Return a QR code as SVG or PNG, dark on white, with room around it and some to spare."""
    out = io.BytesIO()
    size = {"scale": 10} if kind == "png" else {"scale": 10, "xmldecl": False, "nl": False}
    segno.make(text, error="q", micro=False).save(out, kind=kind, border=4, light="white", **size)
    return out.getvalue()


def _ended() -> Response:
    return PlainTextResponse("This link has ended.", 403, HEADERS)


def _gone() -> Response:
    return PlainTextResponse("There is nothing here.", 404, HEADERS)
