"""What a product's label shows through a camera: a teaser to all, the rest to who unlocked it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import strawberry

from core.settings import Settings
from dataloaders.catalogue import CatalogueLoaders
from models import catalogue as models
from models.ar import ArTrigger
from schema.base import Node, View, related
from schema.catalogue.side import Recipe
from schema.catalogue.words import said
from schema.context import Info
from schema.scalars import URL
from services import ar

if TYPE_CHECKING:
    from schema.catalogue.product import Product
    from schema.world import Lore

strawberry.enum(ArTrigger)


@dataclass(frozen=True)
class Shown:
    """An animation of the catalogue, and what links to its files are made with."""

    told: Mapping[str, Any]
    settings: Settings
    now: datetime

    def url(self, name: str) -> URL | None:
        """Return a signed link to the file of this name."""
        found = ar.links.asset(self.settings, self.told.get(name), self.now)
        return URL(found) if found else None

    def needed(self, name: str) -> URL:
        """Return a signed link to a file that the animation is nothing without."""
        found = self.url(name)
        if found is None:
            raise LookupError(f"{self.told['type']} without {name}")
        return found


@strawberry.interface
class ArAnimation:
    """Something that happens on a trigger."""

    shown: strawberry.Private[Shown]

    @strawberry.field
    def trigger(self) -> ArTrigger:
        """What the person does."""
        return ArTrigger(self.shown.told["trigger"])

    @strawberry.field
    def caption(self) -> str | None:
        """What is to be seen or heard, in the language of the request."""
        caption = self.shown.told.get("caption")
        return said(caption) if caption else None


@strawberry.type
class ArModelAnimation(ArAnimation):
    """A figure that moves."""

    @strawberry.field
    def glb_url(self) -> URL:
        """A glTF 2.0 binary, for ARCore and browsers; signed, for some minutes."""
        return self.shown.needed("asset_url")

    @strawberry.field
    def usdz_url(self) -> URL | None:
        """The same for ARKit and Quick Look; signed, for some minutes."""
        return self.shown.url("usdz_url")

    @strawberry.field
    def animation_name(self) -> str | None:
        """Which animation of the file to play."""
        return self.shown.told.get("animation")

    @strawberry.field
    def duration_seconds(self) -> float | None:
        """How long it takes."""
        return self.shown.told.get("duration")


async def _lore(shown: Shown, info: Info) -> "Lore | None":
    from schema.world import Lore

    id = ar.lore_of(shown.told)
    return Lore.maybe(await info.context.loaders.lore.load(id)) if id else None


@strawberry.type
class ArVideoAnimation(ArAnimation):
    """A film over the label."""

    @strawberry.field
    def video_url(self) -> URL:
        """An MP4; signed, for some minutes."""
        return self.shown.needed("asset_url")

    @strawberry.field
    def overlay(self) -> str | None:
        """What the app lays over it, such as `product_info_ui`."""
        return self.shown.told.get("overlay")

    @strawberry.field
    def duration_seconds(self) -> float | None:
        """How long it takes."""
        return self.shown.told.get("duration")

    @strawberry.field
    async def lore(self, info: Info) -> Annotated["Lore", strawberry.lazy("schema.world")] | None:
        """The story that it tells."""
        return await _lore(self.shown, info)


@strawberry.type
class ArRecipeAnimation(ArAnimation):
    """Mixed drinks to step through."""

    @strawberry.field
    async def recipes(self, info: Info) -> list[Recipe]:
        """Which; where there are none, show how the drink is served."""
        ids = self.shown.told.get("recipes", ())
        rows = await info.context.loaders.recipe.load_many(ids)
        return Recipe.each(row for row in rows if row is not None and row.active)


@strawberry.type
class ArAudioAnimation(ArAnimation):
    """Something to listen to."""

    @strawberry.field
    def audio_url(self) -> URL:
        """AAC in MP4; signed, for some minutes."""
        return self.shown.needed("asset_url")

    @strawberry.field
    def duration_seconds(self) -> float | None:
        """How long it takes."""
        return self.shown.told.get("duration")

    @strawberry.field
    async def lore(self, info: Info) -> Annotated["Lore", strawberry.lazy("schema.world")] | None:
        """The story that listening opens."""
        return await _lore(self.shown, info)


@strawberry.type
class ArRevealAnimation(ArAnimation):
    """Something hidden that is turned over step by step; the app draws it."""

    @strawberry.field
    def countdown_seconds(self) -> float | None:
        """How long to wait before the first."""
        return self.shown.told.get("countdown_s")

    @strawberry.field
    def step_seconds(self) -> float | None:
        """How long between two."""
        return self.shown.told.get("step_s")

    @strawberry.field
    def duration_seconds(self) -> float | None:
        """How long it takes."""
        return self.shown.told.get("duration")


KINDS: Mapping[str, Callable[..., ArAnimation]] = {
    "3d_model": ArModelAnimation,
    "video": ArVideoAnimation,
    "interactive_recipe": ArRecipeAnimation,
    "audio": ArAudioAnimation,
    "blind_reveal": ArRevealAnimation,
}
ANIMATIONS: tuple[type[ArAnimation], ...] = (
    ArModelAnimation,
    ArVideoAnimation,
    ArRecipeAnimation,
    ArAudioAnimation,
    ArRevealAnimation,
)


def _product(row: Any) -> "Product | None":
    from schema.catalogue.product import Product

    return Product.maybe(row)


@strawberry.type
class ArExperience(View[models.ArExperience], Node):
    """What a product's label shows through a camera."""

    label_marker: str
    """What the camera looks for."""
    requires_unlock: bool
    """Whether a code from a bottle opens it."""
    product: Annotated["Product", strawberry.lazy("schema.catalogue.product")] = related(
        CatalogueLoaders.product,
        _product,
        key=lambda root: root.row.product_id,
        description="Whose label it is.",
    )

    @strawberry.field
    def teaser(self) -> str | None:
        """What waits there, for everybody, in the language of the request."""
        caption = next((one["caption"] for one in self.row.animations if one.get("caption")), None)
        return said(caption) if caption else None

    @strawberry.field
    async def unlocked(self, info: Info) -> bool:
        """Whether the viewer may enter now."""
        return await _is_open(self.row, info)

    @strawberry.field
    async def unlocked_until(self, info: Info) -> datetime | None:
        """When it closes for the viewer; null where it is closed, or open for good."""
        return await _until(self.row, info)

    @strawberry.field
    async def animations(self, info: Info) -> list[ArAnimation]:
        """What happens there; empty while it is locked."""
        if not await _is_open(self.row, info):
            return []
        settings, now = info.context.settings, info.context.now()
        return [KINDS[one["type"]](shown=Shown(one, settings, now)) for one in self.row.animations]


async def _is_open(row: models.ArExperience, info: Info) -> bool:
    if row.requires_unlock:
        return await _until(row, info) is not None
    return info.context.viewer.age in ar.ADULT


async def _until(row: models.ArExperience, info: Info) -> datetime | None:
    viewer = info.context.viewer
    if viewer.customer_id is None or viewer.age not in ar.ADULT or not row.requires_unlock:
        return None
    return await info.context.loaders.ar_open_until.load((viewer.customer_id, row.product_id))
