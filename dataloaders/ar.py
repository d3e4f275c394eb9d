"""Batched reads of codes, of what they open, and of stories that were found."""

from collections import defaultdict
from collections.abc import Collection
from datetime import datetime
from functools import cached_property

from sqlalchemy import func, select
from strawberry.dataloader import DataLoader

from dataloaders.base import LoaderSet, by_id, many, maybe
from models.ar import ArDevice, UnlockCode
from models.order import OrderLine
from services import ar

type Way = tuple[str, str]


class ArLoaders(LoaderSet):
    """Loaders of AR."""

    unlock_code = by_id(UnlockCode)

    @many
    async def codes_of_order(self, ids: list[str]) -> dict[str, list[UnlockCode]]:
        """Load the codes of each order, as its lines stand."""
        found: dict[str, list[UnlockCode]] = defaultdict(list)
        rows = (
            select(UnlockCode)
            .join(OrderLine, OrderLine.id == UnlockCode.order_line_id)
            .where(UnlockCode.order_id.in_(ids))
            .order_by(OrderLine.position, UnlockCode.unit, UnlockCode.product_id)
        )
        async with self.db.read() as session:
            for row in await session.scalars(rows):
                found[row.order_id].append(row)
        return found

    @maybe
    async def devices_of_code(self, ids: list[str]) -> dict[str, int]:
        """Load how many devices each code has let in."""
        rows = (
            select(ArDevice.unlock_code_id, func.count())
            .where(ArDevice.unlock_code_id.in_(ids))
            .group_by(ArDevice.unlock_code_id)
        )
        async with self.db.read() as session:
            found = (await session.execute(rows)).all()
        return {id: number for id, number in found}  # noqa: C416

    @cached_property
    def ar_open_until(self) -> DataLoader[Way, datetime | None]:
        """Until when a customer may enter what a product shows."""
        return DataLoader(load_fn=self._open_until)

    @cached_property
    def has_opened_lore(self) -> DataLoader[Way, bool]:
        """Whether a customer has found a story."""
        return DataLoader(load_fn=self._opened_lore)

    async def _open_until(self, ways: Collection[Way]) -> list[datetime | None]:
        async with self.db.read() as session:
            found = await ar.ends(session, ways, self.now())
        return [found.get(way) for way in ways]

    async def _opened_lore(self, ways: Collection[Way]) -> list[bool]:
        async with self.db.read() as session:
            found = await ar.opened_lore(session, ways)
        return [way in found for way in ways]
