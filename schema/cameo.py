"""Cameos as customers see them."""

from datetime import datetime
from typing import Any

import strawberry

from core.i18n import current_locale, pick
from dataloaders import Loaders
from models import cameo as models
from models.cameo import CameoShotStatus, CameoStage, CameoStatus
from models.catalogue import AspectRatio
from schema.base import Node, View, related
from schema.cameo_share import CameoShare
from schema.catalogue import CameoTemplate, Product
from schema.context import Info
from schema.node import nodes_of
from schema.portrait import Portrait
from schema.scalars import URL
from services import cameo
from services.cameo.change import CameoAction
from services.cameo.failures import FAILURES

OPEN = (CameoStatus.QUEUED, CameoStatus.RUNNING)

for kind in (CameoStatus, CameoStage, CameoShotStatus, CameoAction):
    strawberry.enum(kind)


@strawberry.type
class CameoEta(View[cameo.Eta]):
    """When a cameo will be there, by how long others took."""

    likely_at: datetime
    """The middle guess: half of all take no longer."""
    latest_at: datetime
    """The careful guess: nine of ten take no longer."""


@strawberry.type
class CameoShot(View[models.CameoShot]):
    """One take of the film."""

    number: int
    """Its place in the film, from 1."""
    seconds: int
    """How long it is."""
    status: CameoShotStatus
    """Where it stands."""
    percent: int
    """How much of it is filmed, 0 to 100."""
    attempts: int
    """How often it was ordered from the renderer."""


@strawberry.type
class CameoPreview:
    """A picture of how far the film is."""

    stage: CameoStage
    """The step it was made in."""
    url: URL
    """A short-lived link to a JPEG."""
    blurhash: str
    """A few letters that stand for the picture while it loads."""
    at: datetime
    """When it was made."""


@strawberry.type
class CameoVideo:
    """The finished film: H.264 and AAC in MP4, marked as made by AI on every frame."""

    url: URL
    """Where to play it."""
    poster_url: URL
    """A JPEG to show before it plays."""
    preview_strip_url: URL
    """Ten pictures in a row, as one JPEG."""
    duration_seconds: float
    """How long it plays."""
    width: int
    """In pixels."""
    height: int
    """In pixels."""
    byte_size: int
    """How large the file is."""
    sha256: str
    """Of the file, in hex."""
    url_expires_at: datetime
    """The links are short-lived; ask again after this."""


@strawberry.type
class CameoFailure:
    """Why a cameo could not be made."""

    code: str
    """For programs, such as RENDER_REFUSED."""
    message: str
    """For people, in the language of the request."""
    stage: CameoStage
    """The step that failed."""
    retryable: bool
    """Whether `retryCameo` may help."""
    hint: str | None
    """What the customer can do."""


