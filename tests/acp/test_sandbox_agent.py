"""The sandbox's agent hears of its orders, and believes no one else."""

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx2
import pytest

from app import App
from core.settings import ROOT
from sandbox.agents import PATH
from services import partner
from services.partner import SANDBOX_TOKEN_ID
from tests.acp.partner import until
from tests.conftest import World
from tests.support.api import TLS
from tests.support.serve import answers, free_port
from tests.support.shop import SMALL, buy

CONFIG = "/explorer/config.json"


@contextmanager
def listening(world: World) -> Iterator[str]:
    """Run the agent, which asks the API what signs."""
    port = free_port()
    options = ["--port", str(port), "--data-dir", str(world.folder / "agents")]
    options += ["--config-url", world.url + CONFIG]
    agent = subprocess.Popen([sys.executable, "-m", "sandbox.agents", *options], cwd=ROOT)
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        agent.terminate()
        agent.wait()


async def heard(url: str) -> list[dict[str, Any]]:
    """What it lists."""
    async with httpx2.AsyncClient(verify=TLS) as http:
        return list((await http.get(f"{url}/events")).json()["events"])


@pytest.mark.usefixtures("workers")
async def test_the_sandboxs_agent_hears_of_its_orders(world: World, app: App) -> None:
    with listening(world) as url:
        await answers(url)
        told = app.settings.model_copy(update={"sandbox_agent_url": url + PATH})
        async with app.begin() as uow:
            await partner.seed_token(uow, told)
        one = await buy(app, None, {SMALL: 1}, partner_id=SANDBOX_TOKEN_ID)

        async def both() -> Any:
            found = await heard(url)
            return found if len(found) == 2 else None

        later, first = await until(both)
        assert (first["type"], later["type"]) == ("order_create", "order_update")
        assert first["data"]["id"] == one.id
        (parcel,) = later["data"]["fulfillments"]
        async with httpx2.AsyncClient(verify=TLS) as http:
            shown = (await http.get(url)).text
            assert parcel["digital_delivery"]["access_url"] in shown
            for signature in ("", "t=1,v1=" + "0" * 64, f"t={int(time.time())},v1=" + "0" * 64):
                headers = {"Merchant-Signature": signature, "Request-Id": "x"}
                answer = await http.post(url + PATH, content=b"{}", headers=headers)
                assert (answer.status_code, answer.json()["code"]) == (401, "invalid_signature")
        assert len(await heard(url)) == 2
    kept = (world.folder / "agents" / "events.jsonl").read_text().splitlines()
    assert len(kept) == 2
