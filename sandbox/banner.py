"""What `nerdx dev` prints: progress, and one block with everything a newcomer needs."""

import http.client
import json
import sys
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import TypedDict

from sandbox.agents import PROFILE
from sandbox.stack import Stack


class Persona(TypedDict):
    """One who may sign in to the sandbox, as the explorer's configuration tells."""

    name: str
    email: str
    password: str


class GiftCard(TypedDict):
    """A gift card to try in the sandbox."""

    code: str
    balance: str


class Told(TypedDict):
    """What the explorer's configuration tells of the sandbox."""

    personas: list[Persona]
    giftCards: list[GiftCard]
    agentToken: str | None


NOTHING: Told = {"personas": [], "giftCards": [], "agentToken": None}


def say(line: str) -> None:
    """Print one line of progress; a terminal that is gone is no reason to stop."""
    with suppress(OSError):
        sys.stdout.write(line + "\n")
        sys.stdout.flush()


def addresses(url: str, stack: Stack) -> dict[str, str]:
    """The addresses that people open."""
    found = {
        "Explorer": f"{url}/explorer",
        "Talk": f"{url}/talk",
        "Watch page": f"{url}/watch/<cameo id>",
        "Checkout": f"{url}/checkout/<checkout id>",
        "AR page": f"{url}/ar/unlock",
        "GraphQL": f"{url}/graphql",
        "ACP": f"{url}/acp/checkout_sessions",
        "UCP": f"{url}/ucp/checkout-sessions",
    }
    if "mail" in stack.servers:
        found["Mail outbox"] = stack.mail.url
    if "carriers" in stack.servers:
        found["Parcels"] = stack.carriers.url
    if "agents" in stack.servers:
        found["Order events"] = stack.agents.url
        found["UCP profile"] = stack.agents.url.rstrip("/") + PROFILE
    if "feeds" in stack.servers:
        found["Feeds"] = stack.feeds.url
    return found


def block(seconds: float, found: Mapping[str, str], known: Told, logs: Path) -> str:
    """The block that ends the start."""
    lines = ["", f"NERDX is ready after {seconds:.1f} s · 준비되었습니다", ""]
    lines += [f"  {name:<13}{value}" for name, value in found.items()]
    for number, person in enumerate(known["personas"]):
        label = "Sign in as" if number == 0 else ""
        lines.append(f"  {label:<13}{person['email']}  {person['password']}  ({person['name']})")
    for number, card in enumerate(known["giftCards"]):
        label = "Gift cards" if number == 0 else ""
        lines.append(f"  {label:<13}{card['code']}  ({card['balance']})")
    if known["agentToken"]:
        lines.append(f"  {'Agents':<13}Bearer {known['agentToken']}")
    lines += [f"  {'Logs':<13}{logs}/", "", "Ctrl-C stops everything; what you made is kept.", ""]
    return "\n".join(lines)


def told(port: int) -> Told:
    """Who may sign in and pay with what, asked of the running API; nothing when it is silent."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/explorer/config.json")
        answer = connection.getresponse()
        found: Told = json.load(answer) if answer.status == 200 else NOTHING
    except (OSError, http.client.HTTPException, ValueError):
        return NOTHING
    finally:
        connection.close()
    return found


def running(holder: str) -> str:
    """What a second start says, from what the first wrote into its lock."""
    try:
        first = json.loads(holder)
    except ValueError:
        return "NERDX is already starting here; wait for it, or stop it first."
    lines = [f"NERDX is already running here: process {first['pid']}, since {first['since']}."]
    lines += [f"  {name:<13}{value}" for name, value in first["addresses"].items()]
    return "\n".join([*lines, f"Stop it with Ctrl-C in its terminal, or `kill {first['pid']}`."])
