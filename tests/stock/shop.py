"""What tests of stock do: as staff and customers through the door, as checkouts and orders not."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import func, select

from app import App
from core.ids import new_id
from core.outbox import UnitOfWork
from models.catalogue import Product, Stock, Variant, VariantPrice
from models.catalogue.product import BundlePart, VariantKind
from models.checkout import Checkout, CheckoutStatus, SalesOrigin
from models.order import Order, OrderLine, OrderStatus
from models.stock import Reservation, ReservationLine, StockLot, StockMove
from services import stock
from services.account import SANDBOX_PASSWORD
from tests.support.api import Api, key

MINI, CLOUD, SIGNATURE, BOX = (
    "nerd6-daily-180",
    "nerd9-cloud-180",
    "nerd12-signature-180",
    "nerd-trio-box",
)
STOCK = """fragment Shown on Stock { id onHand expired reserved available lowAt
  variant { id } lots { id lot onHand expiresOn }
  moves(first: 100) { totalCount edges { node {
    id delta reason note orderId by lot { id lot } } } } }"""
READ = "query ($id: ID!) { stock(variantId: $id) { ...Shown } } " + STOCK
ANSWER = "__typename ...Shown ... on UserError { code message field }"
RECEIVE = f"mutation ($i: ReceiveStockInput!) {{ receiveStock(input: $i) {{ {ANSWER} }} }} {STOCK}"
ADJUST = f"mutation ($i: AdjustStockInput!) {{ adjustStock(input: $i) {{ {ANSWER} }} }} {STOCK}"
COUNT = f"mutation ($i: CountStockInput!) {{ countStock(input: $i) {{ {ANSWER} }} }} {STOCK}"
VARIANT = "query ($id: ID!) { node(id: $id) { ... on Variant { availability available } } }"


class Shop:
    """One API, with staff at its door and its transactions at hand."""

    def __init__(self, host: App, staff: Api) -> None:
        self.host, self.staff = host, staff
        self.begin, self.db, self.settings = host.begin, host.db, host.settings

    async def later(self, **time: float) -> None:
        """Move the clock of the API on; staff, whose token is too old now, sign in again."""
        ahead = self.begin.now() - datetime.now(UTC) + timedelta(**time)
        self.begin.now = lambda: datetime.now(UTC) + ahead
        self.staff.token = None
        await self.staff.sign_in("demo-staff@example.com", SANDBOX_PASSWORD)

    @property
    def today(self) -> date:
        """The day for lots."""
        return stock.today(self.begin.now())

    def soon(self, seconds: float = 600) -> datetime:
        """A time until which to reserve."""
        return self.begin.now() + timedelta(seconds=seconds)

    async def read(self, variant_id: str) -> Any:
        """What staff see of a variant."""
        return await self.staff.one(READ, id=variant_id)

    async def do(self, query: str, **input: Any) -> Any:
        """Do something as staff."""
        return await self.staff.one(query, i={"idempotencyKey": key(), **input})

    async def has(self, variant_id: str, units: int) -> None:
        """Have staff count so many units of a variant, all in one lot."""
        first, *others = (await self.read(variant_id))["lots"]
        for lot in others:
            await self.do(COUNT, lotId=lot["id"], counted=0)
        counted = await self.do(COUNT, lotId=first["id"], counted=units)
        assert counted["onHand"] == units, counted

    async def availability(self, variant_id: str) -> str:
        """What customers see of a variant."""
        shown = await self.staff.one(VARIANT, id=variant_id)
        assert shown["available"] is (shown["availability"] in ("IN_STOCK", "LOW_STOCK"))
        return str(shown["availability"])

    async def reserve(self, wanted: Mapping[str, int], seconds: float = 600) -> str:
        """Reserve for a checkout of its own and return its id."""
        id = new_id("chk")
        async with self.begin() as uow:
            await stock.reserve(uow, id, wanted, until=self.soon(seconds))
        return id

    async def buy(self, wanted: Mapping[str, int], checkout_id: str | None = None) -> str:
        """Take the units of an order, and return its id."""
        async with self.begin() as uow:
            return await sold(uow, wanted, checkout_id or new_id("chk"))

    async def add(self, id: str, parts: Mapping[str, int] | None = None) -> str:
        """Put a variant on sale that has no lot yet, or a bundle of these parts."""
        kind = VariantKind.BUNDLE if parts else VariantKind.BOTTLE
        name = {"ko": id, "en": id}
        async with self.begin() as uow:
            base = await uow.session.get_one(Product, "nerd6-daily")
            copied = {column.key: getattr(base, column.key) for column in Product.__table__.columns}
            uow.session.add(Product(**{**copied, "id": f"{id}-p", "sku": id}))
            await uow.session.flush()
            uow.session.add(
                Variant(id=id, product_id=f"{id}-p", name=name, kind=kind, volume_ml=500)
            )
            await uow.session.flush()
            price = {"channel_id": "kr", "amount": 5, "currency": "KRW"}
            uow.session.add(VariantPrice(id=f"{id}:kr", variant_id=id, **price))
            uow.session.add(Stock(id=id, low_stock_at=2))
            for at, (part, quantity) in enumerate((parts or {}).items()):
                own = {"bundle_id": id, "part_id": part, "quantity": quantity, "position": at}
                uow.session.add(BundlePart(id=f"{id}:{part}", **own))
        return id

    async def sold(self, variant_id: str) -> int:
        """How many units went with orders and did not come back."""
        gone = select(func.coalesce(func.sum(StockMove.delta), 0)).where(
            StockMove.variant_id == variant_id, StockMove.order_id.is_not(None)
        )
        async with self.db.read() as session:
            return -int(await session.scalar(gone) or 0)

    async def check(self) -> None:
        """The ledger adds up to what is on hand, and each sum to its lots and reservations."""
        now = self.begin.now()
        async with self.db.read() as session:
            deltas = dict((await session.execute(_sum(StockMove.delta, StockMove.lot_id))).all())
            lots = (await session.scalars(select(StockLot))).all()
            assert {lot.id: lot.on_hand for lot in lots} == {
                lot.id: deltas.get(lot.id, 0) for lot in lots
            }
            assert all(lot.on_hand >= 0 for lot in lots)
            live = _sum(ReservationLine.quantity, ReservationLine.variant_id).join(
                Reservation, Reservation.id == ReservationLine.reservation_id
            )
            held = dict((await session.execute(live.where(Reservation.expires_at > now))).all())
            for row in await session.scalars(select(Stock)):
                if row.fresh_until is None or row.fresh_until > self.today:
                    fresh = (
                        x for x in lots if x.variant_id == row.id and x.expires_on > self.today
                    )
                    assert row.on_hand == sum(lot.on_hand for lot in fresh), row.id
                if row.held_until is None or row.held_until > now:
                    assert row.reserved == held.get(row.id, 0), row.id


def _sum(column: Any, by: Any) -> Any:
    return select(by, func.sum(column)).group_by(by)


async def sold(uow: UnitOfWork, wanted: Mapping[str, int], checkout_id: str) -> str:
    """Make an order as it is made when paid, as far as stock is concerned."""
    now, order_id = uow.now(), new_id("ord")
    none = {"email": None, "shipping_address": None, "billing_address": None}
    place = {"origin": SalesOrigin.STOREFRONT, "channel_id": "kr", "locale": "ko", **none}
    amounts = dict.fromkeys(
        ("subtotal", "discount", "delivery_price", "tax", "total", "gift_card_amount"), 0
    )
    uow.session.add(
        Checkout(id=checkout_id, status=CheckoutStatus.COMPLETED, expires_at=now, **place)
    )
    await uow.session.flush()
    order = Order(id=order_id, number=order_id, status=OrderStatus.PAID, placed_at=now, **place)
    order.checkout_id, order.delivery, order.promotions = checkout_id, {}, []
    order.currency = "KRW"
    for name, value in amounts.items():
        setattr(order, name, value)
    uow.session.add(order)
    await uow.session.flush()
    priced = {"unit_price": 1, "discount": 0, "tax": 0, "total": 1, "name": {"ko": "술"}}
    lines = [
        OrderLine(
            id=new_id("oln"),
            order_id=order_id,
            variant_id=id,
            quantity=units,
            position=at,
            product_id=(await uow.session.get_one(Variant, id)).product_id,
            **priced,
        )
        for at, (id, units) in enumerate(wanted.items())
    ]
    uow.session.add_all(lines)
    await stock.take(uow, checkout_id, order_id, lines)
    return order_id
