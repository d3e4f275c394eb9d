"""What tests of prices do: carts quoted by the seeded database, promotions added to it."""

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import func, select

from app import App
from core.ids import new_id
from models.ar import LoreUnlock
from models.promotion import GiftCard, GiftCardMove, Promotion, PromotionKind, PromotionUse
from models.world import Lore
from services import pricing
from services.pricing import Applied, Cart, Near, PromotionRefusal, PromotionRefused, Quote

DAILY, CLOUD, SIGNATURE = "nerd6-daily-750", "nerd9-cloud-750", "nerd12-signature-500"
SAMYANG, SPARKLE = "nerd14-samyang-500", "nerd5-sparkle-330"
MINSU = "cus_demo-minsu"
MONDAY = datetime(2026, 3, 2, 1, tzinfo=UTC)
"""Ten in the morning in Korea."""


def cart(*lines: tuple[str, int], channel: str = "kr", **more: Any) -> Cart:
    """A cart that travels as most do."""
    way = {"kr": "kr-chilled", "us": "us-ground", "apec": "apec-pickup"}[channel]
    return Cart(**{"channel_id": channel, "lines": lines, "delivery_method_id": way, **more})


def promotion(id: str, kind: PromotionKind, **more: Any) -> Promotion:
    """A row as the catalogue would make it."""
    values: dict[str, Any] = {
        "name": {"ko": f"{id} 할인", "en": id},
        "value": 0,
        "amounts": {},
        "channels": ["kr"],
        "stackable": True,
        "min_subtotal": {},
        "condition": {},
    }
    return Promotion(id=id, kind=kind, **{**values, **more})


def applied(quote: Quote, id: str) -> Applied:
    """The promotion that applies."""
    return next(one for one in quote.promotions if one.id == id)


def near(quote: Quote, id: str) -> Near:
    """The promotion that nearly applies."""
    return next(one for one in quote.near if one.id == id)


class Market:
    """The database of a test, and questions to it."""

    def __init__(self, host: App) -> None:
        self.begin, self.db, self.settings = host.begin, host.db, host.settings

    async def quote(self, wanted: Cart, now: datetime = MONDAY) -> Quote:
        """What it costs."""
        async with self.db.read() as session:
            return await pricing.quote(session, wanted, now)

    async def takes(
        self, wanted: Cart, code: str, now: datetime = MONDAY
    ) -> str | PromotionRefusal:
        """The id of the code's promotion, or why it is not taken."""
        try:
            async with self.db.read() as session:
                return (await pricing.check_code(session, wanted, code, now)).id
        except PromotionRefused as refused:
            return refused.reason

    async def add(self, *rows: Any) -> None:
        """Keep rows."""
        async with self.db.write.begin() as session:
            for row in rows:
                session.add(row)
                await session.flush()

    async def change(self, statement: Any) -> None:
        """Change rows."""
        async with self.db.write.begin() as session:
            await session.execute(statement)

    async def read(self, customer_id: str, number: int) -> None:
        """Have a customer read so many stories more."""
        mine = select(LoreUnlock.lore_id).where(LoreUnlock.customer_id == customer_id)
        async with self.db.write.begin() as session:
            rest = select(Lore.id).where(Lore.id.not_in(mine)).order_by(Lore.id).limit(number)
            for id in list(await session.scalars(rest)):
                session.add(LoreUnlock(customer_id=customer_id, lore_id=id))

    async def use(self, person: str | None, *ids: str, checkout_id: str | None = None) -> bool:
        """Pay with these promotions; whether that is granted."""
        try:
            async with self.begin() as uow:
                checkout = checkout_id or new_id("chk")
                await pricing.use_promotions(uow, checkout, person, ids)
        except PromotionRefused as refused:
            return refused.reason is not PromotionRefusal.LIMIT_REACHED
        return True

    async def uses(self, id: str) -> int:
        """How often a promotion was used."""
        async with self.db.read() as session:
            query = select(func.count()).where(PromotionUse.promotion_id == id)
            return await session.scalar(query) or 0

    async def spend(self, reference: str, *amounts: tuple[str, int]) -> bool:
        """Pay with cards; whether that is granted."""
        try:
            async with self.begin() as uow:
                await pricing.spend_cards(uow, reference, amounts)
        except pricing.GiftCardRefused:
            return False
        return True

    async def balance(self, card_id: str) -> int:
        """What is on a card, which its ledger has to agree with."""
        async with self.db.read() as session:
            card = await session.get_one(GiftCard, card_id)
            moves = select(func.sum(GiftCardMove.delta)).where(GiftCardMove.gift_card_id == card_id)
            assert await session.scalar(moves) == card.balance
            return card.balance


def later(**time: float) -> datetime:
    """A moment after Monday morning."""
    return MONDAY + timedelta(**time)
