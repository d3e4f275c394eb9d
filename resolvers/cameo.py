"""The root fields of cameos."""

import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import strawberry

from core import errors
from core.errors import DomainError, Unavailable
from core.i18n import pick
from core.throttle import network
from gateways.storage import StorageUnavailable
from models.cameo import CameoStatus
from schema.access import adult, mutation, public, query, signed_in, subscription
from schema.cameo import CameoJob, SharedCameo, video_of
from schema.cameo_input import RemixCameoInput, RequestCameoInput
from schema.cameo_results import (
    CancelCameoResult,
    DeleteCameoResult,
    RemixCameoResult,
    RequestCameoResult,
    RetryCameoResult,
    RevokeCameoShareResult,
    ShareCameoResult,
)
from schema.cameo_share import CameoShare, ShareCameoInput
from schema.catalogue import CameoTemplate, Product
from schema.context import Context, Info
from schema.erasure import ErasureReceipt
from services import cameo, catalogue
from services.cameo.tasks import cameo_topic

REQUESTS = {"limit": 30, "seconds": 60}
DAY_SECONDS = 86_400
ENDS = (CameoStatus.COMPLETED, CameoStatus.FAILED, CameoStatus.CANCELED)


@asynccontextmanager
async def counted(context: Context) -> AsyncIterator[None]:
    """Count a request of a customer; a guest's counts for the network too, unless it is refused.

    Raises RateLimited.
    """
    spend, viewer = context.throttle.spend, context.viewer
    await spend("requestCameo", viewer.id, **REQUESTS)
    if not viewer.is_guest:
        yield
        return
    address = hashlib.sha256(network(context.client).encode()).hexdigest()[:32]
    limit = context.settings.guest_cameos_per_client
    slot = await spend("guestCameos", address, limit=limit, seconds=DAY_SECONDS)
    try:
        yield
    except DomainError:
        await context.throttle.give_back(slot, seconds=DAY_SECONDS)
        raise


@strawberry.type
class CameoQuery:
    """Cameos to look at."""

    @query(signed_in)
    async def cameo(self, info: Info, id: strawberry.ID) -> CameoJob | None:
        """One of my cameos."""
        context = info.context
        async with context.db.read() as session:
            today = context.now().date()
            found = await cameo.with_cast(session, context.viewer, id, today)
        if found is None:
            return None
        job, cast = found
        context.loaders.template.prime(job.template_id, cast)
        return CameoJob.of(job)

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
        order = cameo.CameoOrder(
            portrait_id=input.portrait_id,
            template_id=input.template_id,
            user_name=input.user_name,
            preferred_product_id=input.preferred_product_id,
            aspect_ratio=input.aspect_ratio,
            locale=input.locale,
        )
        async with counted(context):
            moderated = await cameo.words_pass(context.gateways.moderation, order.user_name)
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

    @mutation(adult)
    async def remix_cameo(self, info: Info, input: RemixCameoInput) -> RemixCameoResult:
        """Ask for a film like one of mine that has ended, with what is said here changed.

        It is asked for anew, by every rule of `requestCameo`.
        """
        context, viewer = info.context, info.context.viewer
        wish = cameo.CameoRemix(
            cameo_id=input.cameo_id,
            portrait_id=input.portrait_id,
            template_id=input.template_id,
            user_name=input.user_name,
            preferred_product_id=input.preferred_product_id,
            aspect_ratio=input.aspect_ratio,
            locale=input.locale,
        )
        async with counted(context):
            async with context.db.read() as session:
                name = await cameo.remixed_name(session, viewer, wish)
            moderation, key = context.gateways.moderation, input.idempotency_key
            moderated = name is not None and await cameo.words_pass(moderation, name)
            async with context.begin() as uow:
                job = await cameo.remix(
                    uow, viewer, context.settings, wish, key, moderated=moderated
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
        context = info.context
        async with counted(context), context.begin() as uow:
            job = await cameo.retry(uow, context.viewer, context.settings, id, idempotency_key)
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


@strawberry.type
class CameoSubscription:
    """Cameos, live."""

    @subscription(signed_in)
    async def cameo_changed(self, info: Info, id: strawberry.ID) -> AsyncIterator[CameoJob]:
        """The cameo now, then at each change, until it ends."""
        async for cursor in info.context.bus.follow(cameo_topic(id)):
            info.context.forget()
            info.context.event_id = cursor
            async with info.context.db.read() as session:
                row = await cameo.get(session, info.context.viewer, id)
            if row is None:
                raise errors.Missing
            yield CameoJob.of(row)
            if row.status in ENDS:
                return
