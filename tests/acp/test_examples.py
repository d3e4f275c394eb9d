"""The commands of docs/acp.md run as they stand, and answer what the schema says."""

import asyncio
import json
import re
import time
from typing import Any

from app import App
from services import feed, partner
from services.acp.document import validator
from services.partner import SANDBOX_TOKEN_ID
from services.partner.courier import signature
from tests.checkout.till import change
from tests.conftest import World
from tests.support.api import Api
from tests.test_docs import DOCS, blocks


def commands(heading: str, page: str = "acp.md") -> list[str]:
    """The commands below a heading of a page."""
    text = (DOCS / page).read_text().partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    return re.findall(r"^```sh\n(.*?)^```", text, re.MULTILINE | re.DOTALL)


async def run(world: World, app: App, command: str, **told: str) -> str:
    """Run a command with what a reader puts in for the dots."""
    known = {"TOKEN": partner.secret_of(app.settings, SANDBOX_TOKEN_ID), **told}
    for name, value in {"API": f"{world.url}/acp", **known}.items():
        command = re.sub(rf"^{name}=.*$", "", command, flags=re.MULTILINE)
        command = f"{name}={value}\n{command}"
    shell = await asyncio.create_subprocess_exec(
        *("bash", "-eu", "-c", command), stdout=asyncio.subprocess.PIPE
    )
    async with asyncio.timeout(60):
        out, _ = await shell.communicate()
    assert shell.returncode == 0, command
    return out.decode()


async def test_a_purchase(world: World, app: App, minsu: Api) -> None:
    create, choose, pay = commands("A purchase")
    session = json.loads(await run(world, app, create))
    assert list(validator("CheckoutSession").iter_errors(session)) == []
    known = {"SESSION": session["id"]}
    chosen = json.loads(await run(world, app, choose, **known))
    assert chosen["status"] == "requires_escalation"
    await change(minsu, "claimCheckout", "ClaimCheckoutInput", chosen)
    paid, seen = (await run(world, app, pay.replace("sleep 3", "echo"), **known)).split("\n")[:2]
    assert json.loads(paid)["status"] == json.loads(seen)["status"] == "completed"
    assert json.loads(paid)["order"]["id"] == json.loads(seen)["order"]["id"]


async def test_a_cart(world: World, app: App) -> None:
    fill, buy = commands("Carts")
    cart = json.loads(await run(world, app, fill))
    assert list(validator("Cart", "cart").iter_errors(cart)) == []
    bought = json.loads(await run(world, app, buy, CART=cart["id"]))
    assert list(validator("CheckoutSession").iter_errors(bought)) == []
    assert bought["id"] == cart["id"]


async def test_the_feed(world: World, app: App) -> None:
    async with app.begin() as uow:
        await feed.refresh(uow, app.settings)
    (look,) = commands("Product feed")
    told = await run(world, app, look)
    about, product = re.split(r"(?<=\})(?=\{)", told.strip(), maxsplit=1)
    assert list(validator("FeedMetadata", "feed").iter_errors(json.loads(about))) == []
    assert list(validator("Product", "feed").iter_errors(json.loads(product))) == []


def test_how_webhooks_are_verified() -> None:
    printed: dict[str, Any] = {}
    (snippet,) = [block for block in blocks(DOCS / "acp.md", "python") if "is_genuine" in block]
    exec(compile(snippet, "docs/acp.md", "exec"), printed)
    is_genuine, secret, body = printed["is_genuine"], "whsec_secret", '{"data": "한잔"}'.encode()
    now = int(time.time())
    signed = signature(secret, now, body)
    assert is_genuine(secret, signed, body)
    assert is_genuine(secret, signature(secret, now - 290, body), body)
    forged = (
        (secret, signed, body + b" "),
        ("whsec_other", signed, body),
        (secret.removeprefix("whsec_"), signed, body),
        (secret, signature(secret, now - 310, body), body),
        (secret, signature(secret, now + 310, body), body),
        (secret, signed.replace("v1=", "v0="), body),
        (secret, f"{signed},v1={'0' * 64}", body),
        (secret, "", body),
    )
    assert [one for one in forged if is_genuine(*one)] == []
