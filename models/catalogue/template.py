"""Cameo templates, and the likenesses who host them."""

import enum
from datetime import date
from typing import Any

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from core.db import Base
from models.catalogue.base import Curated, choice


class AspectRatio(enum.StrEnum):
    """The shape of a video."""

    LANDSCAPE_16_9 = "16:9"
    """Wide, for screens."""
    PORTRAIT_9_16 = "9:16"
    """Tall, for phones."""
    SQUARE_1_1 = "1:1"
    """Square, for feeds."""


class TemplateStatus(enum.StrEnum):
    """Whether a template may be used."""

    DRAFT = "draft"
    PUBLISHED = "published"
    RETIRED = "retired"


class LikenessKind(enum.StrEnum):
    """Whether somebody has this face."""

    FICTIONAL = "fictional"
    REAL_PERSON = "real-person"


class LikenessStatus(enum.StrEnum):
    """Whether a likeness may appear."""

    APPROVED = "approved"
    BLOCKED = "blocked"


class Likeness(Curated, Base):
    """A face beside the customer's; it appears only with a live licence."""

    __tablename__ = "likenesses"

    name: Mapped[dict[str, str]]
    kind: Mapped[LikenessKind] = mapped_column(choice(LikenessKind))
    status: Mapped[LikenessStatus] = mapped_column(choice(LikenessStatus))
    licence: Mapped[str | None]
    licensed_until: Mapped[date | None]
    note: Mapped[str]


class CameoTemplate(Curated, Base):
    """A film to be in: shots of 4, 8 or 12 s and an outro, together `duration_seconds`.

    `shots` are `{n, seconds, outline{ko,en}, camera, needs_user_face, effects}` and `outro` is
    `{seconds, kind, text{ko,en}}`; `{user_name}`, `{user_face}` and `{product}` stand in the texts.
    """

    __tablename__ = "cameo_templates"

    name: Mapped[dict[str, str]]
    duration_seconds: Mapped[int]
    estimated_seconds: Mapped[int]
    credits: Mapped[int]
    aspect_ratios: Mapped[list[str]]
    fps: Mapped[int]
    quality: Mapped[str]
    blend_strength: Mapped[float]
    guest_likeness_id: Mapped[str] = mapped_column(ForeignKey("likenesses.id"))
    allowed_product_ids: Mapped[list[str]]
    mood: Mapped[str]
    shots: Mapped[list[dict[str, Any]]]
    outro: Mapped[dict[str, Any]]
    music: Mapped[dict[str, Any]]
    lore_id: Mapped[str | None] = mapped_column(ForeignKey("lore.id"))
    customization: Mapped[list[str]]
    safety: Mapped[list[str]]
    watermark: Mapped[dict[str, str]]
    captions: Mapped[list[str]]
    version: Mapped[int]
    status: Mapped[TemplateStatus] = mapped_column(choice(TemplateStatus))
    thumbnail: Mapped[str | None]
