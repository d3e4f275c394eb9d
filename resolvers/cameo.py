"""The root fields of cameos that are asked and changed."""

import strawberry

from core.errors import Unavailable
from core.i18n import pick
from gateways.storage import StorageUnavailable
from schema.access import adult, mutation, public, query, signed_in
from schema.cameo import CameoJob, RequestCameoInput, SharedCameo, video_of
from schema.cameo_results import (
    CancelCameoResult,
    DeleteCameoResult,
    RequestCameoResult,
    RetryCameoResult,
    RevokeCameoShareResult,
    ShareCameoResult,
)
from schema.cameo_share import CameoShare, ShareCameoInput
from schema.catalogue import CameoTemplate, Product
from schema.context import Info
from schema.erasure import ErasureReceipt
from services import cameo, catalogue

REQUESTS = {"limit": 30, "seconds": 60}


@strawberry.type
class CameoQuery:
    """Cameos to look at."""

    @query(signed_in)
    async def cameo(self, info: Info, id: strawberry.ID) -> CameoJob | None:
        """One of my cameos."""
        async with info.context.db.read() as session:
            return CameoJob.maybe(await cameo.get(session, info.context.viewer, id))

    @query(public)
    async def shared_cameo(self, info: Info, token: str) -> SharedCameo | None:
        """What the holder of a share link sees; null when it ended, was revoked or never was.

        `token`: The part of the link after `/s/`.
        """
        async with info.context.db.read() as session:
            found = await cameo.open_link(session, token, info.context.now())
            notice = await catalogue.ai_notice(session)
        if found is None:
            return None
        loaders, row = info.context.loaders, found.job
        cast = await loaders.template.load(row.template_id)
        if cast is None:
            return None
        return SharedCameo(
            user_name=row.user_name,
            template=CameoTemplate.of(cast),
            product=Product.maybe(
                await loaders.product.load(row.product_id) if row.product_id else None
            ),
            video=await video_of(info, row),
            expires_at=found.share.expires_at,
            ai_notice=pick(notice, info.context.locale),
        )


@strawberry.type
class CameoMutation:
    """Cameos to make, stop, share and remove."""

    @mutation(adult)
    async def request_cameo(self, info: Info, input: RequestCameoInput) -> RequestCameoResult:
        """Ask for a film with me in it. Nothing is paid before the words pass."""
        context = info.context
        await context.throttle.spend("requestCameo", context.viewer.id, **REQUESTS)
        moderated = await cameo.words_pass(context.gateways.moderation, input.user_name)
        order = cameo.CameoOrder(
            portrait_id=input.portrait_id,
            template_id=input.template_id,
            user_name=input.user_name,
            preferred_product_id=input.preferred_product_id,
            aspect_ratio=input.aspect_ratio,
            locale=input.locale,
        )
        async with context.begin() as uow:
            job = await cameo.request(
                uow,
                context.viewer,
                context.settings,
                order,
                input.idempotency_key,
                locale=context.locale,
                moderated=moderated,
            )
        return CameoJob.of(job)

    @mutation(signed_in)
    async def cancel_cameo(self, info: Info, id: strawberry.ID) -> CancelCameoResult:
        """Stop a cameo in any open step; canceling it twice is fine."""
        async with info.context.begin() as uow:
            job = await cameo.cancel(uow, info.context.viewer, id)
        return CameoJob.of(job)

    @mutation(adult)
    async def retry_cameo(
        self, info: Info, id: strawberry.ID, idempotency_key: str
    ) -> RetryCameoResult:
        """Make a failed or canceled cameo after all; finished shots are kept."""
        async with info.context.begin() as uow:
            job = await cameo.retry(
                uow, info.context.viewer, info.context.settings, id, idempotency_key
            )
        return CameoJob.of(job)

    @mutation(signed_in)
    async def delete_cameo(self, info: Info, id: strawberry.ID) -> DeleteCameoResult:
        """Remove an ended cameo with its film, shots and links; doing it twice is fine."""
        context = info.context
        async with context.begin() as uow:
            files = await cameo.erase.cameo(uow, context.viewer, id)
        if files:
            try:
                await cameo.erase.files(context.begin, context.gateways.storage, files)
            except StorageUnavailable as error:
                raise Unavailable from error
        async with context.db.read() as session:
            return ErasureReceipt.of(await cameo.erase.receipt(session, id))

    @mutation(signed_in)
    async def share_cameo(self, info: Info, input: ShareCameoInput) -> ShareCameoResult:
        """Make a link with which anyone can watch a finished film, for a time."""
        async with info.context.begin() as uow:
            share = await cameo.share(
                uow,
                info.context.viewer,
                info.context.settings,
                input.cameo_id,
                input.expires_in_hours,
                input.idempotency_key,
            )
        return CameoShare.of(share)

    @mutation(signed_in)
    async def revoke_cameo_share(self, info: Info, id: strawberry.ID) -> RevokeCameoShareResult:
        """End a link now; ending it twice is fine."""
        async with info.context.begin() as uow:
            return CameoShare.of(await cameo.revoke(uow, info.context.viewer, id))
