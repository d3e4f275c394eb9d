"""Which tests run in one process: those of a file, and all that ask for Neo4j."""

import re

from xdist.scheduler import LoadFileScheduling

NEO4J = re.compile(r"\[(?:[^\]]*-)?(?:neo4j|shipped)[-\]]")


class ByFileAndEngine(LoadFileScheduling):
    """A file is one process's, so that its fixtures are made once, save its tests on Neo4j.

    Each process that has one of those starts servers of its own, which take a minute of a core
    to begin and to become quick: one process has them all.
    """

    def _split_scope(self, nodeid: str) -> str:
        return "neo4j" if NEO4J.search(nodeid) else nodeid.partition("::")[0]
