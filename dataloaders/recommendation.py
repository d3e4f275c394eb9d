"""Batched reads of what is like what."""

from dataloaders.base import LoaderSet, many
from models.catalogue import Product
from services import recommendation


class RecommendationLoaders(LoaderSet):
    """Drinks that are like others."""

    @many
    async def similar_to(self, product_ids: list[str]) -> dict[str, list[Product]]:
        """Drinks like each of these that may be shown to the viewer, the nearest first."""
        stores = recommendation.Stores(
            settings=self.settings, db=self.db, bus=self.bus, now=self.now
        )
        return await recommendation.similar(stores, self.viewer, self.channel, product_ids)
