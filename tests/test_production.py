"""A process that is told nothing is in production: closed, and not started without its secrets."""

import asyncio
import os
import socket
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import httpx2
import pytest

from core.settings import DEVELOPMENT, Settings
from core.tokens import write_key
from sandbox.state import State
from sandbox.supervisor import settings as of_the_sandbox
from tests.conftest import World
from tests.support.api import TLS
from tests.support.serve import answers, free_port

ROOT = Path(__file__).resolve().parents[1]
MACHINE = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
SECRETS = {"PORTRAIT_SECRET": "0123456789abcdef", "COMMERCE_SECRET": "0123456789abcdef"}
STRIPE = {"STRIPE_API_KEY": "sk_test_0", "STRIPE_WEBHOOK_SECRET": "whsec_0"}
MAKE = "`openssl rand -hex 32`"


def refusal(command: str, env: Mapping[str, str]) -> str:
    """What a process says that refuses to start: one line, and nothing else."""
    done = subprocess.run(
        [sys.executable, "cli.py", command],
        cwd=ROOT,
        env={**MACHINE, **env},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 1
    assert done.stdout == ""
    (line,) = done.stderr.splitlines()
    return line


@pytest.mark.parametrize(
    ("command", "environment"),
    [("api", ""), ("api", "development"), ("api", "test"), ("worker", ""), ("relay", "test")],
)
def test_no_process_starts_without_its_secrets(command: str, environment: str) -> None:
    line = refusal(command, {"ENVIRONMENT": environment})
    for name in SECRETS:
        assert f"{name}, 16 characters or more ({MAKE})" in line
    signs = (command, environment) == ("api", "")
    assert ("TOKEN_KEYS_PATH, a directory of Ed25519 keys (`openssl" in line) is signs
    takes_money = environment == "" and command in ("api", "worker")
    for name in STRIPE:
        assert (f"{name}, from dashboard.stripe.com" in line) is takes_money


def test_what_takes_money_does_not_start_without_its_keys() -> None:
    for missing in STRIPE:
        line = refusal("worker", {**SECRETS, **STRIPE, missing: "", "RENDERERS": "local"})
        assert line == f"Secrets are missing. Set {missing}, from dashboard.stripe.com."


def test_a_short_secret_is_none(tmp_path: Path) -> None:
    given = {**SECRETS, "PORTRAIT_SECRET": "fifteen letters", "TOKEN_KEYS_PATH": str(tmp_path)}
    line = refusal("api", given)
    assert "PORTRAIT_SECRET" in line
    assert "COMMERCE_SECRET" not in line
    assert "fifteen" not in line


def test_keys_that_cannot_sign_are_told_in_one_line(tmp_path: Path) -> None:
    line = refusal(
        "api", {**SECRETS, **STRIPE, "TOKEN_KEYS_PATH": str(tmp_path), "RENDERERS": "local"}
    )
    assert line.startswith("There is no .pem file in TOKEN_KEYS_PATH")


def test_a_value_that_does_not_fit_is_told_without_showing_it() -> None:
    assert refusal("api", {"PORT": "hunter2"}).startswith("PORT: ")
    assert "hunter2" not in refusal("api", {"PORT": "hunter2"})


def test_the_sandbox_makes_the_secrets_and_says_that_it_is_for_developers(tmp_path: Path) -> None:
    given = of_the_sandbox(State(tmp_path), 8000)
    names = {name.upper() for name in Settings.model_fields}
    found = Settings(**{k.lower(): v for k, v in given.items() if k in names})
    found.require_secrets(signs_tokens=True)
    assert found.environment == "development"
    assert {name: getattr(found, name) for name in DEVELOPMENT} == DEVELOPMENT


@pytest.fixture
def production(world: World) -> World:
    """A corner whose environment names no environment, as an operator's that forgot it."""
    keys = world.folder / "production-keys"
    keys.mkdir()
    write_key(keys, "first")
    # The sandbox's providers of sign-ins speak plain HTTP, which production refuses.
    for name in ("ENVIRONMENT", "SANDBOX_SIGN_IN", "SIGN_IN_PROVIDERS"):
        world.env.pop(name, None)
    world.env |= {"TOKEN_KEYS_PATH": str(keys), "METRICS_ADDRESS": f"127.0.0.1:{free_port()}"}
    return world


async def test_the_public_port_shows_no_more_than_it_must(production: World) -> None:
    production.program("api")
    await answers(production.url, 60)
    inside = f"http://{production.env['METRICS_ADDRESS']}"
    async with httpx2.AsyncClient(verify=TLS, base_url=production.url, timeout=20) as public:
        ready = await public.get("/readyz")
        hidden = [
            (await public.get(path)).status_code
            for path in ("/metrics", "/explorer", "/explorer/config.json", "/")
        ]
        asked = {"query": "{ __schema { types { name } } }"}
        schema = (await public.post("/graphql", json=asked)).json()
        told = await public.get(f"{inside}/readyz")
        metrics = await public.get(f"{inside}/metrics")
        graphql = await public.post(f"{inside}/graphql", json={"query": "{ __typename }"})
    assert ready.json() == {"status": told.json()["status"]}
    assert hidden == [404] * 4
    assert schema["errors"][0]["extensions"]["code"] == "INTROSPECTION_DISABLED"
    assert told.json()["checks"].keys() == {"postgres", "redis", "graph", "storage"}
    assert 'http_request_duration_seconds_count{method="POST",route="/graphql"' in metrics.text
    assert graphql.status_code == 404


async def test_an_address_that_is_taken_is_told_in_one_line(production: World) -> None:
    with socket.create_server(("127.0.0.1", 0)) as holder:
        taken = f"127.0.0.1:{holder.getsockname()[1]}"
        env = {**production.env, "METRICS_ADDRESS": taken}
        line = await asyncio.to_thread(refusal, "api", env)
    assert line.startswith(f"METRICS_ADDRESS ({taken}) cannot be listened on")


async def test_the_operators_address_ends_with_the_process(production: World) -> None:
    api = production.program("api")
    await answers(production.url, 60)
    assert await asyncio.to_thread(api.stop) in (0, -15)
    with pytest.raises(httpx2.ConnectError):
        await answers_once(f"http://{production.env['METRICS_ADDRESS']}")


async def answers_once(url: str) -> None:
    """Ask once."""
    async with httpx2.AsyncClient(verify=TLS) as http:
        await http.get(f"{url}/healthz")
