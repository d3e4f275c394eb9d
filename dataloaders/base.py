"""Turn a batch query into a DataLoader that its request makes on first use (decision 16)."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

from sqlalchemy import select
from sqlalchemy.orm import InstrumentedAttribute
from strawberry.dataloader import DataLoader

from core.bus import Bus
from core.clock import Clock
from core.db import Base, Database
from core.graph import Graph
from core.settings import Settings
from core.viewer import Viewer

if TYPE_CHECKING:
    from models.catalogue import Channel

MAX_BATCH = 500


class LoaderSet:
    """The loaders of one operation; each batch opens one read session or asks the graph once."""

    def __init__(
        self,
        db: Database,
        graph: Graph,
        degraded: set[str],
        channel: "Channel",
        settings: Settings,
        now: Clock,
        bus: Bus,
        viewer: Viewer,
    ) -> None:
        self.db, self.graph, self.degraded, self.channel = db, graph, degraded, channel
        self.settings, self.now, self.bus, self.viewer = settings, now, bus, viewer


type Batch[S: LoaderSet, V] = Callable[[S, list[str]], Awaitable[Mapping[str, V]]]


def one[S: LoaderSet, V](batch: Batch[S, V]) -> cached_property[DataLoader[str, V]]:
    """Load the value of a key; a key that the batch leaves out is an error."""
    loader: cached_property[DataLoader[str, V]] = _loader(batch, LookupError)
    return loader


def maybe[S: LoaderSet, V](batch: Batch[S, V]) -> cached_property[DataLoader[str, V | None]]:
    """Load the value of a key; a key that the batch leaves out has none."""
    loader: cached_property[DataLoader[str, V | None]] = _loader(batch, lambda key: None)
    return loader


def many[S: LoaderSet, V](batch: Batch[S, list[V]]) -> cached_property[DataLoader[str, list[V]]]:
    """Load the values of a key; a key that the batch leaves out has none."""
    loader: cached_property[DataLoader[str, list[V]]] = _loader(batch, lambda key: [])
    return loader


def by_id[M: Base](model: type[M]) -> cached_property[DataLoader[str, M | None]]:
    """Load rows by their id."""

    async def batch(self: LoaderSet, ids: list[str]) -> dict[str, M]:
        async with self.db.read() as session:
            rows = await session.scalars(select(model).where(model.id.in_(ids)))
            return {row.id: row for row in rows}

    return maybe(batch)


def rows_by(column: InstrumentedAttribute[str]) -> cached_property[DataLoader[str, list[Any]]]:
    """Load the rows that point to a key, oldest first."""
    model = column.class_

    async def batch(self: LoaderSet, keys: list[str]) -> dict[str, list[Any]]:
        found: dict[str, list[Any]] = {key: [] for key in keys}
        rows = select(model).where(column.in_(keys)).order_by(model.id)
        async with self.db.read() as session:
            for row in await session.scalars(rows):
                found[getattr(row, column.key)].append(row)
        return found

    return many(batch)


def _loader(batch: Any, absent: Callable[[str], Any]) -> Any:
    def make(self: Any) -> DataLoader[str, Any]:
        async def load(keys: list[str]) -> Sequence[Any]:
            found = await batch(self, keys)
            return [found[key] if key in found else absent(key) for key in keys]

        return DataLoader(load_fn=load, max_batch_size=MAX_BATCH)

    return cached_property(make)
