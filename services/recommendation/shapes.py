"""What is asked for, what is answered, and what a recommendation is made from."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import orjson

from core.bus import Bus
from core.clock import Clock
from core.db import Database
from core.graph import Graph
from core.settings import Settings
from core.viewer import Viewer
from gateways.embedding import Embeddings
from models.catalogue import Channel, Product
from services.recommendation.cache import Cache
from services.recommendation.rules import Withheld
from services.recommendation.weights import Weights
from services.search.vectors import Vectors
from services.world import Way


@dataclass(frozen=True, kw_only=True)
class Stores:
    """Where drinks are, and what was worked out of them."""

    settings: Settings
    db: Database
    bus: Bus
    now: Clock
    is_private: bool = False
    """What is asked is said in confidence: nothing is kept of it."""

    @property
    def cache(self) -> Cache:
        """Where what was worked out is kept."""
        return Cache(self.bus, self.settings.redis_prefix, is_read_only=self.is_private)


@dataclass(frozen=True, kw_only=True)
class Sources(Stores):
    """What recommendations are made from."""

    graph: Graph
    embeddings: Embeddings

    @property
    def vectors(self) -> Vectors:
        """Where the vector of a customer's text comes from."""
        stores = (self.settings, self.db, self.bus, self.embeddings)
        return Vectors(*stores, is_private=self.is_private)


@dataclass(frozen=True)
class Context:
    """What it is for: like a product, with a dish, for an occasion, or what somebody wishes."""

    product_id: str | None = None
    pairing_id: str | None = None
    occasion: str = ""
    wish: str = ""
    avoids: frozenset[str] = frozenset()
    region: str | None = None
    earlier: Sequence[str] = ()
    """What they said before, in their order; only what it says of allergies counts."""

    @property
    def said(self) -> list[str]:
        """What is asked for in words."""
        return [text for text in (self.wish, self.occasion) if text]

    @property
    def is_plain(self) -> bool:
        """Whether it is for nothing in particular: then only news are recommended."""
        return not (self.product_id or self.pairing_id or self.said)

    @property
    def name(self) -> str:
        """Name what it is for, the same for the same."""
        asked = [self.product_id, self.pairing_id, self.occasion, self.wish]
        told = orjson.dumps([*asked, sorted(self.avoids), self.region])
        return hashlib.sha256(told).hexdigest()[:16]


@dataclass(frozen=True)
class Ask:
    """Who wants how many, where, in which language and for what."""

    viewer: Viewer
    channel: Channel
    locale: str
    weights: Weights
    context: Context = field(default_factory=Context)
    first: int = 10


@dataclass(frozen=True)
class Parts:
    """The parts of a score, each times its weight."""

    content: float = 0.0
    collaborative: float = 0.0
    ai: float = 0.0

    @property
    def score(self) -> float:
        """What they are together."""
        return round(self.content + self.collaborative + self.ai, 6)


@dataclass(frozen=True)
class Item:
    """A product, how well it fits, and why; `ways` are what the graph says for it."""

    product: Product
    parts: Parts
    reason: str
    ways: Sequence[Way] = ()


@dataclass(frozen=True)
class Recommended:
    """What is recommended, the best first; `missing` are services that could not be asked."""

    items: Sequence[Item] = ()
    missing: frozenset[str] = frozenset()
    withheld: Withheld | None = None

    @property
    def scores(self) -> Mapping[str, float]:
        """The scores by product."""
        return {item.product.id: item.parts.score for item in self.items}
