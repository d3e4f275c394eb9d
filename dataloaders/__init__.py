"""Every loader of an operation: the sum of the domains."""

from dataloaders.ar import ArLoaders
from dataloaders.cameo import CameoLoaders
from dataloaders.catalogue import CatalogueLoaders
from dataloaders.chat import ChatLoaders
from dataloaders.checkout import CheckoutLoaders
from dataloaders.fact import FactLoaders
from dataloaders.order import OrderLoaders
from dataloaders.recommendation import RecommendationLoaders
from dataloaders.stock import StockLoaders
from dataloaders.world import WorldLoaders


class Loaders(
    ArLoaders,
    CameoLoaders,
    CatalogueLoaders,
    ChatLoaders,
    CheckoutLoaders,
    FactLoaders,
    OrderLoaders,
    RecommendationLoaders,
    StockLoaders,
    WorldLoaders,
):
    """Every loader, made on first use."""
