"""A new cameo out of one that has ended: what is not said stays as it was there (row V7)."""

from dataclasses import asdict, dataclass

from sqlalchemy.ext.asyncio import AsyncSession

from core.errors import NotFound
from core.idempotency import once
from core.outbox import UnitOfWork
from core.settings import Settings
from core.viewer import Viewer
from models.cameo import CameoJob
from models.catalogue import AspectRatio, CameoTemplate
from services.cameo.change import CameoAction, require
from services.cameo.read import get
from services.cameo.request import CameoOrder, asked_before, queue


@dataclass(frozen=True)
class CameoRemix:
    """What is to be different; None keeps what the first cameo has."""

    cameo_id: str
    portrait_id: str | None
    template_id: str | None
    user_name: str | None
    preferred_product_id: str | None
    aspect_ratio: AspectRatio | None
    locale: str | None


async def remixed_name(session: AsyncSession, viewer: Viewer, wish: CameoRemix) -> str | None:
    """Return the name that the new film would show, to be judged; None when there is no parent."""
    if wish.user_name is not None:
        return wish.user_name
    parent = await get(session, viewer, wish.cameo_id)
    return parent.user_name if parent else None


async def remix(
    uow: UnitOfWork,
    viewer: Viewer,
    settings: Settings,
    wish: CameoRemix,
    idempotency_key: str,
    *,
    moderated: bool,
) -> CameoJob:
    """Queue a cameo like one that has ended, under the rules of `request`.

    Raises NotFound, CameoStateConflict, and what `request` does.
    """

    async def work() -> str:
        parent = await _parent(uow, viewer, wish.cameo_id)
        order = await _order(uow.session, parent, wish)
        job = await queue(uow, viewer, settings, order, parent.locale)
        job.remix_of_id = parent.id
        job.moderated_at = uow.now() if moderated else None
        return job.id

    id = await once(uow, viewer, "remixCameo", idempotency_key, asdict(wish), work)
    return await asked_before(uow, id)


async def _parent(uow: UnitOfWork, viewer: Viewer, id: str) -> CameoJob:
    # Until the child is there the parent must not be removed; it may change.
    stays = {"read": True, "key_share": True}
    parent = await uow.session.get(CameoJob, id, with_for_update=stays)
    if parent is None or parent.customer_id != viewer.customer_id:
        raise NotFound("input.cameoId")
    require(parent, CameoAction.REMIX, field="input.cameoId")
    return parent


async def _order(session: AsyncSession, parent: CameoJob, wish: CameoRemix) -> CameoOrder:
    """Fill in from the parent; its drink and shape only where the new template has them."""
    template_id = _said(wish.template_id, parent.template_id)
    template = await session.get(CameoTemplate, template_id)
    products, shapes = (
        (template.allowed_product_ids, template.aspect_ratios) if template else ((), ())
    )
    product = parent.product_id if parent.product_id in products else None
    shape = parent.aspect_ratio if parent.aspect_ratio.value in shapes else None
    return CameoOrder(
        portrait_id=_said(wish.portrait_id, parent.portrait_id),
        template_id=template_id,
        user_name=_said(wish.user_name, parent.user_name),
        preferred_product_id=_said(wish.preferred_product_id, product),
        aspect_ratio=_said(wish.aspect_ratio, shape),
        locale=_said(wish.locale, parent.locale),
    )


def _said[T](wish: T | None, parent: T) -> T:
    return parent if wish is None else wish
