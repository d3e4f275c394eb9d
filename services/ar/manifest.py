"""What an AR app loads for its engine: JSON that names no engine's vendor, with signed links."""

import enum
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from core.settings import Settings
from models.catalogue import ArExperience, Product, Recipe
from services.ar import links
from services.ar.entry import experience as find

VERSION = 1
# The labels are eight centimetres wide; trackers need the true size to place things.
LABEL_METERS = 0.08


class ArEngine(enum.StrEnum):
    """What draws an experience."""

    ARKIT = "arkit"
    """Apple's, and Quick Look."""
    ARCORE = "arcore"
    """Google's, and Scene Viewer."""
    WEBXR = "webxr"
    """A browser with WebXR."""
    IMAGE_TARGET = "image-target"
    """An engine that is given pictures to look for."""


# As the catalogue calls them.
CALLED: Mapping[ArEngine, str] = {
    ArEngine.ARKIT: "arkit-quicklook",
    ArEngine.ARCORE: "arcore-scene-viewer",
    ArEngine.WEBXR: "model-viewer",
    ArEngine.IMAGE_TARGET: "webar-image-target",
}


def link(settings: Settings, experience_id: str, engine: ArEngine, now: datetime) -> links.Link:
    """Return a signed link to a manifest."""
    return links.signed(settings, path(experience_id, engine), now)


def path(experience_id: str, engine: ArEngine) -> str:
    """Return where a manifest is, below `/ar/`."""
    return f"manifests/{experience_id}/{engine.value}.json"


def serves(experience: ArExperience, engine: ArEngine) -> bool:
    """Tell whether an experience is made for this engine."""
    return CALLED[engine] in experience.engines


async def manifest(
    session: AsyncSession, settings: Settings, id: str, engine: ArEngine, now: datetime
) -> dict[str, Any] | None:
    """Return the manifest of an experience for an engine; None if there is none."""
    row = await find(session, id)
    if row is None or not serves(row, engine):
        return None
    product = await session.get_one(Product, row.product_id)
    recipes = await _recipes(session, row)
    marker = _marker(settings, row, now)
    shown = (_animation(settings, one, engine, recipes, now) for one in row.animations)
    told: dict[str, Any] = {
        "version": VERSION,
        "engine": engine.name,
        "experience": row.id,
        "product": {"id": product.id, "name": product.name},
        "expiresAt": links.signed(settings, "", now).expires_at.isoformat(),
        "marker": marker,
        "planeDetection": ["horizontal"],
        "animations": [one for one in shown if one is not None],
    }
    if engine is ArEngine.IMAGE_TARGET:
        told["imageTargets"] = [{**marker, "type": "PLANAR", "metadata": {"experience": row.id}}]
    return told


def _marker(settings: Settings, row: ArExperience, now: datetime) -> dict[str, Any]:
    return {
        "name": row.label_marker,
        "imageUrl": links.asset(settings, f"{row.label_marker}.png", now),
        "physicalWidthMeters": LABEL_METERS,
    }


def _animation(
    settings: Settings,
    told: Mapping[str, Any],
    engine: ArEngine,
    recipes: Mapping[str, Recipe],
    now: datetime,
) -> dict[str, Any] | None:
    found: dict[str, Any] = {
        "trigger": told["trigger"].upper(),
        "caption": told.get("caption"),
        "durationSeconds": told.get("duration"),
    }
    match told["type"]:
        case "3d_model":
            address = told.get("usdz_url") if engine is ArEngine.ARKIT else told.get("asset_url")
            own = {"type": "MODEL", "animationName": told.get("animation")}
        case "video" | "audio" as kind:
            address, own = told.get("asset_url"), {"type": kind.upper(), "lore": lore_of(told)}
            own["overlay"] = told.get("overlay")
        case "interactive_recipe":
            drinks = [_recipe(recipes[id]) for id in told.get("recipes", ()) if id in recipes]
            return {**found, "type": "RECIPE", "recipes": drinks}
        case _:
            times = {"countdownSeconds": told.get("countdown_s"), "stepSeconds": told.get("step_s")}
            return {**found, "type": "REVEAL", **times}
    url = links.asset(settings, address, now)
    if url is None:
        return None
    kind = links.type_of(url.partition("?")[0].rpartition("/")[2])
    return {**found, **own, "url": url, "contentType": kind}


def lore_of(told: Mapping[str, Any]) -> str | None:
    """Return the story that an animation tells or opens."""
    return told.get("unlocks_lore") or told.get("lore")


async def _recipes(session: AsyncSession, row: ArExperience) -> dict[str, Recipe]:
    ids = {id for one in row.animations for id in one.get("recipes", ())}
    rows = select(Recipe).where(Recipe.id.in_(ids), Recipe.active)
    return {recipe.id: recipe for recipe in await session.scalars(rows)}


def _recipe(row: Recipe) -> dict[str, Any]:
    items = [{name: item[name] for name in ("name", "amount", "unit")} for item in row.items]
    own = {"id": row.id, "name": row.name, "minutes": row.minutes, "glass": row.glass}
    return {**own, "items": items, "steps": row.steps}
