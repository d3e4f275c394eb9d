"""Vectors of texts, made once: kept in Redis for an hour, those of our own texts in Postgres."""

import hashlib
import logging
import struct
from base64 import b64decode, b64encode
from collections.abc import Mapping, Sequence

from prometheus_client import Gauge
from redis.asyncio import Redis
from redis.exceptions import RedisError
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from core.bus import Bus
from core.db import Database
from core.patience import Patience
from core.settings import Settings
from gateways.embedding import DIMENSIONS, Embeddings
from models.search import Embedding

log = logging.getLogger(__name__)

KEEP_SECONDS = 3_600
PACKED = struct.Struct(f"<{DIMENSIONS}f")

HIT_RATE = Gauge("cache_hit_rate", "Share of vectors that no provider had to be asked for, 0 to 1")
REDIS_HIT_RATE = Gauge(
    "redis_cache_hit_rate", "Share of what was looked for in Redis that it had, by all processes"
)

type Vector = list[float]


class Vectors:
    """Where vectors come from; use it outside of sessions, as it may ask the network."""

    # Of this process, whoever asked.
    asked = made = 0

    def __init__(
        self,
        settings: Settings,
        db: Database,
        bus: Bus,
        embeddings: Embeddings,
        *,
        is_private: bool = False,
    ) -> None:
        """`is_private` is for what is said in confidence: no vector of it is kept in Redis."""
        self._is_private = is_private
        self._db, self._redis, self._patience = db, bus.redis, bus.patience
        self._embeddings, self._prefix = embeddings, settings.redis_prefix

    @property
    def model(self) -> str:
        """Whose vectors these are."""
        return self._embeddings.model

    def hash(self, text: str) -> str:
        """Name the vector of a text; those of another model are others."""
        return hashlib.sha256(f"{self._embeddings.model}\n{text}".encode()).hexdigest()

    async def of(
        self, texts: Sequence[str], deadline: float, *, keep: bool = False
    ) -> list[Vector]:
        """Return a vector for each text. Raises EmbeddingsUnavailable.

        `keep` is for texts of our own, whose vectors stay in Postgres; what people write goes
        from Redis with its hour.
        """
        hashes = [self.hash(text) for text in texts]
        found = await self._in_redis(hashes)
        await count(self._redis, self._patience, self._prefix, len(set(hashes)), len(found))
        fresh: dict[str, Vector] = {}
        if missing := [hash for hash in dict.fromkeys(hashes) if hash not in found]:
            fresh = await self._in_postgres(missing)
            found |= fresh
        wanted = {h: t for h, t in zip(hashes, texts, strict=True) if h not in found}
        self._tell(len(set(hashes)), len(wanted))
        if wanted:
            made = await self._embeddings.embed(list(wanted.values()), deadline)
            fresh |= (new := dict(zip(wanted, made, strict=True)))
            found |= new
            if keep:
                await self._keep(new)
        if not self._is_private:
            await self._to_redis(fresh)
        return [found[hash] for hash in hashes]

    def _tell(self, asked: int, made: int) -> None:
        Vectors.asked, Vectors.made = Vectors.asked + asked, Vectors.made + made
        HIT_RATE.set(1 - Vectors.made / Vectors.asked if Vectors.asked else 0)

    async def _in_redis(self, hashes: Sequence[str]) -> dict[str, Vector]:
        if not hashes:
            return {}
        try:
            async with self._patience():
                packed = await self._redis.mget([self._key(hash) for hash in hashes])
        except (RedisError, OSError):
            return {}
        return {
            hash: list(PACKED.unpack(b64decode(one)))
            for hash, one in zip(hashes, packed, strict=True)
            if one
        }

    async def _in_postgres(self, hashes: Sequence[str]) -> dict[str, Vector]:
        query = select(Embedding.id, Embedding.vector).where(Embedding.id.in_(hashes))
        async with self._db.read() as session:
            return {id: [float(n) for n in vector] for id, vector in await session.execute(query)}

    async def _keep(self, made: Mapping[str, Vector]) -> None:
        rows = [{"id": hash, "vector": vector} for hash, vector in made.items()]
        async with self._db.write.begin() as session:
            await session.execute(insert(Embedding).on_conflict_do_nothing(), rows)

    async def _to_redis(self, vectors: Mapping[str, Vector]) -> None:
        if not vectors:
            return
        try:
            async with self._patience(), self._redis.pipeline(transaction=False) as pipe:
                for hash, vector in vectors.items():
                    packed = b64encode(PACKED.pack(*vector)).decode()
                    pipe.set(self._key(hash), packed, ex=KEEP_SECONDS)
                await pipe.execute()
        except (RedisError, OSError) as error:
            log.warning("vectors are not kept in Redis: %s", type(error).__name__)

    def _key(self, hash: str) -> str:
        return f"{self._prefix}:embed:{hash}"


async def count(redis: Redis, patience: Patience, prefix: str, asked: int, found: int) -> None:
    """Count hits and misses of all processes (PRODUCT 65), and tell their share."""
    try:
        async with patience(), redis.pipeline(transaction=False) as pipe:
            pipe.incrby(f"{prefix}:stats:hits", found)
            pipe.incrby(f"{prefix}:stats:misses", asked - found)
            hits, misses = map(int, await pipe.execute())
    except (RedisError, OSError):
        return
    if hits + misses:
        REDIS_HIT_RATE.set(hits / (hits + misses))
