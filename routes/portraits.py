"""The prepared crop of a photo, unsealed for whoever holds a live link to it."""

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from core.clock import Clock
from core.db import Database
from core.ids import is_id
from core.settings import Settings
from gateways.storage import ObjectMissing, Storage, StorageUnavailable
from models.cameo import Portrait, PortraitStatus
from services.cameo import links, objects
from services.cameo.vault import Vault

HEADERS = {
    "cache-control": "private, no-store",
    "x-content-type-options": "nosniff",
    "content-security-policy": "default-src 'none'",
}


def portrait_routes(
    settings: Settings, db: Database, storage: Storage, now: Clock
) -> list[BaseRoute]:
    """Return the route that `previewUrl` points to."""
    vault = Vault(settings)

    async def preview(request: Request) -> Response:
        id = request.path_params["id"]
        ends, signature = (request.query_params.get(name, "") for name in ("ends", "sig"))
        if not is_id(id) or not links.is_genuine(settings, id, ends, signature, now()):
            return PlainTextResponse("This link has ended.", 403)
        async with db.read() as session:
            portrait = await session.get(Portrait, id)
        if portrait is None or portrait.status is not PortraitStatus.READY:
            return PlainTextResponse("The photo is gone.", 404)
        try:
            key = next(iter(portrait.crop_keys.values()))
            sealed = await storage.get(key, objects.MAX_CROP_BYTES)
        except ObjectMissing:
            return PlainTextResponse("The photo is gone.", 404)
        except StorageUnavailable:
            return PlainTextResponse("Try again shortly.", 503)
        jpeg = vault.unseal(portrait.sealed_key or b"", sealed)
        return Response(jpeg, media_type="image/jpeg", headers=HEADERS)

    return [Route("/portraits/{id}.jpg", preview)]
