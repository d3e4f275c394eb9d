"""Stock: lots, reservations, sales and what comes back, and the ledger of all of it.

Everything that changes what there is of a variant holds the lock of its row in `stock`; rows are
locked in the order of their ids, after any checkout, payment or order.
"""

from services.stock.day import today
from services.stock.errors import OutOfStock, ReservationNotExtendable
from services.stock.events import LOW_TOPIC, ReservationLapsed, StockLow
from services.stock.notices import mine as notices
from services.stock.notices import notice, tell_restocked
from services.stock.opening import Opening, open_lots
from services.stock.read import (
    Level,
    available,
    explode,
    levels,
    lots,
    low,
    move_count,
    moves,
    moves_by_id,
)
from services.stock.reserve import extend, hold, release, reservation, reserve
from services.stock.sell import give_back, take
from services.stock.shelf import Wanted
from services.stock.staff import Delivery, adjust, count, receive
from services.stock.sums import SELLABLE, at
from services.stock.sweep import due, sweep

__all__ = [
    "LOW_TOPIC",
    "SELLABLE",
    "Delivery",
    "Level",
    "Opening",
    "OutOfStock",
    "ReservationLapsed",
    "ReservationNotExtendable",
    "StockLow",
    "Wanted",
    "adjust",
    "at",
    "available",
    "count",
    "due",
    "explode",
    "extend",
    "give_back",
    "hold",
    "levels",
    "lots",
    "low",
    "move_count",
    "moves",
    "moves_by_id",
    "notice",
    "notices",
    "open_lots",
    "receive",
    "release",
    "reservation",
    "reserve",
    "sweep",
    "take",
    "tell_restocked",
    "today",
]
