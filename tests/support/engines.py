"""The graph servers of a run: ArcadeDB is there, and Neo4j from the first test that asks for it."""

from collections.abc import Mapping
from pathlib import Path

import pytest
from neo4j import GraphDatabase

from sandbox.java import LTS, choose, missing
from sandbox.stack import Stack

_SHIPPED = "shipped"
STORES = ("DATABASE_URL", "REDIS_URL", "S3_ENDPOINT_URL")


class Engines:
    """Starts each version of Neo4j once, and keeps it until the end."""

    def __init__(self, stack: Stack, folder: Path) -> None:
        self._stack, self._folder = stack, folder
        self._neo4j: dict[str, Stack] = {}

    def empty(self, name: str) -> Stack:
        """Return a stack whose graph is this engine, runs, and holds nothing."""
        found = self._stack if name == "arcadedb" else self._version(_version_of(name))
        # The test before may have ended while it was stopped.
        found.graph.start()
        _wipe(found.env)
        return found

    def _version(self, version: str | None) -> Stack:
        chosen, _ = choose(version)
        if chosen not in self._neo4j:
            given = {name: self._stack.env[name] for name in STORES}
            folder = self._folder / chosen
            servers = Stack(folder, graph="neo4j", neo4j_version=chosen, given=given)
            self._neo4j[chosen] = servers.start()
        return self._neo4j[chosen]

    def stop(self) -> None:
        """Stop what was started here."""
        for servers in self._neo4j.values():
            servers.stop()


def _neo4j(name: str) -> object:
    why = missing(_version_of(name))
    return pytest.param(name, marks=pytest.mark.skipif(bool(why), reason=str(why)))


def _version_of(name: str) -> str | None:
    return LTS if name == _SHIPPED else None


def graph_env(servers: Stack) -> dict[str, str]:
    """The settings that lead to this graph, and patience with one that is cold or busy."""
    found = {name: value for name, value in servers.env.items() if name.startswith("NEO4J_")}
    return {**found, "GRAPH_DEADLINE_SECONDS": "10"}


def _wipe(env: Mapping[str, str]) -> None:
    auth = (env["NEO4J_USER"], env["NEO4J_PASSWORD"])
    with GraphDatabase.driver(env["NEO4J_URI"], auth=auth) as driver:
        driver.execute_query("MATCH (n) DETACH DELETE n", database_=env["NEO4J_DATABASE"])


# What every test of the graph runs on, and what the chief ones run on besides.
ENGINES = ("arcadedb", _neo4j("neo4j"))
SHIPPED = _neo4j(_SHIPPED)
