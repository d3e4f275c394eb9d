"""Order numbers: short, without letters that sound or look alike, and with a check digit.

Eight of seventeen signs, the last a check: since seventeen is a prime and the weights differ,
one wrong sign and two that changed places are always noticed.
"""

import secrets

from sqlalchemy import func, select

from core.outbox import UnitOfWork
from models.order import Order

SIGNS = "23456789CFHKMRUXY"
LENGTH = 8


async def unused(uow: UnitOfWork) -> str:
    """Return a number that no order has, and that no other transaction can take."""
    while True:
        number = made()
        # Never waits: two that draw the same numbers in another order would wait for each other.
        lock = func.hashtextextended(f"order number:{number}", 0)
        mine = await uow.session.scalar(select(func.pg_try_advisory_xact_lock(lock)))
        taken = select(Order.id).where(Order.number == number)
        if mine and await uow.session.scalar(taken) is None:
            return number


def made() -> str:
    """Return a random number with its check sign, such as `K7M2-94FX`."""
    body = "".join(secrets.choice(SIGNS) for _ in range(LENGTH - 1))
    return _grouped(body + SIGNS[_sum(body)])


def read(text: str) -> str | None:
    """Return a number as we write it, or None if it cannot be one: something was misheard."""
    signs = "".join(text[:40].upper().replace("-", " ").split())
    if len(signs) != LENGTH or not set(signs) <= set(SIGNS):
        return None
    return _grouped(signs) if signs[-1] == SIGNS[_sum(signs[:-1])] else None


def _sum(body: str) -> int:
    return sum(weight * SIGNS.index(sign) for weight, sign in enumerate(body, start=2)) % len(SIGNS)


def _grouped(signs: str) -> str:
    return f"{signs[:4]}-{signs[4:]}"
