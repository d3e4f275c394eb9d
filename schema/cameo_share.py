"""Links to finished films, as their givers see them."""

from datetime import datetime

import strawberry

from models import cameo as models
from schema.base import Node, View
from schema.context import Info
from schema.node import nodes_of
from schema.scalars import URL
from services import cameo


@strawberry.type
class CameoShare(View[models.CameoShare], Node):
    """A link that lets its holder watch."""

    expires_at: datetime
    """When it ends."""
    revoked_at: datetime | None
    """When it was taken back."""
    view_count: int
    """How often its page was opened."""

    @strawberry.field
    def url(self, info: Info) -> URL:
        """The page to give away; nobody can guess it."""
        return URL(cameo.url_of(info.context.settings, self.row))


@nodes_of("sha")
async def shares(info: Info, ids: list[str]) -> dict[str, Node]:
    """Find the links that the viewer gave away."""
    async with info.context.db.read() as session:
        rows = await cameo.shares(session, info.context.viewer, ids)
    return {row.id: CameoShare.of(row) for row in rows}


@strawberry.input
class ShareCameoInput:
    """A finished film, and for how long to share it."""

    cameo_id: strawberry.ID
    """A cameo that is COMPLETED."""
    expires_in_hours: int = 168
    """1 hour to a year."""
    idempotency_key: str
    """A key of your making: the same request sent again with it gives the same link."""
