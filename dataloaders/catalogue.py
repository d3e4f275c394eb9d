"""Batched reads of what is sold, and of what stands beside it."""

from collections import defaultdict
from functools import cached_property

from sqlalchemy import select
from strawberry.dataloader import DataLoader

from core.pages import Page
from dataloaders.base import LoaderSet, by_id, many, maybe
from models.catalogue import (
    ArExperience,
    BundlePart,
    Channel,
    HealthWarning,
    Likeness,
    Pairing,
    Product,
    Recipe,
    TastingSet,
)
from models.world import Character, Ingredient, Lore, Place
from services import catalogue
from services.catalogue import Cast, Listed, Offer

type PartRow = tuple[Offer, int]


class CatalogueLoaders(LoaderSet):
    """Products, their variants in the channel of the request, and what stands beside them."""

    product = by_id(Product)
    ingredient = by_id(Ingredient)
    place = by_id(Place)
    lore = by_id(Lore)
    character = by_id(Character)
    likeness = by_id(Likeness)
    pairing = by_id(Pairing)
    recipe = by_id(Recipe)
    market = by_id(Channel)
    tasting_set = by_id(TastingSet)
    warning = by_id(HealthWarning)
    ar_experience = by_id(ArExperience)

    @many
    async def offers_of(self, product_ids: list[str]) -> dict[str, list[Offer]]:
        """What the channel sells of each product."""
        async with self.db.read() as session:
            return await catalogue.offers_of(session, self.channel.id, product_ids, self.now())

    @maybe
    async def offer(self, variant_ids: list[str]) -> dict[str, Offer]:
        """Each variant as the channel sells it."""
        async with self.db.read() as session:
            return await catalogue.offers(session, self.channel.id, variant_ids, self.now())

    @maybe
    async def offer_in(self, keys: list[str]) -> dict[str, Offer]:
        """Load variants as a channel sells them; a key is `channel/variant`."""
        found: dict[str, Offer] = {}
        async with self.db.read() as session:
            for channel in sorted({key.partition("/")[0] for key in keys}):
                ids = [key.partition("/")[2] for key in keys if key.startswith(f"{channel}/")]
                offers, products = await catalogue.offers_whole(session, channel, ids, self.now())
                found.update({f"{channel}/{id}": offer for id, offer in offers.items()})
                self.product.prime_many(products)
        return found

    @many
    async def parts_of(self, bundle_ids: list[str]) -> dict[str, list[PartRow]]:
        """What is in each bundle."""
        found: dict[str, list[PartRow]] = defaultdict(list)
        async with self.db.read() as session:
            query = select(BundlePart).where(BundlePart.bundle_id.in_(bundle_ids))
            parts = list(await session.scalars(query.order_by(BundlePart.position)))
            ids = list({part.part_id for part in parts})
            known = await catalogue.offers(session, self.channel.id, ids, self.now())
        for part in parts:
            if part.part_id in known:
                found[part.bundle_id].append((known[part.part_id], part.quantity))
        return found

    @many
    async def recipes_of(self, product_ids: list[str]) -> dict[str, list[Recipe]]:
        """Mixed drinks with each product."""
        found: dict[str, list[Recipe]] = defaultdict(list)
        query = select(Recipe).where(Recipe.product_id.in_(product_ids), Recipe.active)
        async with self.db.read() as session:
            for row in await session.scalars(query.order_by(Recipe.position)):
                found[row.product_id].append(row)
        return found

    @maybe
    async def ar_of_product(self, product_ids: list[str]) -> dict[str, ArExperience]:
        """What the label of each product shows."""
        query = select(ArExperience).where(ArExperience.product_id.in_(product_ids))
        async with self.db.read() as session:
            rows = await session.scalars(query.where(ArExperience.active))
            return {row.product_id: row for row in rows}

    @maybe
    async def template(self, ids: list[str]) -> dict[str, Cast]:
        """Each cameo template, with its host of today."""
        async with self.db.read() as session:
            return await catalogue.cast(session, self.now().date(), ids)

    @cached_property
    def products_with(self) -> DataLoader[tuple[str, Page], list[Listed]]:
        """A page of products for each ingredient of a level."""
        return DataLoader(load_fn=self._products_with)

    @maybe
    async def product_count_with(self, ingredient_ids: list[str]) -> dict[str, int]:
        """How many products each ingredient is in."""
        async with self.db.read() as session:
            return await catalogue.counts_with(session, ingredient_ids)

    async def _products_with(self, keys: list[tuple[str, Page]]) -> list[list[Listed]]:
        found: dict[tuple[str, Page], list[Listed]] = {}
        async with self.db.read() as session:
            for page in dict.fromkeys(page for _, page in keys):
                ids = [id for id, own in keys if own == page]
                pages = await catalogue.pages_with(session, self.channel, ids, page, self.now())
                found.update({(id, page): rows for id, rows in pages.items()})
        return [found[key] for key in keys]
