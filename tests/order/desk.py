"""What tests of orders do: customers and staff through the door, payments and stock by hand."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import func, select, update

from app import App
from models.order import Order, OrderAllocation, OrderEvent, OrderLine, OrderStatus
from models.payment import LedgerEntry, Refund, RefundStatus
from models.stock import StockLot, StockMove
from tests.conftest import World
from tests.support.api import Api, key
from tests.support.shop import Bought, buy

SMALL = "nerd6-daily-180"
SEEN = """fragment Seen on Order { id number status nextStates origin email paidAt
  totals { subtotal { amount } delivery { amount } total { amount } due { amount } }
  shippingAddress { recipient postalCode } estimatedDelivery { from to }
  lines { id name quantity fulfilled refunded returned returnRequested
    unitPrice { amount currency } total { amount } variant { id } }
  payments { id status method amount { amount } }
  refunds { id amount { amount } reason status lines { quantity line { id } } }
  shipments { id carrier trackingNumber trackingUrl deliveredAt
    lines { quantity line { id } } events { status place at } }
  checkout { id status order { id } }
  history { from to by reason at } }"""
ANSWER = """__typename ...Seen ... on UserError { code message field retryable }
  ... on OrderStateConflict { nextStates }"""
REFUSED = " ... on RefundExceedsCharge { refundable { amount } }"
READ = "query ($id: ID!) { order(id: $id) { ...Seen } } " + SEEN


def _mutation(name: str, extra: str = "") -> str:
    kind = name[0].upper() + name[1:]
    return f"mutation ($i: {kind}Input!) {{ {name}(input: $i) {{ {ANSWER} {extra} }} }} {SEEN}"


CANCEL, ASK_BACK = _mutation("cancelOrder"), _mutation("requestReturn")
TAKE_BACK, SEND = _mutation("receiveReturn"), _mutation("fulfilOrder")
TRACK, REFUND = _mutation("addTrackingEvent"), _mutation("refundOrder", REFUSED)


@dataclass
class Desk:
    """One API, a customer and staff at its door."""

    world: World
    host: App
    customer: Api
    staff: Api

    async def bought(self, units: int = 3, **options: Any) -> Bought:
        """Have the customer buy so many small bottles."""
        return await buy(self.host, self.customer.customer_id, {SMALL: units}, **options)

    async def read(self, order_id: str, api: Api | None = None) -> Any:
        """What somebody sees of an order; staff if nobody is named."""
        return await (api or self.staff).one(READ, id=order_id)

    async def cancel(self, bought: Bought, api: Api | None = None, **more: Any) -> Any:
        """Cancel an order, as its customer if nobody is named."""
        given = {"orderId": bought.id, "reason": "changed my mind", "idempotencyKey": key()}
        return await (api or self.customer).one(CANCEL, i={**given, **more})

    async def send(self, bought: Bought, units: int, **more: Any) -> Any:
        """Have staff send so many units."""
        given = {
            "orderId": bought.id,
            "lines": [{"lineId": bought.lines[SMALL], "quantity": units}],
            "carrier": "cj",
            "trackingNumber": key()[:12].upper(),
            "idempotencyKey": key(),
        }
        return await self.staff.one(SEND, i={**given, **more})

    async def seen(self, shipment_id: str, status: str, at: str | None = None) -> Any:
        """Have staff say where a parcel was."""
        when = at or datetime.now(UTC).isoformat()
        given = {"shipmentId": shipment_id, "status": status, "at": when, "place": "이천"}
        return await self.staff.one(TRACK, i={**given, "idempotencyKey": key()})

    async def ask_back(self, bought: Bought, units: int, **more: Any) -> Any:
        """Have the customer ask to send units back."""
        lines = [{"lineId": bought.lines[SMALL], "quantity": units}]
        given = {"orderId": bought.id, "lines": lines, "reason": "마개가 깨졌어요"}
        return await self.customer.one(ASK_BACK, i={**given, "idempotencyKey": key(), **more})

    async def take_back(self, bought: Bought, units: int, *, restock: bool = True) -> Any:
        """Have staff take units back; none closes the request."""
        lines = [{"lineId": bought.lines[SMALL], "quantity": units}] if units else []
        given = {"orderId": bought.id, "lines": lines, "restock": restock, "reason": "unopened"}
        return await self.staff.one(TAKE_BACK, i={**given, "idempotencyKey": key()})

    async def refund(
        self, bought: Bought, units: int | None = None, goodwill: int | None = None, **more: Any
    ) -> Any:
        """Have staff refund units or an amount."""
        given: dict[str, Any] = {"orderId": bought.id, "reason": "sorry", "idempotencyKey": key()}
        if units is not None:
            given["lines"] = [{"lineId": bought.lines[SMALL], "quantity": units}]
        if goodwill is not None:
            given["goodwillAmount"] = goodwill
        return await self.staff.one(REFUND, i={**given, **more})

    async def arrived(self, units: int = 3) -> Bought:
        """Return an order of which all arrived."""
        bought = await self.bought(units)
        sent = await self.send(bought, units)
        assert (await self.seen(sent["shipments"][0]["id"], "DELIVERED"))["status"] == "DELIVERED"
        return bought

    async def put(self, bought: Bought, status: OrderStatus, fulfilled: int) -> None:
        """Write a state straight into the store."""
        async with self.host.begin() as uow:
            rows = update(Order).where(Order.id == bought.id).values(status=status)
            await uow.session.execute(rows)
            lines = update(OrderLine).where(OrderLine.order_id == bought.id)
            await uow.session.execute(lines.values(fulfilled=fulfilled))

    async def steps(self, bought: Bought) -> int:
        """How long the history of an order is."""
        rows = select(func.count(OrderEvent.id)).where(OrderEvent.order_id == bought.id)
        return await self.scalar(rows)

    async def scalar(self, query: Any) -> Any:
        """One value from the store."""
        async with self.host.db.read() as session:
            return await session.scalar(query)

    async def given_back(self, bought: Bought) -> int:
        """What refunds that did not fail give back."""
        total = func.coalesce(func.sum(Refund.amount + Refund.gift_card_amount), 0)
        rows = select(total).where(Refund.order_id == bought.id)
        return int(await self.scalar(rows.where(Refund.status != RefundStatus.FAILED)))

    async def charged(self, bought: Bought) -> int:
        """What came in for an order."""
        rows = select(func.sum(LedgerEntry.amount)).where(LedgerEntry.order_id == bought.id)
        return int(await self.scalar(rows.where(LedgerEntry.amount > 0)))

    async def on_hand(self) -> int:
        """How many small bottles are there; the ledger of moves says the same."""
        lots = select(func.sum(StockLot.on_hand)).where(StockLot.variant_id == SMALL)
        moves = select(func.sum(StockMove.delta)).where(StockMove.variant_id == SMALL)
        there = int(await self.scalar(lots))
        assert there == int(await self.scalar(moves))
        return there

    async def out(self, bought: Bought) -> int:
        """How many units of an order are out of the lots."""
        rows = (
            select(func.coalesce(func.sum(OrderAllocation.quantity - OrderAllocation.returned), 0))
            .join(OrderLine, OrderLine.id == OrderAllocation.order_line_id)
            .where(OrderLine.order_id == bought.id)
        )
        return int(await self.scalar(rows))
