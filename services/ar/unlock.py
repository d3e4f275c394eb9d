"""How a code opens an experience on a device."""

import asyncio
import hashlib
import hmac
from dataclasses import dataclass
from weakref import WeakValueDictionary

from sqlalchemy import func, select

from core.outbox import Transactions, UnitOfWork
from core.settings import Settings
from core.throttle import RateLimited, Throttle, Try, network
from core.viewer import Viewer
from models.ar import ArDevice, UnlockCode
from services.ar.codes import device_of, hash_of, plain
from services.ar.errors import TooManyDevices, UnlockRefused


@dataclass(frozen=True)
class Gate:
    """What unlocking needs besides a transaction; `client` is the network address."""

    settings: Settings
    begin: Transactions
    throttle: Throttle
    client: str


# In one process, tries of one account or of one address are looked at one after the other. So
# right ones that arrive at once do not add up; of several processes each has one at a time.
_turns: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()


async def unlock(gate: Gate, viewer: Viewer, code: str, device_id: str) -> ArDevice:
    """Let a device of the viewer's in; one that is in already is let in again.

    Wrong tries are counted for the account and for the network address, and after the last one
    nothing opens until the first of them is long enough ago. Raises UnlockRefused,
    TooManyDevices, RateLimited, InvalidInput.
    """
    device_hash = device_of(gate.settings, viewer.id, device_id)
    async with _turn("account", viewer.id), _turn("client", network(gate.client)):
        tries = await _spend(gate, viewer)
        wrong = False
        try:
            async with gate.begin() as uow:
                return await enter(uow, gate.settings, viewer, code, device_hash)
        except UnlockRefused:
            wrong = True
            raise UnlockRefused(await _left(gate, tries)) from None
        finally:
            if not wrong:
                await _give_back(gate, tries)


async def enter(
    uow: UnitOfWork, settings: Settings, viewer: Viewer, code: str, device_hash: str
) -> ArDevice:
    """Claim a place of a code for a device. Raises UnlockRefused, TooManyDevices.

    What is looked up is a keyed hash, so the time it takes tells nothing about codes.
    """
    letters = plain(code)
    wanted = hash_of(settings, letters or "")
    found = select(UnlockCode).where(UnlockCode.code_hash == wanted).with_for_update()
    row = await uow.session.scalar(found)
    if row is None or letters is None or not hmac.compare_digest(row.code_hash, wanted):
        raise UnlockRefused
    if row.revoked_at is not None or row.expires_at <= uow.now():
        raise UnlockRefused
    of_code = ArDevice.unlock_code_id == row.id
    same = select(ArDevice).where(of_code, ArDevice.device_hash == device_hash)
    if device := await uow.session.scalar(same):
        return device
    taken = select(func.count()).select_from(ArDevice).where(of_code)
    if (await uow.session.scalar(taken) or 0) >= row.max_devices:
        raise TooManyDevices(row.max_devices)
    device = ArDevice(unlock_code_id=row.id, customer_id=viewer.id, device_hash=device_hash)
    uow.session.add(device)
    await uow.count("ar_experiences_activated_total", product=row.product_id)
    await uow.session.flush()
    return device


def _turn(kind: str, key: str) -> asyncio.Lock:
    return _turns.setdefault(f"{kind}:{key}", asyncio.Lock())


async def _spend(gate: Gate, viewer: Viewer) -> list[Try]:
    """Count a try for the account and for the address. Raises RateLimited."""
    settings, spent = gate.settings, list[Try]()
    address = hashlib.sha256(network(gate.client).encode()).hexdigest()[:32]
    for name, key, limit in (
        ("ar-account", viewer.id, settings.ar_tries),
        ("ar-client", address, settings.ar_tries_per_client),
    ):
        try:
            spent.append(
                await gate.throttle.slide(
                    name, key, limit=limit, seconds=settings.tries_window_seconds
                )
            )
        except RateLimited:
            await _give_back(gate, spent)
            raise
    return spent


async def _give_back(gate: Gate, tries: list[Try]) -> None:
    for one in tries:
        await gate.throttle.take_back(one)


async def _left(gate: Gate, tries: list[Try]) -> int:
    """Return how many more wrong tries there may be before nothing opens."""
    return min([await gate.throttle.left(one) for one in tries])
