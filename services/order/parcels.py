"""Which parcels the carrier is asked about, and when."""

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, exists, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from core.outbox import UnitOfWork
from models.order import Shipment
from services.order.tasks import TrackParcel

BATCH = 100
# Longer than the carrier may take to answer; then the task is taken for lost.
RING_AGAIN = timedelta(minutes=2)
# No carrier takes longer: a parcel that is still under way then is lost.
LOST = timedelta(days=60)
PAGES = {
    "cj": "https://trace.cjlogistics.com/next/tracking.html?wblNo={}",
    "epost": "https://service.epost.go.kr/trace.RetrieveDomRigiTraceList.comm?sid1={}",
    "hanjin": "https://www.hanjin.com/kor/CMS/DeliveryMgr/WaybillResult.do?wblnum={}",
    "lotte": "https://www.lotteglogis.com/mobile/reservation/tracking/linkView?InvNo={}",
    "ups": "https://www.ups.com/track?tracknum={}",
    "fedex": "https://www.fedex.com/fedextrack/?trknbr={}",
}


def page_of(carrier: str, tracking_number: str) -> str | None:
    """Return the carrier's own page about a parcel."""
    page = PAGES.get(carrier)
    return page.format(tracking_number) if page else None


def due(now: datetime) -> ColumnElement[bool]:
    """Tell whether the carrier is to be asked about any parcel."""
    return exists().where(_is_due(now))


def _is_due(now: datetime) -> ColumnElement[bool]:
    return and_(Shipment.due_at <= now, Shipment.created_at > now - LOST)


async def sweep(uow: UnitOfWork) -> None:
    """Have the carrier asked about every parcel that is due."""
    parcels = select(Shipment.id).where(_is_due(uow.now())).order_by(Shipment.due_at)
    oldest = parcels.limit(BATCH).with_for_update(skip_locked=True)
    ids = (await uow.session.scalars(oldest)).all()
    if ids:
        await _put_off(uow, list(ids), uow.now() + RING_AGAIN)
    for id in ids:
        uow.send(TrackParcel(id))


async def under_way(session: AsyncSession, shipment_id: str) -> Shipment | None:
    """Return a parcel that the carrier is still asked about."""
    row = await session.get(Shipment, shipment_id)
    return row if row and row.due_at is not None else None


async def asked(uow: UnitOfWork, shipment_id: str, again_in: timedelta | None) -> None:
    """Keep when the carrier is asked next of a parcel that did not arrive; None: never."""
    await _put_off(uow, [shipment_id], uow.now() + again_in if again_in else None)


async def hurry(uow: UnitOfWork, carrier: str, tracking_number: str) -> bool:
    """Ask the carrier about this parcel now, and tell whether it is under way."""
    named = (Shipment.carrier == carrier, Shipment.tracking_number == tracking_number)
    parcel = select(Shipment.id).where(*named, Shipment.due_at.is_not(None))
    id = await uow.session.scalar(parcel)
    if id is None:
        return False
    await _put_off(uow, [id], uow.now() + RING_AGAIN)
    uow.send(TrackParcel(id))
    return True


async def _put_off(uow: UnitOfWork, ids: list[str], until: datetime | None) -> None:
    open_ = (Shipment.id.in_(ids), Shipment.due_at.is_not(None))
    await uow.session.execute(update(Shipment).where(*open_).values(due_at=until))
