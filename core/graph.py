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
# A cold server may plan a query for longer than a read may take; cut short, it begins anew.
WARM_SECONDS = 5.0
# What is slow though it was planned is only slow.
WARM_EVERY_SECONDS = 60.0
FAULTS = (DriverError, Neo4jError, OSError, TimeoutError)


class GraphDown(Exception):
    """The graph does not answer in time; Postgres has to."""


class Graph:
    """One driver, and a breaker: who asks for data is not the one to find that it is still down.

    After a failure reads are refused at once, so that nobody waits in line, while every 2 s an
    empty question finds out whether the graph answers again. Then what failed is asked with
    patience, on nobody's time, and one read goes first.
    """

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
        self._has_failed = self._is_tried = False
        self._repeated: dict[str, float] = {}
        self._repeats: set[asyncio.Task[None]] = set()
        self._watch: asyncio.Task[None] | None = None

    @property
    def deadline(self) -> float:
        """How many seconds a read may take."""
        return self._deadline

    @property
    def is_resting(self) -> bool:
        """Whether the last read failed, and nothing has been heard of the graph since."""
        return self._watch is not None and not self._watch.done()

    async def read(
        self, query: LiteralString, within: float | None = None, **parameters: Any
    ) -> list[Mapping[str, Any]]:
        """Run one read query within the deadline (0.5 s unless set), or sooner. Raises GraphDown.

        `within`: What is left of a walk's time, in seconds; that it ran out says little of the
        graph, and lets nobody rest.
        """
        if self.is_resting or self._is_tried:
            raise GraphDown("resting after a failure")
        is_cut = within is not None and within < self._deadline
        seconds = within if is_cut and within is not None else self._deadline
        # A graph that answers may still be slow: one read finds out, the others go on to rest.
        is_first = self._is_tried = self._has_failed
        try:
            found = await self._timely(query, parameters, seconds)
            self._has_failed = False
            return found
        except GraphDown as error:
            if is_cut and isinstance(error.__cause__, TimeoutError):
                self._repeat_soon(query, parameters)
            else:
                self._rest(query, parameters)
            raise
        finally:
            if is_first:
                self._is_tried = False

    async def _timely(
        self, query: LiteralString, parameters: dict[str, Any], seconds: float
    ) -> list[Mapping[str, Any]]:
        started = time.perf_counter()
        try:
            with tracer.start_as_current_span("graph.read"):
                async with asyncio.timeout(seconds):
                    return await self._run(query, RoutingControl.READ, parameters)
        except FAULTS as error:
            raise GraphDown(type(error).__name__) from error
        finally:
            WORLD_MODEL_QUERY.observe(time.perf_counter() - started)

    def _rest(self, query: LiteralString, parameters: dict[str, Any]) -> None:
        self._has_failed = True
        if not self.is_resting:
            self._watch = asyncio.create_task(self._until_it_answers(query, parameters))

    async def _until_it_answers(self, query: LiteralString, parameters: dict[str, Any]) -> None:
        while True:
            await asyncio.sleep(REST_SECONDS)
            with suppress(GraphDown):
                await self.ping()
                break
        # Whatever comes of it: one bad query must not keep the others out, nor for long.
        await self._repeat(query, parameters)

    def _repeat_soon(self, query: LiteralString, parameters: dict[str, Any]) -> None:
        task = asyncio.create_task(self._repeat(query, parameters))
        self._repeats.add(task)
        task.add_done_callback(self._repeats.discard)

    async def _repeat(self, query: LiteralString, parameters: dict[str, Any]) -> None:
        """Ask with patience, so that the server has planned it; of each query once a minute."""
        now = time.monotonic()
        if now - self._repeated.get(query, -WARM_EVERY_SECONDS) < WARM_EVERY_SECONDS:
            return
        self._repeated[query] = now
        try:
            async with asyncio.timeout(WARM_SECONDS):
                await self._run(query, RoutingControl.READ, parameters)
        except FAULTS:
            self._repeated.pop(query, None)

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
        """Ask for nothing, within the deadline of a read. Raises GraphDown."""
        try:
            async with asyncio.timeout(self._deadline):
                await self._run("RETURN 1 AS one", RoutingControl.READ, {})
        except FAULTS as error:
            raise GraphDown(type(error).__name__) from error

    async def close(self) -> None:
        """Close the driver, even one whose server is gone."""
        for task in (self._watch, *self._repeats):
            if task:
                task.cancel()
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
