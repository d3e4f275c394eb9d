"""The graph over Bolt: bounded reads that fail fast, and writes for the one projector."""

import asyncio
import time
from collections.abc import Mapping
from contextlib import suppress
from typing import Any, LiteralString

from neo4j import AsyncDriver, AsyncGraphDatabase, AsyncManagedTransaction, Query, RoutingControl
from neo4j.exceptions import DriverError, Neo4jError

from core.settings import Settings
from core.telemetry import WORLD_MODEL_QUERY, tracer

REST_SECONDS = 2.0


class GraphDown(Exception):
    """The graph does not answer in time; Postgres has to."""


class Graph:
    """One driver; after a failure reads are refused for 2 s, so that nobody waits in line."""

    def __init__(self, settings: Settings) -> None:
        password = settings.neo4j_password.get_secret_value()
        self._driver: AsyncDriver = AsyncGraphDatabase.driver(
            settings.neo4j_uri,
            auth=(settings.neo4j_user, password) if password else None,
            connection_timeout=2,
            connection_acquisition_timeout=2,
            max_transaction_retry_time=3,
            max_connection_pool_size=20,
            notifications_min_severity="OFF",
        )
        self._database = settings.neo4j_database
        self._deadline = settings.graph_deadline_seconds
        self._rest_until = 0.0
        self._has_failed = False

    @property
    def is_resting(self) -> bool:
        """Whether the last read failed so lately that none is tried now."""
        return time.monotonic() < self._rest_until

    async def read(self, query: LiteralString, **parameters: Any) -> list[Mapping[str, Any]]:
        """Run one read query within the deadline (0.5 s unless set). Raises GraphDown."""
        if self.is_resting:
            raise GraphDown("resting after a failure")
        if self._has_failed:
            # One asks whether it is back; the others go on to rest.
            self._rest_until = time.monotonic() + self._deadline + REST_SECONDS
        started = time.perf_counter()
        try:
            with tracer.start_as_current_span("graph.read"):
                async with asyncio.timeout(self._deadline):
                    found = await self._run(query, RoutingControl.READ, parameters)
            self._rest_until, self._has_failed = 0.0, False
            return found
        except (DriverError, Neo4jError, OSError, TimeoutError) as error:
            self._rest_until, self._has_failed = time.monotonic() + REST_SECONDS, True
            raise GraphDown(type(error).__name__) from error
        finally:
            WORLD_MODEL_QUERY.observe(time.perf_counter() - started)

    async def write(self, query: LiteralString, **parameters: Any) -> list[Mapping[str, Any]]:
        """Run one write query in a transaction that the driver retries. Raises GraphDown."""
        try:
            return await self._run(query, RoutingControl.WRITE, parameters)
        except (DriverError, Neo4jError, OSError) as error:
            raise GraphDown(f"{type(error).__name__}: {error}") from error

    async def write_all(self, *statements: tuple[LiteralString, Mapping[str, Any]]) -> None:
        """Run write queries in one transaction that the driver retries. Raises GraphDown."""

        async def work(transaction: AsyncManagedTransaction) -> None:
            for query, parameters in statements:
                await (await transaction.run(query, dict(parameters))).consume()

        try:
            async with self._driver.session(database=self._database) as session:
                await session.execute_write(work)
        except (DriverError, Neo4jError, OSError) as error:
            raise GraphDown(f"{type(error).__name__}: {error}") from error

    async def ping(self) -> None:
        """Ask for nothing. Raises GraphDown."""
        self._rest_until = 0.0
        await self.read("RETURN 1 AS one")

    async def close(self) -> None:
        """Close the driver, even one whose server is gone."""
        with suppress(DriverError, Neo4jError, OSError):
            await self._driver.close()

    async def _run(
        self, query: LiteralString, routing: RoutingControl, parameters: dict[str, Any]
    ) -> list[Mapping[str, Any]]:
        result = await self._driver.execute_query(
            Query(query),
            parameters,
            routing_=routing,
            database_=self._database,
        )
        return [dict(record) for record in result.records]
