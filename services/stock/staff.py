"""What staff do with stock: each is a line of the ledger, with who and why."""

import unicodedata
from dataclasses import asdict, dataclass
from datetime import date

from sqlalchemy import select

from core.errors import InvalidInput, NotFound
from core.i18n import Text
from core.idempotency import once
from core.ids import is_id, new_id
from core.outbox import UnitOfWork
from core.viewer import Viewer
from models.catalogue import Variant, VariantKind
from models.stock import StockLot, StockReason
from services.stock import shelf
from services.stock.day import today
from services.stock.ledger import move

MAX_UNITS = 1_000_000
MAX_LOT, MAX_REASON = 40, 300

BUNDLE: Text = {
    "ko": "세트는 구성품의 재고를 씁니다. 구성품을 입고하세요.",
    "en": "A bundle draws on its parts: receive those.",
}
UNITS: Text = {"ko": "1~1,000,000개여야 합니다.", "en": "Give 1 to 1,000,000 units."}
COUNTED: Text = {"ko": "0~1,000,000개여야 합니다.", "en": "Give 0 to 1,000,000 units."}
DELTA: Text = {"ko": "0이 아닌 수량을 주세요.", "en": "Give a number of units other than 0."}
TOO_MANY: Text = {
    "ko": "로트 하나는 1,000,000개까지입니다.",
    "en": "A lot has 1,000,000 units at most.",
}
LOT: Text = {
    "ko": "병에 찍힌 로트 번호를 1~40자로 적어 주세요.",
    "en": "Give the lot that is printed on the bottles, in 1 to 40 characters.",
}
OTHER_DAY: Text = {
    "ko": "이 로트는 다른 소비기한으로 등록되어 있습니다.",
    "en": "This lot is known with another day of expiry.",
}
EXPIRED: Text = {
    "ko": "이미 소비기한이 지난 로트는 입고할 수 없습니다.",
    "en": "A lot that has expired cannot be received.",
}
REASON: Text = {"ko": "이유를 1~300자로 적어 주세요.", "en": "Say why, in 1 to 300 characters."}


@dataclass(frozen=True)
class Delivery:
    """Units of one lot that came from the brewery."""

    variant_id: str
    lot: str
    expires_on: date
    quantity: int


async def receive(uow: UnitOfWork, viewer: Viewer, delivery: Delivery, key: str) -> str:
    """Add a delivery to its lot and return the variant's id.

    Raises InvalidInput, NotFound, IdempotencyConflict.
    """

    async def work() -> str:
        if not 1 <= delivery.quantity <= MAX_UNITS:
            raise InvalidInput("input.quantity", UNITS)
        lot = await _lot_for(uow, delivery)
        if lot.on_hand + delivery.quantity > MAX_UNITS:
            raise InvalidInput("input.quantity", TOO_MANY)
        return await _changed(uow, viewer, lot, delivery.quantity, StockReason.RECEIVED, None)

    return await once(uow, viewer, "receiveStock", key, asdict(delivery), work)


async def adjust(
    uow: UnitOfWork, viewer: Viewer, lot_id: str, delta: int, reason: str, key: str
) -> str:
    """Add units to a lot or take some away, and return the variant's id.

    Raises InvalidInput, NotFound, IdempotencyConflict.
    """

    async def work() -> str:
        if not delta:
            raise InvalidInput("input.delta", DELTA)
        lot = await _locked(uow, lot_id)
        if lot.on_hand + delta < 0:
            raise InvalidInput("input.delta", _only(lot.on_hand))
        if lot.on_hand + delta > MAX_UNITS:
            raise InvalidInput("input.delta", TOO_MANY)
        return await _changed(uow, viewer, lot, delta, StockReason.ADJUSTED, _reason(reason))

    request = {"lot_id": lot_id, "delta": delta, "reason": reason}
    return await once(uow, viewer, "adjustStock", key, request, work)


async def count(
    uow: UnitOfWork, viewer: Viewer, lot_id: str, counted: int, reason: str | None, key: str
) -> str:
    """Set a lot to what was counted, and return the variant's id.

    A count that finds what was expected is a line of the ledger too.
    Raises InvalidInput, NotFound, IdempotencyConflict.
    """

    async def work() -> str:
        if not 0 <= counted <= MAX_UNITS:
            raise InvalidInput("input.counted", COUNTED)
        note = None if reason is None else _reason(reason)
        lot = await _locked(uow, lot_id)
        return await _changed(uow, viewer, lot, counted - lot.on_hand, StockReason.COUNTED, note)

    request = {"lot_id": lot_id, "counted": counted, "reason": reason}
    return await once(uow, viewer, "countStock", key, request, work)


async def _lot_for(uow: UnitOfWork, delivery: Delivery) -> StockLot:
    code = _text(delivery.lot, MAX_LOT, "input.lot", LOT)
    known = is_id(delivery.variant_id)
    variant = await uow.session.get(Variant, delivery.variant_id) if known else None
    if variant is None:
        raise NotFound("input.variantId")
    if variant.kind is VariantKind.BUNDLE:
        raise InvalidInput("input.variantId", BUNDLE)
    if delivery.expires_on <= today(uow.now()):
        raise InvalidInput("input.expiresOn", EXPIRED)
    await shelf.lock(uow, [variant.id])
    same = StockLot.variant_id == variant.id, StockLot.lot == code
    lot = await uow.session.scalar(select(StockLot).where(*same))
    if lot is None:
        lot = StockLot(id=new_id("lot"), variant_id=variant.id, lot=code, on_hand=0)
        lot.expires_on = delivery.expires_on
        uow.session.add(lot)
    if lot.expires_on != delivery.expires_on:
        raise InvalidInput("input.expiresOn", OTHER_DAY)
    return lot


async def _locked(uow: UnitOfWork, lot_id: str) -> StockLot:
    lot = await uow.session.get(StockLot, lot_id) if is_id(lot_id) else None
    if lot is None:
        raise NotFound("input.lotId")
    await shelf.lock(uow, [lot.variant_id])
    await uow.session.refresh(lot)
    return lot


async def _changed(
    uow: UnitOfWork,
    viewer: Viewer,
    lot: StockLot,
    delta: int,
    reason: StockReason,
    note: str | None,
) -> str:
    lot.on_hand += delta
    # A line of the ledger points to its lot.
    await uow.session.flush()
    move(uow, lot, delta, reason, note=note, by=viewer.id)
    await shelf.renew(uow, [lot.variant_id])
    return lot.variant_id


def _reason(text: str) -> str:
    return _text(text, MAX_REASON, "input.reason", REASON)


def _text(text: str, longest: int, field: str, why: Text) -> str:
    said = unicodedata.normalize("NFC", text).strip()
    if not 1 <= len(said) <= longest or not said.isprintable():
        raise InvalidInput(field, why)
    return said


def _only(on_hand: int) -> Text:
    return {"ko": f"이 로트에는 {on_hand}개뿐입니다.", "en": f"This lot has {on_hand} units."}
