"""Which cameo templates can be used, and who hosts them."""

import enum
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from core.i18n import Text
from models.catalogue import CameoTemplate, Likeness, LikenessStatus, TemplateStatus
from services.catalogue.vocabulary import STAND_INS

# The invented host who stands in wherever another has no licence.
DEFAULT_HOST = "host-sam"


MAY_HOST = or_(Likeness.id == CameoTemplate.guest_likeness_id, Likeness.id == DEFAULT_HOST)


class Unusable(enum.Enum):
    """Why a template cannot be used now."""

    WITHDRAWN = {
        "ko": "지금은 제공하지 않는 템플릿입니다.",
        "en": "This template is not offered now.",
    }
    NO_LICENCE = {
        "ko": "출연자의 사용 허가가 없어 지금은 만들 수 없습니다.",
        "en": "Its host has no licence today, so it cannot be made.",
    }


@dataclass(frozen=True)
class Cast:
    """A template with the likeness that may host it, or why it cannot be used."""

    template: CameoTemplate
    host: Likeness | None
    unusable: Text | None


def is_live(likeness: Likeness, today: date) -> bool:
    """Tell whether a likeness may appear: approved, and with a licence that has not run out."""
    approved = likeness.active and likeness.status is LikenessStatus.APPROVED
    lasts = likeness.licensed_until is None or likeness.licensed_until >= today
    return approved and likeness.licence is not None and lasts


def host_of(
    template: CameoTemplate, likenesses: Mapping[str, Likeness], today: date
) -> Likeness | None:
    """Return who hosts: the template's own guest, else the invented one, else nobody."""
    for id in (template.guest_likeness_id, DEFAULT_HOST):
        likeness = likenesses.get(id)
        if likeness and is_live(likeness, today):
            return likeness
    return None


async def cast(
    session: AsyncSession, today: date, ids: Sequence[str] | None = None
) -> dict[str, Cast]:
    """Return these templates, or all, in the order of the catalogue, each with its host."""
    query = select(CameoTemplate, Likeness).outerjoin(Likeness, MAY_HOST)
    query = query.order_by(CameoTemplate.position, CameoTemplate.id)
    query = (
        query.where(CameoTemplate.active) if ids is None else query.where(CameoTemplate.id.in_(ids))
    )
    rows = (await session.execute(query)).all()
    likenesses = {row.id: row for _, row in rows if row}
    return {row.id: cast_of(row, likenesses, today) for row, _ in rows}


def cast_of(template: CameoTemplate, likenesses: Mapping[str, Likeness], today: date) -> Cast:
    """Return a template with who of these hosts it today."""
    host = host_of(template, likenesses, today)
    offered = template.active and template.status is TemplateStatus.PUBLISHED
    if not offered:
        return Cast(template, host, Unusable.WITHDRAWN.value)
    return Cast(template, host, None if host else Unusable.NO_LICENCE.value)


def neutral(text: Text) -> dict[str, str]:
    """Fill a template's words for somebody who has not chosen a name or a drink yet."""
    filled = dict(text)
    for locale, words in STAND_INS.items():
        for placeholder, word in words.items():
            filled[locale] = filled.get(locale, "").replace(placeholder, word)
    return {locale: words[:1].upper() + words[1:] for locale, words in filled.items()}
