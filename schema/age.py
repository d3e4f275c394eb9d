"""Proofs of age as clients see them."""

from datetime import datetime
from typing import Annotated, Any

import strawberry

from models import checkout as models
from models.checkout import AgeVerificationStatus
from schema.base import Node, View
from schema.context import Info
from schema.errors import IdempotencyConflict, InvalidInput, RateLimited
from schema.node import nodes_of
from schema.scalars import URL
from services import age

strawberry.enum(AgeVerificationStatus)


@strawberry.type
class AgeVerification(View[models.AgeVerification], Node):
    """A proof of age: the service's page answers, and the account changes."""

    status: AgeVerificationStatus
    """What came of it."""
    expires_at: datetime
    """Until when the page may be used."""

    @strawberry.field
    def url(self) -> URL | None:
        """The page of the service, while PENDING."""
        return URL(self.row.url) if self.row.url else None


@strawberry.input
class StartAgeVerificationInput:
    """A proof of age to begin."""

    return_url: URL | None = None
    """Where to go afterwards, on one of our own sites; a page of ours when left out."""
    idempotency_key: str
    """A key of your making: the same request sent again with it is the same proof."""


StartAgeVerificationResult = Annotated[
    AgeVerification | InvalidInput | RateLimited | IdempotencyConflict,
    strawberry.union("StartAgeVerificationResult"),
]


@nodes_of("agv")
async def age_verifications(info: Info, ids: list[str]) -> dict[str, Any]:
    """Find the viewer's own proofs."""
    async with info.context.db.read() as session:
        found = [await age.get(session, info.context.viewer, id) for id in ids]
    return {row.id: AgeVerification.of(row) for row in found if row is not None}
