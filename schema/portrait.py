"""Photos and consent as customers see them."""

from datetime import datetime

import strawberry

from core.i18n import current_locale, pick
from dataloaders import Loaders
from models import cameo as models
from models.cameo import PortraitRejectionReason, PortraitStatus
from schema.base import Node, View, related
from schema.context import Info
from schema.errors import UserError, error_for
from schema.node import nodes_of
from schema.scalars import URL
from services import cameo
from services.cameo import links
from services.cameo.rejections import REJECTIONS
from services.catalogue import ConsentText as ConsentWording

strawberry.enum(PortraitStatus)
strawberry.enum(PortraitRejectionReason)


@strawberry.type
class ConsentText(View[ConsentWording]):
    """The wording to consent to before a photo of a face is kept."""

    version: str
    """Send it as `consentVersion`."""
    text: str
    """Show it in full."""
    purposes: list[str]
    """What the photo may be used for."""
    retention_days: int
    """After so many days at the latest the photo is erased."""


@strawberry.type
class Consent(View[models.Consent]):
    """What was agreed to about a photo."""

    version: str
    """The version of the wording."""
    purposes: list[str]
    """What the photo may be used for."""
    given_at: datetime
    """When it was given."""
    withdrawn_at: datetime | None
    """When it was taken back, and the photo erased."""


@strawberry.type
class PortraitRejection:
    """Why a photo cannot be used."""

    reason: PortraitRejectionReason
    """For programs."""
    message: str
    """For people, in the language of the request."""
    faces_found: int | None
    """How many faces were found, once they were looked for."""


@strawberry.type
class Portrait(View[models.Portrait], Node):
    """A photo of one face, kept only as long as its consent says."""

    status: PortraitStatus
    """Where it stands."""
    created_at: datetime
    """When the upload was begun."""
    expires_at: datetime
    """When it is erased at the latest; before a consent, when the upload form ends."""
    consent: Consent | None = related(
        Loaders.consent_of,
        Consent.maybe,
        description="What was agreed to; null until it is submitted.",
    )

    @strawberry.field
    def rejection(self) -> PortraitRejection | None:
        """Why it cannot be used, when REJECTED."""
        if self.row.rejection is None:
            return None
        return PortraitRejection(
            reason=self.row.rejection,
            message=pick(REJECTIONS[self.row.rejection], current_locale.get()),
            faces_found=self.row.faces_found,
        )

    @strawberry.field
    def preview_url(self, info: Info) -> URL | None:
        """A short-lived link to the prepared crop, when READY."""
        if self.row.status is not PortraitStatus.READY:
            return None
        return URL(links.portrait_preview(info.context.settings, self.row.id, info.context.now()))


@nodes_of("por")
async def portraits(info: Info, ids: list[str]) -> dict[str, Node]:
    """Find the viewer's own photos."""
    async with info.context.db.read() as session:
        rows = await cameo.portrait.mine(session, info.context.viewer, ids)
    return {row.id: Portrait.of(row) for row in rows}


@strawberry.type
class FormField:
    """One field of a form."""

    name: str
    """Its name."""
    value: str
    """Its value, to be sent as it is."""


@strawberry.type
class PortraitUpload:
    """Where and how to send the photo: a multipart/form-data POST of these fields, then `file`."""

    portrait: Portrait
    """The photo to be."""
    url: URL
    """Where to post."""
    fields: list[FormField]
    """The fields, in this order, before the file."""
    max_bytes: int
    """The most bytes that are taken."""
    expires_at: datetime
    """When the form ends."""


@strawberry.input
class CreatePortraitUploadInput:
    """What will be uploaded."""

    content_type: str
    """`image/jpeg`, `image/png` or `image/webp`."""
    byte_size: int
    """How many bytes the file has."""
    idempotency_key: str
    """A key of your making: the same request sent again with it gives the same portrait."""


@strawberry.input
class SubmitPortraitInput:
    """A photo that was uploaded, and the consent."""

    portrait_id: strawberry.ID
    """The portrait that the upload was made for."""
    consent_version: str
    """The version of the wording that was agreed to, from `faceConsent`."""
    idempotency_key: str
    """A key of your making: the same request sent again with it changes nothing."""


@error_for(cameo.UnsupportedImage)
@strawberry.type
class UnsupportedImage(UserError):
    """The type or size of the photo cannot be taken."""

    accepted: list[str]
    """The types that are taken."""
    max_bytes: int
    """The most bytes that are taken."""


@error_for(cameo.ConsentOutdated)
@strawberry.type
class ConsentOutdated(UserError):
    """The wording has changed since it was shown."""

    current: ConsentText
    """The present wording."""

    @classmethod
    def details(cls, error: cameo.ConsentOutdated) -> dict[str, object]:
        """Show the present wording."""
        return {"current": ConsentText.of(error.current)}


@error_for(cameo.PortraitNotUsable)
@strawberry.type
class PortraitNotUsable(UserError):
    """Not in a state that allows it."""

    portrait_status: PortraitStatus
    """Where the photo stands."""
