"""What happens later to orders: parcels are looked for, and buyers without an account get mail."""

import logging
from collections.abc import Sequence
from datetime import timedelta

from gateways.carrier import CarrierUnavailable, CarrierUnknown, Scan
from gateways.mail import MailRefused
from models.order import TrackingStatus
from services import order
from services.order import MailOrder, Sighting, TrackParcel
from workers.base import Work, handles

log = logging.getLogger(__name__)


@handles(TrackParcel, max_retries=0)
async def track_parcel(task: TrackParcel, work: Work) -> None:
    """Ask the carrier about a parcel; whatever it answers, the sweep asks again in time."""
    async with work.db.read() as session:
        parcel = await order.parcels.under_way(session, task.shipment_id)
    if parcel is None:
        return
    again: timedelta | None = timedelta(seconds=work.settings.carrier_poll_seconds)
    scans: Sequence[Scan] = ()
    try:
        scans = await work.gateways.carrier.scans(parcel.carrier, parcel.tracking_number)
    except CarrierUnavailable as error:
        log.warning("a parcel could not be looked for: %s", error)
    except CarrierUnknown:
        again = None
    async with work.begin() as uow:
        await order.track(uow, parcel.id, [_sighting(scan) for scan in scans])
        await order.parcels.asked(uow, parcel.id, again)


@handles(MailOrder, max_retries=12, max_backoff=3_600_000)
async def mail_order(task: MailOrder, work: Work) -> None:
    """Mail news of an order once: the gateway knows a message again by its key."""
    async with work.db.read() as session:
        letter = await order.letter(session, task)
    if letter is None:
        return
    try:
        await work.gateways.mail.send(task.key, letter.to, letter.subject, letter.text, None)
    except MailRefused as error:
        log.warning("mail %s will not be sent: %s", task.key, error)


def _sighting(scan: Scan) -> Sighting:
    known = scan.status in TrackingStatus
    status = TrackingStatus(scan.status) if known else TrackingStatus.IN_TRANSIT
    return Sighting(status, scan.at, scan.place)
