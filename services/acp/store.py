"""Idempotency of the protocol (its RFC, section 6): the first answer is the answer.

The key's scope is the partner and the path. Bodies are compared as JSON values: the order of keys
does not matter, 1.0 is 1, and null is not the same as nothing.
"""

import hashlib
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import orjson
from sqlalchemy import delete, func, select

from core.outbox import UnitOfWork
from models.partner import AgentRequest
from services.acp.errors import AcpError

KEEP = timedelta(hours=48)
MAX_KEY = 255
IN_FLIGHT = AcpError(
    409,
    "idempotency_in_flight",
    "A request with this Idempotency-Key is under way. Try again shortly.",
    headers={"retry-after": "2"},
)


@dataclass(frozen=True)
class Answer:
    """A status with a body."""

    status: int
    body: dict[str, Any]
    headers: dict[str, str] = field(default_factory=dict)


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
        raise IN_FLIGHT
    known = await uow.session.get(AgentRequest, id)
    if known is None or known.created_at <= uow.now() - KEEP:
        return None
    if known.request_hash != _hash(body):
        raise AcpError(
            422, "idempotency_conflict", "This Idempotency-Key was used with another body."
        )
    return Answer(known.status or 200, known.body or {}, {"idempotent-replayed": "true"})


async def store(
    uow: UnitOfWork, partner: str, path: str, key: str, body: Any, answer: Answer
) -> None:
    """Keep an answer; one of our own faults is never kept."""
    if answer.status >= 500:
        return
    id = _id(partner, path, key)
    await uow.session.execute(delete(AgentRequest).where(AgentRequest.id == id))
    row = AgentRequest(id=id, request_hash=_hash(body), status=answer.status, body=answer.body)
    row.created_at, row.checkout_id = uow.now(), answer.body.get("id")
    uow.session.add(row)


async def forget_old(uow: UnitOfWork) -> None:
    """Remove answers that are past their 48 hours."""
    old = AgentRequest.created_at <= uow.now() - KEEP
    await uow.session.execute(delete(AgentRequest).where(old))


def _id(partner: str, path: str, key: str) -> str:
    return hashlib.sha256(orjson.dumps([partner, path, key])).hexdigest()


def _hash(body: Any) -> str:
    plain = orjson.dumps(_plain(body), option=orjson.OPT_SORT_KEYS)
    return hashlib.sha256(plain).hexdigest()


def _plain(value: Any) -> Any:
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, dict):
        return {name: _plain(one) for name, one in value.items()}
    return [_plain(one) for one in value] if isinstance(value, list) else value
