"""The root fields of photos."""

from collections.abc import AsyncIterator
from datetime import timedelta

import strawberry

from core import errors
from core.errors import Unavailable
from gateways.storage import StorageUnavailable
from models.cameo import PortraitStatus
from schema.access import mutation, public, query, signed_in, subscription
from schema.cameo_results import (
    CreatePortraitUploadResult,
    ErasePortraitResult,
    SubmitPortraitResult,
)
from schema.context import Info
from schema.erasure import ErasureReceipt
from schema.portrait import (
    ConsentText,
    CreatePortraitUploadInput,
    FormField,
    Portrait,
    PortraitUpload,
    SubmitPortraitInput,
)
from schema.scalars import URL
from services import cameo, catalogue
from services.cameo.portrait import UPLOAD_SECONDS
from services.cameo.tasks import portrait_topic

UPLOADS = {"limit": 30, "seconds": 600}
PORTRAIT_ENDS = (PortraitStatus.READY, PortraitStatus.REJECTED, PortraitStatus.ERASED)


@strawberry.type
class PortraitQuery:
    """What to agree to."""

    @query(public)
    async def face_consent(self, info: Info) -> ConsentText:
        """The wording to consent to, with its version."""
        async with info.context.db.read() as session:
            return ConsentText.of(await catalogue.face_consent(session))


@strawberry.type
class PortraitMutation:
    """Photos to upload, submit and erase."""

    @mutation(signed_in)
    async def create_portrait_upload(
        self, info: Info, input: CreatePortraitUploadInput
    ) -> CreatePortraitUploadResult:
        """Get a form with which the photo goes straight to the store, never through here."""
        context = info.context
        await context.throttle.spend("createPortraitUpload", context.viewer.id, **UPLOADS)
        async with context.begin() as uow:
            portrait = await cameo.portrait.create_upload(
                uow,
                context.viewer,
                context.settings,
                input.content_type,
                input.byte_size,
                input.idempotency_key,
            )
        try:
            form = await context.gateways.storage.upload_form(
                portrait.upload_key or "",
                portrait.content_type,
                1,
                context.settings.max_photo_bytes,
                UPLOAD_SECONDS,
            )
        except StorageUnavailable as error:
            raise Unavailable from error
        return PortraitUpload(
            portrait=Portrait.of(portrait),
            url=URL(form.url),
            fields=[FormField(name=name, value=value) for name, value in form.fields.items()],
            max_bytes=context.settings.max_photo_bytes,
            expires_at=context.now() + timedelta(seconds=UPLOAD_SECONDS),
        )

    @mutation(signed_in)
    async def submit_portrait(self, info: Info, input: SubmitPortraitInput) -> SubmitPortraitResult:
        """Consent, and have the uploaded photo checked; `portraitChanged` tells how it went."""
        context = info.context
        await context.throttle.spend("submitPortrait", context.viewer.id, **UPLOADS)
        async with context.begin() as uow:
            portrait = await cameo.portrait.submit(
                uow,
                context.viewer,
                input.portrait_id,
                input.consent_version,
                input.idempotency_key,
            )
        return Portrait.of(portrait)

    @mutation(signed_in)
    async def erase_portrait(self, info: Info, id: strawberry.ID) -> ErasePortraitResult:
        """Take the consent back: the photo's key is destroyed, its objects go, a receipt stays.

        Cameos that still need it are stopped; finished films stay until `deleteCameo`.
        """
        context = info.context
        async with context.begin() as uow:
            files = await cameo.erase.portrait(uow, context.viewer, id)
        if files:
            try:
                await cameo.erase.files(context.begin, context.gateways.storage, files)
            except StorageUnavailable as error:
                raise Unavailable from error
        async with context.db.read() as session:
            return ErasureReceipt.of(await cameo.erase.receipt(session, id))


@strawberry.type
class PortraitSubscription:
    """Photos, live."""

    @subscription(signed_in)
    async def portrait_changed(self, info: Info, id: strawberry.ID) -> AsyncIterator[Portrait]:
        """The portrait now, then at each change, until it is READY, REJECTED or ERASED."""
        async for cursor in info.context.bus.follow(portrait_topic(id)):
            info.context.forget()
            info.context.event_id = cursor
            async with info.context.db.read() as session:
                row = await cameo.portrait.get(session, info.context.viewer, id)
            if row is None:
                raise errors.Missing
            yield Portrait.of(row)
            if row.status in PORTRAIT_ENDS:
                return
