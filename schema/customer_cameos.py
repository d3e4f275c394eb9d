"""The photos and films of a customer, as fields of the customer."""

import strawberry

from core.pages import Page
from core.viewer import Viewer
from models.account import Customer as CustomerRow
from models.cameo import CameoStatus
from schema.base import View
from schema.cameo import CameoJob
from schema.context import Info
from schema.pagination import Connection
from schema.portrait import Portrait
from services import cameo


@strawberry.type
class CustomerCameos(View[CustomerRow]):
    """What a customer has made of themselves."""

    @property
    def owner(self) -> Viewer:
        """The customer shown: who signs in was nobody, or somebody else, a moment ago."""
        return Viewer(customer_id=self.row.id)

    @strawberry.field
    async def portraits(
        self, info: Info, first: int = 20, after: str | None = None
    ) -> Connection[Portrait]:
        """The customer's photos, newest first."""
        asked, context = Page(first, after), info.context

        async def count() -> int:
            async with context.db.read() as session:
                return await cameo.portrait.count(session, self.owner)

        async with context.db.read() as session:
            rows = await cameo.portrait.page(session, self.owner, asked)
        return Connection[Portrait].of(rows, asked, Portrait.of, count)

    @strawberry.field
    async def cameos(
        self,
        info: Info,
        first: int = 20,
        after: str | None = None,
        status: list[CameoStatus] | None = None,
    ) -> Connection[CameoJob]:
        """The customer's cameos, newest first.

        `status`: Only those of which this has become.
        """
        asked, context = Page(first, after), info.context

        async def count() -> int:
            async with context.db.read() as session:
                return await cameo.count(session, self.owner, status)

        async with context.db.read() as session:
            rows = await cameo.page(session, self.owner, asked, status)
        return Connection[CameoJob].of(rows, asked, CameoJob.of, count)
