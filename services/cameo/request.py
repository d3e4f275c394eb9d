"""Asking for a cameo: every refusal comes before anything is paid."""

import unicodedata
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from core.errors import InvalidInput, NotFound
from core.i18n import LOCALES, Text
from core.idempotency import once
from core.outbox import GraphChange, UnitOfWork
from core.settings import Settings
from core.viewer import Viewer
from gateways.moderation import Moderation, ModerationUnavailable
from models.cameo import CameoJob, CameoStatus, Portrait, PortraitStatus
from models.catalogue import AspectRatio, CameoTemplate, Product
from services import catalogue
from services.cameo import spending
from services.cameo.errors import (
    CameoLimitReached,
    ContentRefused,
    PortraitNotUsable,
    ProductNotAllowed,
    TemplateUnavailable,
)
from services.cameo.tasks import DispatchCameos, cameo_changed

OPEN = (CameoStatus.QUEUED, CameoStatus.RUNNING)
MAX_NAME = 40
MODERATION_SECONDS = 2.0
TURNS = frozenset({"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"})


@dataclass(frozen=True)
class CameoOrder:
    """What a customer asks for; a missing shape or language is the template's or the reader's."""

    portrait_id: str
    template_id: str
    user_name: str
    preferred_product_id: str | None
    aspect_ratio: AspectRatio | None
    locale: str | None


async def words_pass(moderation: Moderation, name: str) -> bool:
    """Have the customer's words judged before a transaction begins.

    False when there is no verdict now: the worker asks again before it pays.
    Raises ContentRefused, InvalidInput.
    """
    clean_name(name)
    try:
        flagged = await moderation.check([name], deadline=MODERATION_SECONDS)
    except ModerationUnavailable:
        return False
    if flagged:
        raise ContentRefused(flagged)
    return True


async def request(
    uow: UnitOfWork,
    viewer: Viewer,
    settings: Settings,
    order: CameoOrder,
    idempotency_key: str,
    *,
    locale: str,
    moderated: bool,
) -> CameoJob:
    """Queue a cameo.

    Raises PortraitNotUsable, TemplateUnavailable, ProductNotAllowed, CameoLimitReached,
    ShotLimitReached, NotFound, InvalidInput, IdempotencyConflict.
    """

    async def work() -> str:
        job = await queue(uow, viewer, settings, order, locale)
        job.moderated_at = uow.now() if moderated else None
        return job.id

    id = await once(uow, viewer, "requestCameo", idempotency_key, asdict(order), work)
    return await asked_before(uow, id)


async def asked_before(uow: UnitOfWork, id: str) -> CameoJob:
    """Return what a key gave the first time. Raises NotFound when it was removed since."""
    job = await uow.session.get(CameoJob, id)
    if job is None:
        raise NotFound("input.idempotencyKey")
    return job


async def queue(
    uow: UnitOfWork, viewer: Viewer, settings: Settings, order: CameoOrder, locale: str
) -> CameoJob:
    """Hold an order against every rule, and queue it. Raises what `request` does."""
    template, host = await _template(uow.session, order.template_id, uow.now().date())
    await _portrait(uow, viewer, order.portrait_id)
    product_id = await _product(uow.session, template, order.preferred_product_id)
    await uow.lock("cameos", viewer.id)
    await check_limit(uow.session, viewer.id, settings.max_open_cameos)
    await spending.check(uow, settings, viewer.id, len(template.shots))
    job = CameoJob(
        customer_id=viewer.id,
        portrait_id=order.portrait_id,
        template_id=template.id,
        template_version=template.version,
        product_id=product_id,
        host_id=host,
        user_name=clean_name(order.user_name),
        locale=_locale(order.locale or locale),
        aspect_ratio=_ratio(template, order.aspect_ratio),
        queued_at=uow.now(),
    )
    uow.session.add(job)
    await uow.session.flush()
    uow.send(DispatchCameos())
    uow.send(cameo_changed(job.id))
    uow.send(GraphChange("cameo", job.id))
    return job


def clean_name(name: str) -> str:
    """Return the name as it is shown: NFC, trimmed, 1 to 40 characters. Raises InvalidInput."""
    clean = " ".join(unicodedata.normalize("NFC", name[: MAX_NAME * 8]).split())
    if not 1 <= len(clean) <= MAX_NAME or len(name) > MAX_NAME * 8:
        raise _invalid(
            "userName", f"1~{MAX_NAME}자로 적어 주세요.", f"Give 1 to {MAX_NAME} characters."
        )
    if any(_is_odd(character) for character in clean):
        raise _invalid(
            "userName", "쓸 수 없는 문자가 있습니다.", "It has a character that cannot be shown."
        )
    return clean


def _is_odd(character: str) -> bool:
    """Whether it is no letter, or turns the direction of the words around it."""
    turns = unicodedata.bidirectional(character) in TURNS
    return turns or unicodedata.category(character) in ("Cc", "Cs", "Co", "Cn")


async def check_limit(session: AsyncSession, customer_id: str, limit: int) -> None:
    """Raise CameoLimitReached unless one more may be open; the caller holds the lock."""
    jobs = select(func.count()).where(
        CameoJob.customer_id == customer_id, CameoJob.status.in_(OPEN)
    )
    if (running := await session.scalar(jobs) or 0) >= limit:
        raise CameoLimitReached(limit, running)


async def _template(session: AsyncSession, id: str, today: date) -> tuple[CameoTemplate, str]:
    found = (await catalogue.cast(session, today, [id])).get(id)
    if found is None or found.unusable or found.host is None:
        raise TemplateUnavailable
    return found.template, found.host.id


async def _portrait(uow: UnitOfWork, viewer: Viewer, id: str) -> None:
    portrait = await uow.session.get(Portrait, id, with_for_update={"read": True})
    if portrait is None or portrait.customer_id != viewer.id:
        raise NotFound("input.portraitId")
    if portrait.status is not PortraitStatus.READY or portrait.expires_at <= uow.now():
        raise PortraitNotUsable(portrait.status)


async def _product(session: AsyncSession, template: CameoTemplate, id: str | None) -> str | None:
    allowed: Sequence[str] = template.allowed_product_ids
    if id is None:
        return allowed[0] if allowed else None
    if id in allowed:
        return id
    rows = list(await session.scalars(select(Product).where(Product.id.in_(allowed))))
    for row in rows:
        # The refusal rolls back, which empties every row that the session holds.
        session.expunge(row)
    raise ProductNotAllowed(rows)


def _ratio(template: CameoTemplate, wanted: AspectRatio | None) -> AspectRatio:
    if wanted is None:
        return AspectRatio(template.aspect_ratios[0])
    if wanted.value in template.aspect_ratios:
        return wanted
    shapes = ", ".join(AspectRatio(shape).name for shape in template.aspect_ratios)
    raise _invalid(
        "aspectRatio", f"이 템플릿의 화면비: {shapes}", f"This template comes as {shapes}."
    )


def _locale(locale: str) -> str:
    if locale in LOCALES:
        return locale
    raise _invalid("locale", "ko 또는 en만 됩니다.", "Only ko and en are spoken here.")


def _invalid(field: str, ko: str, en: str) -> InvalidInput:
    reason: Text = {"ko": ko, "en": en}
    return InvalidInput(f"input.{field}", reason)
