"""The root fields of what is sold and shown."""

import strawberry

from core.pages import Page
from models import catalogue as models
from schema.access import public, query, staff
from schema.catalogue import CameoTemplate, Channel, Product, ProductFilter, ProductSort
from schema.context import Info
from schema.pagination import Connection
from schema.translation import TranslationStatus
from schema.world import listed_product
from services import catalogue
from services.catalogue import Filter, Listing


@strawberry.type
class CatalogueQuery:
    """What is sold and shown."""

    @query(public)
    def channel(self, info: Info) -> Channel:
        """The market of this request, chosen by the header `X-Channel`."""
        return Channel.of(info.context.channel)

    @query(public)
    async def channels(self, info: Info) -> list[Channel]:
        """Every market."""
        async with info.context.db.read() as session:
            return Channel.each(await catalogue.channels(session))

    @query(public)
    async def product(self, info: Info, id: strawberry.ID) -> Product | None:
        """A drink."""
        async with info.context.db.read() as session:
            return Product.maybe(await catalogue.entry(session, models.Product, id))

    @query(public)
    async def products(
        self,
        info: Info,
        first: int = 20,
        after: str | None = None,
        filter: ProductFilter | None = None,
        sort: ProductSort = ProductSort.newest(),
    ) -> Connection[Product]:
        """Drinks that meet every condition, the newest first unless asked otherwise."""
        context, page = info.context, Page(first, after)
        wanted = filter.told() if filter else Filter()
        listing = Listing(
            context.channel, context.locale, context.now(), wanted, sort.field, sort.direction
        )
        async with context.db.read() as session:
            rows = await catalogue.page(session, listing, page)

        async def count() -> int:
            async with context.db.read() as session:
                return await catalogue.count(session, listing)

        return Connection.of(rows, page, listed_product, count, key=lambda row: row.key)

    @query(staff("catalogue"))
    async def translation_status(self, info: Info) -> list[TranslationStatus]:
        """How much of the catalogue can be read in each language, and each gap."""
        async with info.context.db.read() as session:
            return TranslationStatus.each(await catalogue.translation_status(session))

    @query(public)
    async def cameo_template(self, info: Info, id: strawberry.ID) -> CameoTemplate | None:
        """A film to be in, be it one that cannot be made now."""
        async with info.context.db.read() as session:
            found = await catalogue.cast(session, info.context.begin.now().date(), [id])
        return CameoTemplate.maybe(found.get(id))

    @query(public)
    async def cameo_templates(
        self, info: Info, available: bool | None = True
    ) -> list[CameoTemplate]:
        """Films to be in.

        `available`: only those that can be made now, or only those that cannot; null for all.
        """
        async with info.context.db.read() as session:
            found = await catalogue.cast(session, info.context.begin.now().date())
        templates = CameoTemplate.each(found.values())
        return [t for t in templates if available is None or t.available is available]
