"""Postgres: tables, short read sessions, and one unit of work per write."""

import logging
from collections.abc import Awaitable, Callable
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import DateTime, MetaData, Text, func
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError, TimeoutError
from sqlalchemy.ext.asyncio import (
    AsyncEngine,
    AsyncSession,
    async_sessionmaker,
    create_async_engine,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from core.line import OrderlyPool
from core.settings import Settings

log = logging.getLogger(__name__)

STATEMENT_TIMEOUT_MS = 5_000
LOCK_TIMEOUT_MS = 4_000
CONNECT_TIMEOUT_SECONDS = 5
# RELIABILITY 2: the last of 500 buyers waits for a connection rather than fail.
POOL_TIMEOUT_SECONDS = 30
# Lock not available, canceled, deadlock, serialization; shutting down, starting, too many clients.
PASSING = frozenset({"55P03", "57014", "40P01", "40001", "57P01", "57P02", "57P03", "53300"})
VICTIM = frozenset({"40P01", "40001"})
# One of two that deadlock finds the other gone when it begins anew.
TRIES = 3
# Class 08: the connection was lost, or never came to be.
DISCONNECTED = "08"


class Base(DeclarativeBase):
    """Every table: a text id that sorts by age, and when the row was made."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {
        str: Text(),
        datetime: DateTime(timezone=True),
        dict[str, Any]: JSONB(),
        dict[str, str]: JSONB(),
        dict[str, float]: JSONB(),
        list[str]: JSONB(),
        list[int]: JSONB(),
        list[dict[str, Any]]: JSONB(),
    }

    id: Mapped[str] = mapped_column(Text(collation="C"), primary_key=True)
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


class Database:
    """Opens sessions. Nothing awaits the network or a loader inside one (decision 5)."""

    def __init__(self, engine: AsyncEngine, replica: AsyncEngine | None = None) -> None:
        self.engine = engine
        self.replica = replica
        self.read = _reads(replica or engine)
        self.look = _reads(engine)
        """For one question that no replica may answer: a trip, where a transaction is three."""
        self.write = async_sessionmaker(engine, expire_on_commit=False)

    async def close(self) -> None:
        """Give the connections back."""
        await self.engine.dispose()
        if self.replica:
            await self.replica.dispose()


def connect(settings: Settings) -> Database:
    """Make the engines; nothing is opened until the first session."""
    replica = settings.database_read_url
    return Database(
        _engine(settings.database_url.get_secret_value(), settings.database_pool),
        _engine(replica.get_secret_value(), settings.database_pool) if replica else None,
    )


def is_unavailable(error: BaseException) -> bool:
    """Tell a database that is busy or away, where trying again helps, from a bug."""
    if isinstance(error, TimeoutError | OperationalError | InterfaceError | ConnectionError):
        return True
    state = str(getattr(getattr(error, "orig", None), "sqlstate", None))
    gone = isinstance(error, DBAPIError) and error.connection_invalidated
    return gone or state in PASSING or state.startswith(DISCONNECTED)


def was_victim(error: DBAPIError) -> bool:
    """Tell whether a transaction was undone for another: begun anew it may well go through."""
    return getattr(error.orig, "sqlstate", None) in VICTIM


@dataclass
class _Try:
    """One go at something, and whether a part of it was committed."""

    kept: bool = False


_trying: ContextVar[_Try | None] = ContextVar("trying", default=None)


def kept() -> None:
    """Note that a transaction was committed: what it was a part of cannot be undone whole."""
    if current := _trying.get():
        current.kept = True


async def undisturbed[T](work: Callable[[], Awaitable[T]], *, repeatable: bool = False) -> T:
    """Do something; as the victim of a deadlock, which undid it, it is begun anew, twice.

    Of what was committed in part, only what is `repeatable` is begun anew.
    """
    outer, tries = _trying.get(), 0
    while True:
        mine, tries = _Try(), tries + 1
        token = _trying.set(mine)
        try:
            return await work()
        except DBAPIError as error:
            if tries == TRIES or not was_victim(error) or (mine.kept and not repeatable):
                raise
            log.warning("begun anew: it was the victim of a deadlock", exc_info=error)
        finally:
            _trying.reset(token)
            if outer and mine.kept:
                outer.kept = True


def asyncpg_url(url: str) -> str:
    """Accept the plain `postgres://` and `postgresql://` that hosts hand out."""
    scheme, separator, rest = url.partition("://")
    return f"postgresql+asyncpg://{rest}" if separator and "+" not in scheme else url


def _reads(engine: AsyncEngine) -> async_sessionmaker[AsyncSession]:
    alone = engine.execution_options(isolation_level="AUTOCOMMIT")
    return async_sessionmaker(alone, expire_on_commit=False, autoflush=False)


def _engine(url: str, pool_size: int) -> AsyncEngine:
    return create_async_engine(
        asyncpg_url(url),
        poolclass=OrderlyPool,
        pool_size=pool_size,
        max_overflow=0,
        pool_timeout=POOL_TIMEOUT_SECONDS,
        pool_pre_ping=True,
        # Errors are logged, and what customers wrote must not stand in them.
        hide_parameters=True,
        json_serializer=_dumps(),
        json_deserializer=orjson.loads,
        connect_args={
            "timeout": CONNECT_TIMEOUT_SECONDS,
            "server_settings": {
                "application_name": "nerdx",
                "statement_timeout": str(STATEMENT_TIMEOUT_MS),
                "lock_timeout": str(LOCK_TIMEOUT_MS),
                "idle_in_transaction_session_timeout": "30000",
            },
        },
    )


def _dumps() -> Callable[[object], str]:
    return lambda value: orjson.dumps(value).decode()
