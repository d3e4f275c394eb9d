"""How an order travels: parcels by line, and where each of them is."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from core.errors import InvalidInput, NotFound
from core.idempotency import once
from core.ids import new_id
from core.outbox import UnitOfWork
from core.viewer import Viewer
from models.notification import NotificationKind
from models.order import (
    Actor,
    Order,
    OrderStatus,
    Shipment,
    ShipmentLine,
    TrackingEvent,
    TrackingStatus,
)
from services.order import machine, news
from services.order.desk import Units, locked, taken, to_send
from services.order.place import lines_of
from services.order.tasks import order_changed

CARRIER = re.compile("[a-z0-9][a-z0-9-]{0,39}")
TRACKING = re.compile("[A-Z0-9][A-Z0-9-]{3,39}")
MAX_PLACE = 120
SOON = timedelta(minutes=5)
BAD_CARRIER = {
    "ko": "택배사는 cj, ups 같은 소문자 이름으로 적어 주세요.",
    "en": "Name the carrier in small letters, such as cj or ups.",
}
BAD_TRACKING = {
    "ko": "송장 번호는 4~40자의 숫자와 영문이어야 합니다.",
    "en": "A tracking number has 4 to 40 digits and letters.",
}
KNOWN_PARCEL = {
    "ko": "이 송장 번호는 이미 등록되어 있습니다.",
    "en": "There is a parcel with this tracking number already.",
}
BAD_PLACE = {
    "ko": "장소는 120자까지 적을 수 있습니다.",
    "en": "A place has at most 120 characters.",
}
FUTURE = {"ko": "앞으로의 시각은 적을 수 없습니다.", "en": "`at` lies in the future."}


@dataclass(frozen=True)
class Sighting:
    """Where a parcel was."""

    status: TrackingStatus
    at: datetime
    place: str | None = None


@dataclass(frozen=True)
class Parcel:
    """What goes into a parcel, and how it travels."""

    lines: Units
    carrier: str
    tracking_number: str


async def fulfil(
    uow: UnitOfWork, viewer: Viewer, order_id: str, parcel: Parcel, idempotency_key: str
) -> Order:
    """Send some units; the order is SHIPPED when none is left to send.

    Raises NotFound, OrderStateConflict, InvalidInput, IdempotencyConflict.
    """

    async def work() -> str:
        order = await locked(uow, order_id)
        if order.status is not OrderStatus.FULFILLING:
            machine.require(order, OrderStatus.FULFILLING, Actor.STAFF)
        shipment = await _packed(uow, order, parcel)
        why = f"{shipment.carrier} {shipment.tracking_number}"
        if order.status is OrderStatus.PAID:
            machine.move(uow, order, OrderStatus.FULFILLING, Actor.STAFF, viewer.id, why)
        else:
            machine.note(uow, order, Actor.STAFF, viewer.id, why)
        await sent(uow, order, Actor.STAFF, viewer.id)
        told = {"tracking": shipment.tracking_number, "carrier": shipment.carrier}
        await news.tell(uow, order, NotificationKind.ORDER_SHIPPED, **told)
        return order.id

    request = {"id": order_id, "parcel": parcel}
    await once(uow, viewer, "fulfilOrder", idempotency_key, request, work)
    return await locked(uow, order_id)


async def _packed(uow: UnitOfWork, order: Order, parcel: Parcel) -> Shipment:
    carrier, tracking = parcel.carrier.strip()[:50], parcel.tracking_number[:60].upper()
    tracking = "".join(tracking.split())
    if not CARRIER.fullmatch(carrier):
        raise InvalidInput("input.carrier", BAD_CARRIER)
    if not TRACKING.fullmatch(tracking):
        raise InvalidInput("input.trackingNumber", BAD_TRACKING)
    lines = await taken(uow, order, parcel.lines, to_send)
    await uow.lock("parcel", carrier, tracking)
    same = (Shipment.carrier == carrier, Shipment.tracking_number == tracking)
    if await uow.session.scalar(select(Shipment.id).where(*same)):
        raise InvalidInput("input.trackingNumber", KNOWN_PARCEL)
    shipment = Shipment(id=new_id("shp"), order_id=order.id, carrier=carrier)
    shipment.tracking_number, shipment.due_at = tracking, uow.now()
    uow.session.add(shipment)
    await uow.session.flush()
    for line, quantity in lines.values():
        line.fulfilled += quantity
        packed = ShipmentLine(shipment_id=shipment.id, order_line_id=line.id, quantity=quantity)
        uow.session.add(packed)
    await uow.session.flush()
    return shipment


async def sent(uow: UnitOfWork, order: Order, actor: Actor, actor_id: str | None) -> None:
    """Make a locked order SHIPPED if nothing is left to send, and DELIVERED if all arrived."""
    left = any(to_send(line) for line in await lines_of(uow, order.id))
    if order.status is OrderStatus.FULFILLING and not left:
        machine.move(uow, order, OrderStatus.SHIPPED, actor, actor_id)
    if order.status is OrderStatus.SHIPPED and await all_arrived(uow, order.id):
        machine.move(uow, order, OrderStatus.DELIVERED, actor, actor_id)
        await news.tell(uow, order, NotificationKind.ORDER_DELIVERED)


async def all_arrived(uow: UnitOfWork, order_id: str) -> bool:
    """Tell whether no parcel of an order is under way."""
    open_ = select(Shipment.id).where(Shipment.order_id == order_id)
    return await uow.session.scalar(open_.where(Shipment.delivered_at.is_(None)).limit(1)) is None


async def add_tracking_event(
    uow: UnitOfWork, viewer: Viewer, shipment_id: str, seen: Sighting, idempotency_key: str
) -> Order:
    """Write down what staff know of a parcel; in any order, and a repeat changes nothing.

    Raises NotFound, InvalidInput, IdempotencyConflict.
    """
    if seen.at > uow.now() + SOON:
        raise InvalidInput("input.at", FUTURE)
    if len(seen.place or "") > MAX_PLACE or "\0" in (seen.place or ""):
        raise InvalidInput("input.place", BAD_PLACE)

    async def work() -> str:
        shipment = await _shipment(uow, shipment_id)
        await track(uow, shipment.id, [seen], Actor.STAFF, viewer.id)
        return shipment.order_id

    request = {"id": shipment_id, "seen": seen}
    order_id = await once(uow, viewer, "addTrackingEvent", idempotency_key, request, work)
    return await locked(uow, order_id)


async def track(
    uow: UnitOfWork,
    shipment_id: str,
    sightings: Sequence[Sighting],
    actor: Actor = Actor.PROVIDER,
    actor_id: str | None = None,
) -> None:
    """Take in where a parcel was; with the last one there, a SHIPPED order is DELIVERED."""
    order = await locked(uow, (await _shipment(uow, shipment_id)).order_id)
    shipment = await uow.session.get_one(Shipment, shipment_id, populate_existing=True)
    if not await _written(uow, shipment_id, sightings):
        return
    arrived = [seen.at for seen in sightings if seen.status is TrackingStatus.DELIVERED]
    if arrived:
        first = min(arrived)
        shipment.delivered_at = min(shipment.delivered_at or first, first)
        shipment.due_at = None
        await uow.session.flush()
    uow.send(order_changed(order.id))
    await sent(uow, order, actor, actor_id)


async def _written(uow: UnitOfWork, shipment_id: str, sightings: Sequence[Sighting]) -> bool:
    rows = [
        {
            "id": new_id("trk"),
            "shipment_id": shipment_id,
            "status": seen.status.value,
            "place": (seen.place or "")[:MAX_PLACE].strip() or None,
            "at": seen.at,
        }
        for seen in sightings
    ]
    if not rows:
        return False
    added = insert(TrackingEvent).values(rows).on_conflict_do_nothing()
    return bool((await uow.session.execute(added.returning(TrackingEvent.id))).all())


async def _shipment(uow: UnitOfWork, shipment_id: str) -> Shipment:
    shipment = await uow.session.get(Shipment, shipment_id)
    if shipment is None:
        raise NotFound("input.shipmentId")
    return shipment
