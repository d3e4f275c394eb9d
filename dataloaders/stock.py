"""Batched reads of stock."""

from dataloaders.base import LoaderSet, by_id
from models.stock import StockLot


class StockLoaders(LoaderSet):
    """Lots."""

    stock_lot = by_id(StockLot)
