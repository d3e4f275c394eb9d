"""What one test had worked out is kept for the next, and passwords cost next to nothing.

SQLAlchemy keeps compiled SQL by engine and by dialect object, the product checked documents by
address. Each test has a product of its own, all alike: a fifth of what its process did was that.
"""

from typing import Any

from argon2 import PasswordHasher
from graphql import GraphQLSchema
from sqlalchemy.dialects.postgresql.asyncpg import PGDialect_asyncpg
from sqlalchemy.engine import Engine
from sqlalchemy.util import LRUCache

from resolvers.root import schema
from routes.graphql import engine
from routes.graphql.documents import Documents
from routes.graphql.limits import Limits
from services.account import passwords

HASHER = passwords.HASHER
"""Of customers; `tests/account` and whatever runs in a process of its own use it."""
QUICK = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)

_sql: LRUCache[Any, Any] = LRUCache(5_000)
_documents: dict[str, Documents] = {}


def keep() -> None:
    """Have all that this process makes from now on share it."""
    keep_sql()
    engine.Documents = _shared  # type: ignore[attr-defined]
    passwords.HASHER = QUICK


def keep_sql() -> None:
    """Have all engines of this process share what they compile."""
    Engine._compiled_cache = property(lambda _: _sql, _ignore)  # type: ignore[assignment]
    PGDialect_asyncpg.__eq__ = _is_like  # type: ignore[method-assign,assignment]
    PGDialect_asyncpg.__hash__ = _hash  # type: ignore[method-assign,assignment]


def _ignore(engine: Engine, own: object) -> None:
    """An engine makes a place of its own when it begins."""


def _kind(dialect: PGDialect_asyncpg) -> tuple[object, ...]:
    # What a dialect turns into SQL depends on how it was made, and that on who made it.
    return type(dialect), dialect._json_deserializer, dialect.paramstyle


def _is_like(self: PGDialect_asyncpg, other: object) -> bool:
    return isinstance(other, PGDialect_asyncpg) and _kind(self) == _kind(other)


def _hash(self: PGDialect_asyncpg) -> int:
    return hash(_kind(self))


def _shared(asked: GraphQLSchema, limits: Limits) -> Documents:
    if asked is not schema._schema:
        return Documents(asked, limits)
    return _documents.setdefault(repr(limits), Documents(asked, limits))
