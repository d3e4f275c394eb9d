"""Idempotency of the protocol (its RFC, section 6): the first answer is the answer.

The key's scope is the partner and the path. Bodies are compared as JSON values: the order of keys
does not matter, 1.0 is 1, and null is not the same as nothing.
"""

import hashlib
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import orjson
from sqlalchemy import delete, func, null, or_, select
from sqlalchemy.dialects.postgresql import insert

from core.outbox import UnitOfWork
from models.partner import AgentRequest
from services.acp.errors import AcpError

KEEP = timedelta(hours=48)
MAX_KEY = 255
# Longer than looking at one payment, ending it and making another may take: then whoever was at
# it has died.
LEASE = timedelta(seconds=120)
MAX_EXACT = 2**53
IN_FLIGHT, CONFLICT = "idempotency_in_flight", "idempotency_conflict"


@dataclass(frozen=True)
class Answer:
    """A status with a body."""

    status: int
    body: dict[str, Any]
    headers: dict[str, str] = field(default_factory=dict)


def in_flight() -> AcpError:
    """The first request with this key is not answered yet."""
    told = "A request with this Idempotency-Key is under way. Try again shortly."
    return AcpError(409, IN_FLIGHT, told, headers={"retry-after": "2"})


def conflict() -> AcpError:
    """The key was used before with another body."""
    told = "This Idempotency-Key was used with another body."
    return AcpError(422, CONFLICT, told)


async def replay(uow: UnitOfWork, partner: str, path: str, key: str, body: Any) -> Answer | None:
    """Return the answer that this key got, and keep others with the same key out until commit.

    Raises AcpError: 400 for no key, 409 while another is at it, 422 for another body.
    """
    if not 1 <= len(key) <= MAX_KEY:
        raise AcpError(
            400, "idempotency_key_required", "Send an Idempotency-Key of 1 to 255 characters."
        )
    id = _id(partner, path, key)
    number = func.hashtextextended(f"acp:{id}", 0)
    if not await uow.session.scalar(select(func.pg_try_advisory_xact_lock(number))):
        raise in_flight()
    known = await uow.session.get(AgentRequest, id)
    if known is None or known.created_at <= uow.now() - KEEP:
        return None
    if known.request_hash != _hash(body):
        raise conflict()
    if known.status is None and known.created_at > uow.now() - LEASE:
        raise in_flight()
    return _again(known) if known.status else None


async def hold(uow: UnitOfWork, partner: str, path: str, key: str, body: Any) -> Answer | None:
    """Do as `replay` does, and keep others out until the answer is stored, or the lease ends."""
    if known := await replay(uow, partner, path, key, body):
        return known
    values = {"request_hash": _hash(body), "status": None, "body": null(), "checkout_id": None}
    row = insert(AgentRequest).values(id=_id(partner, path, key), created_at=uow.now(), **values)
    written = {**values, "created_at": row.excluded.created_at}
    await uow.session.execute(row.on_conflict_do_update(index_elements=["id"], set_=written))
    return None


async def store(
    uow: UnitOfWork, partner: str, path: str, key: str, body: Any, answer: Answer
) -> Answer:
    """Keep an answer and return it, or the one that another request has kept meanwhile.

    Kept is neither a fault of our own nor what is wrong with the key.
    """
    if answer.status >= 500 or answer.body.get("code") in (IN_FLIGHT, CONFLICT):
        await release(uow, partner, path, key)
        return answer
    id = _id(partner, path, key)
    row = insert(AgentRequest).values(
        id=id,
        created_at=uow.now(),
        request_hash=_hash(body),
        status=answer.status,
        body=answer.body,
        checkout_id=answer.body.get("id"),
    )
    names = ("created_at", "request_hash", "status", "body", "checkout_id")
    free = or_(AgentRequest.status.is_(None), AgentRequest.created_at <= uow.now() - KEEP)
    query = row.on_conflict_do_update(
        index_elements=["id"], set_={name: row.excluded[name] for name in names}, where=free
    )
    if await uow.session.scalar(query.returning(AgentRequest.id)):
        return answer
    return _again(await uow.session.get_one(AgentRequest, id, populate_existing=True))


async def release(uow: UnitOfWork, partner: str, path: str, key: str) -> None:
    """Let the next request with this key try."""
    mine = AgentRequest.id == _id(partner, path, key)
    await uow.session.execute(delete(AgentRequest).where(mine, AgentRequest.status.is_(None)))


async def forget_old(uow: UnitOfWork) -> None:
    """Remove answers that are past their 48 hours."""
    old = AgentRequest.created_at <= uow.now() - KEEP
    await uow.session.execute(delete(AgentRequest).where(old))


def _again(known: AgentRequest) -> Answer:
    return Answer(known.status or 200, known.body or {}, {"idempotent-replayed": "true"})


def _id(partner: str, path: str, key: str) -> str:
    return hashlib.sha256(orjson.dumps([partner, path, key])).hexdigest()


def _hash(body: Any) -> str:
    plain = orjson.dumps(_plain(body), option=orjson.OPT_SORT_KEYS)
    return hashlib.sha256(plain).hexdigest()


def _plain(value: Any) -> Any:
    # Larger ones have no digits after the point anyway, and are no numbers of the hash's JSON.
    if isinstance(value, float) and value.is_integer() and abs(value) < MAX_EXACT:
        return int(value)
    if isinstance(value, dict):
        return {name: _plain(one) for name, one in value.items()}
    return [_plain(one) for one in value] if isinstance(value, list) else value
