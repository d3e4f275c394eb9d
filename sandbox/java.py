"""Finds Java machines and fetches Neo4j's jars from Maven Central, once per user."""

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

from sandbox.process import Process, tail
from sandbox.server import StartError

# The newest is for development, the one with long support is what `docker/compose.yaml` ships.
NEWEST, LTS = "2026.08.1", "5.26.31"
POM = """<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>nerdx</groupId><artifactId>neo4j</artifactId><version>1</version>
  <dependencies>
    <dependency><groupId>org.neo4j</groupId><artifactId>neo4j</artifactId>
      <version>{version}</version></dependency>
    <dependency><groupId>org.neo4j.app</groupId><artifactId>neo4j-server</artifactId>
      <version>{version}</version></dependency>
  </dependencies>
</project>
"""
# Its whole name: what `dependency` stands for would be one more thing to ask Maven Central.
COPY = "org.apache.maven.plugins:maven-dependency-plugin:copy-dependencies"
FETCH_SECONDS = 900.0
# A sandbox lives for minutes: what compiling for speed would take costs a third of a start.
SMALL = ("-Xmx512m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1")


def candidates() -> Iterator[Path]:
    """Where a `java` may be, best guess first."""
    if home := os.environ.get("JAVA_HOME"):
        yield Path(home) / "bin" / "java"
    if found := shutil.which("java"):
        yield Path(found)
    for base in ("/usr/lib/jvm", "/Library/Java/JavaVirtualMachines", "~/.sdkman/candidates/java"):
        homes = sorted(Path(base).expanduser().glob("*"), reverse=True)
        yield from (home / "bin" / "java" for home in homes)
        yield from (home / "Contents" / "Home" / "bin" / "java" for home in homes)


@cache
def major(java: Path) -> int:
    """The feature release of a Java machine, 0 when it does not run."""
    try:
        done = subprocess.run([java, "-version"], capture_output=True, text=True, check=False)
    except OSError:
        return 0
    found = re.search(r'version "(\d+)', done.stderr)
    return int(found[1]) if found else 0


def javas() -> list[tuple[int, Path]]:
    """Every Java machine that Neo4j can use, newest first."""
    seen = {path.resolve() for path in candidates() if path.exists()}
    found = [(major(path), path) for path in seen]
    return sorted((item for item in found if item[0] >= 17), reverse=True)


def usual() -> str:
    """The version of this machine: `NEO4J_VERSION`, else the newest that its Java can run."""
    newest = max((feature for feature, _ in javas()), default=0)
    return os.environ.get("NEO4J_VERSION") or (NEWEST if newest >= 21 else LTS)


def java_for(version: str) -> Path | None:
    """The Java machine to run a version on, None when there is none."""
    if version.startswith("5."):
        # Supported on 17 and on 21, and on nothing newer.
        return next((path for feature, path in reversed(javas()) if feature <= 21), None)
    return next((path for feature, path in javas() if feature >= 21), None)


def missing(version: str | None = None) -> str | None:
    """Why real Neo4j cannot run on this machine, in one line; None when it can."""
    wanted = version or usual()
    if not java_for(wanted):
        need = "17 to 21" if wanted.startswith("5.") else "21 or newer"
        return f"Neo4j {wanted} needs Java {need}: none in JAVA_HOME, on PATH or in /usr/lib/jvm"
    if not (jars_of(wanted) / "done").exists() and not shutil.which("mvn"):
        return f"Neo4j {wanted} is fetched by Maven: `mvn` is not on PATH"
    return None


def coverage() -> tuple[str, bool]:
    """Which engines the tests of the graph run on here, in one line, and whether that will do.

    Where `CI` is set, nothing less than all will. The chief ones also run on what is shipped.
    """
    on = f"tests run on ArcadeDB and on Neo4j {usual()}"
    on += "" if usual() == LTS else f", the chief ones also on {LTS}"
    if why := missing():
        on = f"tests run on ArcadeDB; the Neo4j half is not run: {why}"
    elif why := missing(LTS):
        on = f"tests run on ArcadeDB and on Neo4j {usual()}; what is shipped is not run: {why}"
    is_ci = os.environ.get("CI", "").lower() not in ("", "0", "false")
    return (f"{on} (CI has to run all)" if why and is_ci else on), not (why and is_ci)


def choose(version: str | None) -> tuple[str, Path]:
    """The version to run and the Java for it; raises StartError with one line."""
    chosen = version or usual()
    why, java = missing(chosen), java_for(chosen)
    if why or not java:
        raise StartError(why or f"no Java for Neo4j {chosen}")
    return chosen, java


def jars_of(version: str) -> Path:
    """The directory of a version's jars, shared by every checkout of this user."""
    base = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    return Path(base).expanduser() / "nerdx" / f"neo4j-{version}"


def jars(version: str, say: Callable[[str], None]) -> Path:
    """The directory with the jars, fetched by Maven when this is the first time."""
    home = jars_of(version)
    if (home / "done").exists():
        return home / "lib"
    say(f"neo4j: fetching {version} from Maven Central, about 150 MB, once")
    home.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=home.parent) as draft:
        fetch(version, Path(draft))
        # Another run may have been quicker.
        if not (home / "done").exists():
            shutil.rmtree(home, ignore_errors=True)
            Path(draft, "neo4j").rename(home)
    return home / "lib"


def fetch(version: str, draft: Path) -> None:
    """Let Maven copy the jars to `draft/neo4j/lib`; raises StartError with what it says."""
    (draft / "pom.xml").write_text(POM.format(version=version))
    goal = [COPY, "-DoutputDirectory=neo4j/lib", "-DincludeScope=runtime"]
    # Without -U, what could not be reached once is not asked for again for a day.
    maven = Process("maven", ["mvn", "-q", "-B", "-U", *goal], log=draft / "log", cwd=draft)
    maven.start()
    if maven.wait(FETCH_SECONDS):
        lines = [line for line in tail(draft / "log", 999).splitlines() if "ERROR" in line][:3]
        raise StartError(f"Neo4j {version} could not be fetched:\n" + "\n".join(lines))
    (draft / "neo4j" / "done").touch()
