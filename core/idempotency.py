"""Idempotency keys: the same request again gives the first answer (decision 20)."""

import hashlib
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import orjson
from sqlalchemy import delete
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped

from core.db import Base
from core.errors import DomainError, InvalidInput
from core.outbox import UnitOfWork
from core.viewer import Viewer

KEEP = timedelta(hours=48)
MAX_KEY = 255


class IdempotencyRecord(Base):
    """What a key was first used for, and the id of what came of it."""

    __tablename__ = "idempotency_records"

    request_hash: Mapped[str]
    result_id: Mapped[str]


@dataclass
class IdempotencyConflict(DomainError):
    """The key was used before with another request."""

    code = "IDEMPOTENCY_CONFLICT"
    text = {
        "ko": "이 멱등키는 다른 요청에 이미 쓰였습니다. 새 키를 사용하세요.",
        "en": "This idempotency key was used with another request. Send a new key.",
    }
    field: str | None = "input.idempotencyKey"


def key_invalid() -> InvalidInput:
    """The key is empty or longer than 255 characters."""
    reason = {
        "ko": "idempotencyKey는 1~255자여야 합니다.",
        "en": "idempotencyKey must have 1 to 255 characters.",
    }
    return InvalidInput("input.idempotencyKey", reason)


async def once(
    uow: UnitOfWork,
    viewer: Viewer,
    operation: str,
    key: str,
    request: Mapping[str, Any],
    work: Callable[[], Awaitable[str]],
) -> str:
    """Do the work and return the id of its result, or return the id it gave the first time.

    A second request with the same key waits for the first. What fails is not kept, so it may be
    tried again with the same key. Raises IdempotencyConflict, InvalidInput.
    """
    if not 1 <= len(key) <= MAX_KEY:
        raise key_invalid()
    record_id = _digest([viewer.customer_id, operation, key])
    await uow.lock("idempotency", record_id)
    known = await uow.session.get(IdempotencyRecord, record_id)
    if known and known.created_at > uow.now() - KEEP:
        if known.request_hash != _digest(request):
            raise IdempotencyConflict
        return known.result_id
    if known:
        await uow.session.delete(known)
        await uow.session.flush()
    result_id = await work()
    record = IdempotencyRecord(id=record_id, request_hash=_digest(request), result_id=result_id)
    record.created_at = uow.now()
    uow.session.add(record)
    return result_id


async def recall(session: AsyncSession, viewer: Viewer, operation: str, key: str) -> bool:
    """Tell whether this key was used for this operation before."""
    record_id = _digest([viewer.customer_id, operation, key])
    return await session.get(IdempotencyRecord, record_id) is not None


async def forget_old(uow: UnitOfWork) -> None:
    """Remove records that are past their 48 hours."""
    old = IdempotencyRecord.created_at < uow.now() - KEEP
    await uow.session.execute(delete(IdempotencyRecord).where(old))


def _digest(value: object) -> str:
    return hashlib.sha256(orjson.dumps(value, option=orjson.OPT_SORT_KEYS, default=str)).hexdigest()
