"""What each cameo mutation may answer."""

from typing import Annotated

import strawberry

from models.cameo import CameoStatus
from schema.cameo import CameoJob
from schema.cameo_share import CameoShare
from schema.catalogue import Product
from schema.erasure import ErasureReceipt
from schema.errors import (
    IdempotencyConflict,
    InvalidInput,
    NotFound,
    RateLimited,
    UserError,
    error_for,
)
from schema.portrait import (
    ConsentOutdated,
    Portrait,
    PortraitNotUsable,
    PortraitUpload,
    UnsupportedImage,
)
from services import cameo
from services.cameo.change import CameoAction


@error_for(cameo.CameoLimitReached)
@strawberry.type
class CameoLimitReached(UserError):
    """So many cameos of one customer may be open at once."""

    limit: int
    """How many may be open."""
    running: int
    """How many are."""


@error_for(cameo.ContentRefused)
@strawberry.type
class ContentRefused(UserError):
    """The words do not pass; nothing was paid."""

    categories: list[str]
    """What was found in them."""


@error_for(cameo.TemplateUnavailable)
@strawberry.type
class TemplateUnavailable(UserError):
    """No template of this id is offered, or its host has no licence today."""


@error_for(cameo.ProductNotAllowed)
@strawberry.type
class ProductNotAllowed(UserError):
    """This film does not show this product."""

    allowed: list[Product]
    """Those that it does."""

    @classmethod
    def details(cls, error: cameo.ProductNotAllowed) -> dict[str, object]:
        """Show the products."""
        return {"allowed": Product.each(error.allowed)}


@error_for(cameo.CameoStateConflict)
@strawberry.type
class CameoStateConflict(UserError):
    """Not now: its state does not allow it."""

    status: CameoStatus
    """What has become of the cameo."""
    allowed_actions: list[CameoAction]
    """What can be done with it now."""


CreatePortraitUploadResult = Annotated[
    PortraitUpload | UnsupportedImage | RateLimited | InvalidInput | IdempotencyConflict,
    strawberry.union("CreatePortraitUploadResult"),
]
SubmitPortraitResult = Annotated[
    Portrait
    | ConsentOutdated
    | PortraitNotUsable
    | NotFound
    | InvalidInput
    | RateLimited
    | IdempotencyConflict,
    strawberry.union("SubmitPortraitResult"),
]
ErasePortraitResult = Annotated[ErasureReceipt | NotFound, strawberry.union("ErasePortraitResult")]
RequestCameoResult = Annotated[
    CameoJob
    | CameoLimitReached
    | ContentRefused
    | PortraitNotUsable
    | TemplateUnavailable
    | ProductNotAllowed
    | NotFound
    | InvalidInput
    | RateLimited
    | IdempotencyConflict,
    strawberry.union("RequestCameoResult"),
]
RemixCameoResult = Annotated[
    CameoJob
    | CameoStateConflict
    | CameoLimitReached
    | ContentRefused
    | PortraitNotUsable
    | TemplateUnavailable
    | ProductNotAllowed
    | NotFound
    | InvalidInput
    | RateLimited
    | IdempotencyConflict,
    strawberry.union("RemixCameoResult"),
]
CancelCameoResult = Annotated[
    CameoJob | CameoStateConflict | NotFound, strawberry.union("CancelCameoResult")
]
RetryCameoResult = Annotated[
    CameoJob
    | CameoStateConflict
    | CameoLimitReached
    | PortraitNotUsable
    | NotFound
    | InvalidInput
    | RateLimited
    | IdempotencyConflict,
    strawberry.union("RetryCameoResult"),
]
DeleteCameoResult = Annotated[
    ErasureReceipt | CameoStateConflict | NotFound, strawberry.union("DeleteCameoResult")
]
ShareCameoResult = Annotated[
    CameoShare | CameoStateConflict | NotFound | InvalidInput | IdempotencyConflict,
    strawberry.union("ShareCameoResult"),
]
RevokeCameoShareResult = Annotated[
    CameoShare | NotFound, strawberry.union("RevokeCameoShareResult")
]
