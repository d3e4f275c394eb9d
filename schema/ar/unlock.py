"""Codes, and the devices that they let in."""

import enum
from datetime import datetime
from typing import Annotated

import strawberry

from dataloaders import Loaders
from models import ar as models
from schema.base import Node, View, related
from schema.catalogue import ArExperience, Product
from schema.context import Info
from schema.errors import InvalidInput, RateLimited, UserError, error_for
from schema.node import nodes_of
from schema.scalars import URL
from services import ar


@strawberry.enum
class UnlockCodeStatus(enum.Enum):
    """Whether a code opens anything."""

    ACTIVE = "active"
    """It does."""
    REVOKED = "revoked"
    """Its unit was refunded, came back, or its order was canceled."""
    EXPIRED = "expired"
    """Its time is over."""


@strawberry.type
class UnlockCode(View[models.UnlockCode], Node):
    """One paid unit's key to what its label shows; seen by its buyer alone."""

    max_devices: int
    """How many devices it lets in."""
    expires_at: datetime
    """When it stops opening."""
    product: Product = related(
        Loaders.product,
        Product.maybe,
        key=lambda root: root.row.product_id,
        description="Whose label it opens.",
    )

    @strawberry.field
    def code(self, info: Info) -> str:
        """To be typed or scanned. It is derived with a server key; only its keyed hash is kept."""
        return ar.code_of(info.context.settings, self.row.id)

    @strawberry.field
    def qr_svg_url(self, info: Info) -> URL:
        """A QR code that leads to the unlock page; the link is signed, for some minutes."""
        return _qr(self.row, info, "svg")

    @strawberry.field
    def qr_png_url(self, info: Info) -> URL:
        """The same as PNG."""
        return _qr(self.row, info, "png")

    @strawberry.field
    def status(self, info: Info) -> UnlockCodeStatus:
        """Whether it opens anything."""
        if self.row.revoked_at is not None:
            return UnlockCodeStatus.REVOKED
        is_over = self.row.expires_at <= info.context.now()
        return UnlockCodeStatus.EXPIRED if is_over else UnlockCodeStatus.ACTIVE

    @strawberry.field
    async def devices(self, info: Info) -> int:
        """How many devices it has let in."""
        return await info.context.loaders.devices_of_code.load(self.row.id) or 0


def _qr(row: models.UnlockCode, info: Info, kind: str) -> URL:
    return URL(
        ar.links.signed(info.context.settings, f"qr/{row.id}.{kind}", info.context.now()).url
    )


@strawberry.type
class ArUnlock(View[models.ArDevice], Node):
    """A device of the viewer's that a code has let in."""

    @strawberry.field
    async def experience(self, info: Info) -> ArExperience | None:
        """What it entered; null once it has left the catalogue."""
        code = await _code(self.row, info)
        return ArExperience.maybe(await info.context.loaders.ar_of_product.load(code.product_id))

    @strawberry.field
    async def expires_at(self, info: Info) -> datetime:
        """Until when it may."""
        return (await _code(self.row, info)).expires_at

    @strawberry.field
    async def devices_left(self, info: Info) -> int:
        """How many more devices the code lets in."""
        code = await _code(self.row, info)
        taken = await info.context.loaders.devices_of_code.load(code.id)
        return max(0, code.max_devices - (taken or 0))


async def _code(row: models.ArDevice, info: Info) -> models.UnlockCode:
    code = await info.context.loaders.unlock_code.load(row.unlock_code_id)
    if code is None:
        raise LookupError(row.unlock_code_id)
    return code


@error_for(ar.ArLocked)
@strawberry.type
class ArLocked(UserError):
    """The viewer has not unlocked the experience, or not any more."""


@error_for(ar.UnlockRefused)
@strawberry.type
class UnlockRefused(UserError):
    """Unknown, revoked and expired codes look alike."""

    tries_left: int
    """How many more wrong tries there may be before every code is refused for some minutes."""


@error_for(ar.TooManyDevices)
@strawberry.type
class TooManyDevices(UserError):
    """The code is right, and has let in as many devices as it may."""

    maximum: int
    """How many that is."""


UnlockArResult = Annotated[
    ArUnlock | UnlockRefused | TooManyDevices | InvalidInput | RateLimited,
    strawberry.union("UnlockArResult"),
]


@nodes_of("unl")
async def unlock_codes(info: Info, ids: list[str]) -> dict[str, Node]:
    """Find codes of the viewer's own orders."""
    async with info.context.db.read() as session:
        rows = await ar.codes(session, info.context.viewer, ids)
    return {row.id: UnlockCode.of(row) for row in rows}


@nodes_of("dev")
async def devices(info: Info, ids: list[str]) -> dict[str, Node]:
    """Find the viewer's own devices."""
    async with info.context.db.read() as session:
        rows = await ar.devices(session, info.context.viewer, ids)
    return {row.id: ArUnlock.of(row) for row in rows}