@strawberry.type
class CameoJob(View[models.CameoJob], Node):
    """A film with the customer in it: in the making, then a video."""

    status: CameoStatus
    """What has become of it."""
    stage: CameoStage
    """The step under way, or the last one reached."""
    percent: int
    """0 to 100; never falls."""
    user_name: str
    """The name that the film shows."""
    aspect_ratio: AspectRatio
    """The shape of the film."""
    created_at: datetime
    """When it was asked for."""
    finished_at: datetime | None
    """When it ended."""
    template: CameoTemplate = related(
        Loaders.template,
        CameoTemplate.of,
        key=lambda root: root.row.template_id,
        description="The film it is made after.",
    )
    product: Product | None = related(
        Loaders.product,
        Product.maybe,
        key=lambda root: root.row.product_id,
        description="The drink it shows.",
    )
    portrait: Portrait | None = related(
        Loaders.portrait,
        Portrait.maybe,
        key=lambda root: root.row.portrait_id,
        description="The photo it is made from.",
    )
    remix_of: "CameoJob | None" = related(
        Loaders.cameo_job,
        lambda row: CameoJob.maybe(row),
        key=lambda root: root.row.remix_of_id,
        description="The one it was made out of, by `remixCameo`; null once that is removed.",
    )
    remixes: list["CameoJob"] = related(
        Loaders.remixes_of_cameo,
        lambda rows: CameoJob.each(rows),
        description="What was made out of it: the newest twenty, newest first.",
    )
    shots: list[CameoShot] = related(
        Loaders.shots_of_cameo,
        lambda rows: CameoShot.each(sorted(rows, key=lambda row: row.number)),
        description="Its takes, once they are written.",
    )
    eta: CameoEta | None = related(
        Loaders.eta_of_cameo,
        CameoEta.maybe,
        key=lambda root: root.id if root.row.status in OPEN else None,
        description="When it will be there, while QUEUED or RUNNING.",
    )
    queue_position: int | None = related(
        Loaders.queue_position,
        lambda place: place,
        key=lambda root: root.id if root.row.status is CameoStatus.QUEUED else None,
        description="How many are ahead, while QUEUED.",
    )
    share: CameoShare | None = related(
        Loaders.share_of_cameo, CameoShare.maybe, description="The newest link that still works."
    )

    @strawberry.field
    async def previews(self, info: Info) -> list[CameoPreview]:
        """Pictures of how far it is: one at least for each step that was done."""
        return [await _preview(info, entry) for entry in self.row.previews]

    @strawberry.field
    async def video(self, info: Info) -> CameoVideo | None:
        """The film, when COMPLETED."""
        if self.row.status is not CameoStatus.COMPLETED:
            return None
        return await video_of(info, self.row)

    @strawberry.field
    def failure(self) -> CameoFailure | None:
        """Why it could not be made, when FAILED."""
        if self.row.status is not CameoStatus.FAILED or self.row.failure_code is None:
            return None
        failure, locale = FAILURES[self.row.failure_code], current_locale.get()
        return CameoFailure(
            code=self.row.failure_code,
            message=pick(failure.message, locale),
            stage=self.row.stage,
            retryable=self.row.failure_retryable,
            hint=pick(failure.hint, locale) if failure.hint else None,
        )

    @strawberry.field
    def allowed_actions(self) -> list[CameoAction]:
        """What can be done with it now."""
        return cameo.allowed_actions(self.row)


async def _preview(info: Info, entry: dict[str, Any]) -> CameoPreview:
    url = await info.context.gateways.storage.link(
        entry["key"], info.context.settings.link_seconds, content_type="image/jpeg"
    )
    return CameoPreview(
        stage=CameoStage(entry["stage"]),
        url=URL(url),
        blurhash=entry["blurhash"],
        at=datetime.fromisoformat(entry["at"]),
    )


async def video_of(info: Info, row: models.CameoJob) -> CameoVideo:
    """Sign links to the film and its pictures."""
    film = await cameo.film_links(info.context.gateways.storage, info.context.settings, row)
    return CameoVideo(
        url=URL(film.video),
        poster_url=URL(film.poster),
        preview_strip_url=URL(film.strip),
        duration_seconds=row.duration_seconds or 0.0,
        width=row.width or 0,
        height=row.height or 0,
        byte_size=row.byte_size or 0,
        sha256=row.sha256 or "",
        url_expires_at=info.context.now() + film.lifetime,
    )


@strawberry.type
class SharedCameo:
    """What the holder of a link sees: nothing of the customer but the name they put on it."""

    user_name: str
    """The name that the film shows."""
    template: CameoTemplate
    """The film it is made after."""
    product: Product | None
    """The drink it shows."""
    video: CameoVideo
    """The film."""
    expires_at: datetime
    """When the link ends."""
    ai_notice: str
    """Says that the film was made with generative AI; show it beside the film."""


@nodes_of("cam")
async def cameos(info: Info, ids: list[str]) -> dict[str, Node]:
    """Find the viewer's own cameos."""
    async with info.context.db.read() as session:
        rows = await cameo.mine(session, info.context.viewer, ids)
    return {row.id: CameoJob.of(row) for row in rows}
