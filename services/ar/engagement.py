"""What people do in experiences: told in batches, late and in any order, and counted once."""

import enum
import hashlib
import math
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from core.errors import InvalidInput
from core.ids import is_id
from core.outbox import UnitOfWork
from core.settings import Settings
from core.viewer import Viewer
from models.ar import ArEngagement, ArTrigger
from models.catalogue import ArExperience
from models.world import Lore
from services.ar.entry import ADULT, ends
from services.ar.make import open_lore
from services.world import people

MAX_BATCH = 100
MAX_EVENT_ID = 128
MAX_SECONDS = 86_400.0
LATEST = timedelta(days=30)
# Clocks of phones are not ours.
AHEAD = timedelta(minutes=5)

# How much more a person cares for a drink after one of these, of 1 at the most. Each fades from
# when it happened, so the order in which they arrive does not matter.
WEIGHTS: Mapping[ArTrigger, float] = {
    ArTrigger.SCAN: 0.01,
    ArTrigger.TAP: 0.02,
    ArTrigger.HOLD: 0.03,
    ArTrigger.LISTEN: 0.03,
    ArTrigger.REVEAL: 0.03,
}

BAD_BATCH = {
    "ko": "events에는 1~100개를 담아 주세요.",
    "en": "`events` holds 1 to 100 events.",
}
BAD_EVENT = {
    "ko": "eventId는 제어 문자 없는 1~128자, seconds는 0~86400이어야 합니다.",
    "en": "`eventId` has 1 to 128 characters without control characters; `seconds` is 0 to 86400.",
}


class ArEventFault(enum.StrEnum):
    """Why an event was not taken; sending it again does not help, but for `LOCKED`."""

    TOO_OLD = "too_old"
    """It happened more than 30 days ago."""
    IN_THE_FUTURE = "in_the_future"
    """It has not happened yet: the clock of the device is wrong."""
    UNKNOWN_EXPERIENCE = "unknown_experience"
    """There is no such experience, or not any more."""
    LOCKED = "locked"
    """The viewer has not unlocked the experience."""


@dataclass(frozen=True)
class Sign:
    """One event as an app tells it."""

    event_id: str
    experience_id: str
    trigger: ArTrigger
    at: datetime
    seconds: float | None


@dataclass(frozen=True)
class Tracked:
    """What became of a batch; `lore` are the stories that its events open, also when repeated."""

    accepted: int
    repeated: int
    refused: Sequence[tuple[str, ArEventFault]]
    lore: Sequence[Lore]


async def track(
    uow: UnitOfWork, settings: Settings, viewer: Viewer, signs: Sequence[Sign]
) -> Tracked:
    """Take note of what the viewer did. Raises InvalidInput."""
    _check(signs)
    await uow.lock("ar-engagement", viewer.id)
    experiences = await _experiences(uow, signs)
    entered = await _entered(uow, viewer, experiences)
    refused, good = list[tuple[str, ArEventFault]](), list[Sign]()
    for sign in signs:
        if fault := _fault(sign, experiences, entered, uow.now()):
            refused.append((sign.event_id, fault))
        else:
            good.append(sign)
    new = await _written(uow, viewer.id, good)
    if new:
        await _interest(uow, settings, viewer.id, new, experiences)
    lore_ids = {id for sign in good for id in _opens(experiences[sign.experience_id], sign.trigger)}
    await open_lore(uow, viewer.id, sorted(lore_ids))
    lore = await uow.session.scalars(select(Lore).where(Lore.id.in_(lore_ids)).order_by(Lore.id))
    return Tracked(len(new), len(good) - len(new), refused, lore.all())


def _check(signs: Sequence[Sign]) -> None:
    if not 1 <= len(signs) <= MAX_BATCH:
        raise InvalidInput("input.events", BAD_BATCH)
    for at, sign in enumerate(signs):
        ugly = any(unicodedata.category(letter) in ("Cc", "Cs") for letter in sign.event_id)
        seconds = sign.seconds or 0.0
        possible = math.isfinite(seconds) and 0 <= seconds <= MAX_SECONDS
        if not 1 <= len(sign.event_id) <= MAX_EVENT_ID or ugly or not possible:
            raise InvalidInput(f"input.events.{at}", BAD_EVENT)


async def _experiences(uow: UnitOfWork, signs: Sequence[Sign]) -> dict[str, ArExperience]:
    ids = {sign.experience_id for sign in signs if is_id(sign.experience_id)}
    rows = select(ArExperience).where(ArExperience.id.in_(ids), ArExperience.active)
    return {row.id: row for row in await uow.session.scalars(rows)}


async def _entered(
    uow: UnitOfWork, viewer: Viewer, experiences: Mapping[str, ArExperience]
) -> set[str]:
    """Return which of these are open to the viewer."""
    if viewer.age not in ADULT:
        return set()
    ways = {(viewer.id, row.product_id): row.id for row in experiences.values()}
    # Late events of an experience that has run out since are fine: so far back they may be.
    known = await ends(uow.session, ways, uow.now() - LATEST) if ways else {}
    opened = {row.id for row in experiences.values() if not row.requires_unlock}
    return opened | {ways[way] for way in known}


def _fault(
    sign: Sign, experiences: Mapping[str, ArExperience], entered: set[str], now: datetime
) -> ArEventFault | None:
    if sign.at > now + AHEAD:
        return ArEventFault.IN_THE_FUTURE
    if sign.at < now - LATEST:
        return ArEventFault.TOO_OLD
    if sign.experience_id not in experiences:
        return ArEventFault.UNKNOWN_EXPERIENCE
    return None if sign.experience_id in entered else ArEventFault.LOCKED


async def _written(uow: UnitOfWork, customer_id: str, signs: Sequence[Sign]) -> list[Sign]:
    """Write events down, and return those that are new; of two with the same id, the first."""
    by_id: dict[str, Sign] = {}
    for sign in signs:
        by_id.setdefault(_digest(customer_id, sign.event_id), sign)
    if not by_id:
        return []
    rows = [
        {
            "id": id,
            "customer_id": customer_id,
            "experience_id": sign.experience_id,
            "trigger": sign.trigger,
            "at": sign.at,
            "seconds": sign.seconds,
            "created_at": uow.now(),
        }
        for id, sign in by_id.items()
    ]
    new = insert(ArEngagement).values(rows).on_conflict_do_nothing(index_elements=["id"])
    written = (await uow.session.scalars(new.returning(ArEngagement.id))).all()
    return [by_id[id] for id in written]


def _digest(customer_id: str, event_id: str) -> str:
    return hashlib.sha256(f"{customer_id}:{event_id}".encode()).hexdigest()


async def _interest(
    uow: UnitOfWork,
    settings: Settings,
    customer_id: str,
    signs: Sequence[Sign],
    experiences: Mapping[str, ArExperience],
) -> None:
    moves = sorted(
        (experiences[sign.experience_id].product_id, sign.at, sign.trigger) for sign in signs
    )
    for product_id, at, trigger in moves:
        await people.interest(uow, settings, customer_id, product_id, WEIGHTS[trigger], at)


def _opens(experience: ArExperience, trigger: ArTrigger) -> list[str]:
    """Return the stories that a trigger of an experience opens."""
    return [
        animation["unlocks_lore"]
        for animation in experience.animations
        if animation["trigger"] == trigger.value and animation.get("unlocks_lore")
    ]
