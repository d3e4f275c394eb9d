"""What every resolver can reach."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import strawberry

from core.bus import Bus
from core.clock import Clock
from core.db import Database
from core.graph import Graph
from core.i18n import current_locale
from core.outbox import Transactions
from core.settings import Settings
from core.throttle import Throttle
from core.tokens import Tokens
from core.viewer import Viewer
from dataloaders import Loaders
from gateways.registry import Gateways
from services.experiment import Exposures

if TYPE_CHECKING:
    from models.catalogue import Channel


@dataclass
class Context:
    """One operation: who asks, in which language and market, and the way to everything."""

    viewer: Viewer
    locale: str
    channel: "Channel"
    client: str
    settings: Settings
    db: Database
    begin: Transactions
    bus: Bus
    graph: Graph
    throttle: Throttle
    gateways: Gateways
    tokens: Tokens
    exposures: Exposures
    loaders: Loaders = field(init=False)
    degraded: set[str] = field(init=False)
    event_id: str | None = None
    last_event_id: str | None = None

    def __post_init__(self) -> None:
        self.forget()

    def forget(self) -> None:
        """Start with empty loaders, so a long-lived subscription reads anew."""
        current_locale.set(self.locale)
        self.degraded = set()
        self.loaders = Loaders(
            self.db,
            self.graph,
            self.degraded,
            self.channel,
            self.settings,
            self.begin.now,
            self.bus,
            self.viewer,
        )

    @property
    def now(self) -> Clock:
        """The clock that every rule uses."""
        return self.begin.now

    @property
    def extensions(self) -> dict[str, Any]:
        """What the answer says about itself: which stores could not be asked."""
        return {"degraded": sorted(self.degraded)} if self.degraded else {}


type Info = strawberry.Info[Context, None]
