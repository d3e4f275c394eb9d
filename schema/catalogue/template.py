"""Films to be in."""

from datetime import date
from typing import TYPE_CHECKING, Annotated, Any, Self

import strawberry

from dataloaders.catalogue import CatalogueLoaders
from models import catalogue as models
from models.catalogue import AspectRatio, LikenessKind
from schema.base import Node, View, related
from schema.catalogue.product import Product
from schema.catalogue.words import said
from schema.context import Info
from schema.scalars import URL
from services.catalogue import Cast, neutral

if TYPE_CHECKING:
    from schema.world import Lore

strawberry.enum(AspectRatio)

CDN = "https://cdn.nerdx.com/"


@strawberry.type
class Likeness(View[models.Likeness], Node):
    """A face beside the customer's; it appears only with a live licence."""

    name: str
    """Its name, in the language of the request."""
    licensed_until: date | None
    """The last day of its licence; null for one without an end, or for none."""

    @strawberry.field
    def is_fictional(self) -> bool:
        """Whether nobody has this face."""
        return self.row.kind is LikenessKind.FICTIONAL


@strawberry.type
class TemplateShot:
    """A piece of a film."""

    number: int
    """Its place, from 1."""
    seconds: int
    """How long it lasts."""
    outline: str
    """What happens, in the language of the request."""
    shows_customer: bool
    """Whether the customer is in it."""


def _lore(row: Any) -> "Lore | None":
    from schema.world import Lore

    return Lore.maybe(row)


@strawberry.type
class CameoTemplate(View[Cast], Node):
    """A film to be in: shots, and a host."""

    name: str
    """Its name, in the language of the request."""
    duration_seconds: int
    """How long the film is, its end included."""
    typical_seconds: int
    """How long making it usually takes."""
    aspect_ratios: list[AspectRatio]
    """The shapes that it comes in."""
    credits: int
    """What it costs, in credits."""
    available: bool
    """Whether it can be made now."""
    unavailable_reason: str | None
    """Why not, when it cannot, in the language of the request."""
    host: Likeness | None
    """Who leads through it: its own guest while licensed, else the invented host."""
    lore: Annotated["Lore", strawberry.lazy("schema.world")] | None = related(
        CatalogueLoaders.lore,
        _lore,
        key=lambda root: root.row.template.lore_id,
        description="The story that it is about, if it is about one.",
    )

    @classmethod
    def of(cls, row: Cast) -> Self:
        """Show a template with its host of today."""
        template = row.template
        return cls(
            row=row,
            id=strawberry.ID(template.id),
            name=said(template.name),
            duration_seconds=template.duration_seconds,
            typical_seconds=template.estimated_seconds,
            aspect_ratios=[AspectRatio(shape) for shape in template.aspect_ratios],
            credits=template.credits,
            available=row.unusable is None,
            unavailable_reason=None if row.unusable is None else said(row.unusable),
            host=Likeness.maybe(row.host),
        )

    @strawberry.field
    def description(self) -> str:
        """What happens in it, in the language of the request."""
        return " ".join(_sentence(shot) for shot in self.row.template.shots)

    @strawberry.field
    def shots(self) -> list[TemplateShot]:
        """Its pieces, in order; each is made for itself."""
        return [
            TemplateShot(
                number=shot["n"],
                seconds=shot["seconds"],
                outline=said(neutral(shot["outline"])),
                shows_customer=shot["needs_user_face"],
            )
            for shot in self.row.template.shots
        ]

    @strawberry.field
    async def products(self, info: Info) -> list[Product]:
        """The drinks that can be in it."""
        ids = self.row.template.allowed_product_ids
        rows = await info.context.loaders.product.load_many(ids)
        return [Product.of(row) for row in rows if row and row.active]

    @strawberry.field
    def thumbnail_url(self, info: Info) -> URL | None:
        """A picture of it, where a CDN serves one."""
        thumbnail, cdn = self.row.template.thumbnail, info.context.settings.cdn_url
        if thumbnail is None or cdn is None:
            return None
        return URL(f"{cdn.rstrip('/')}/{thumbnail.removeprefix(CDN)}")


def _sentence(shot: dict[str, Any]) -> str:
    return said(neutral(shot["outline"])).rstrip(".") + "."
