"""The catalogue's `chat_eval` and more of its kind, through the door, with the local model."""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from app import App
from tests.chat.conftest import Heard, Talk, talk
from tests.support.api import Api
from tests.support.shop import SMALL, buy

IN_THE_CART = {
    "ko": "너드12 시그니처 한 병 담아 주세요",
    "en": "Please add one bottle of NERD12 Signature",
}
CARTS = """query ($id: ID!) { chat(id: $id) { messages(first: 20) { edges { node { parts {
  __typename ... on OrderCard { checkout { promotions { code } } } } } } } } }"""
CASES = json.loads((Path(__file__).parents[2] / "data/catalogue.json").read_text())["chat_eval"]
MORE = json.loads((Path(__file__).parent / "eval.json").read_text())


def fault(case: dict[str, Any], heard: Heard) -> str | None:
    """Return what is wrong with the reply to a case."""
    message = heard.message
    tools = {event["tool"]: event["succeeded"] for event in heard.of("ToolEnded")}
    cards = {
        part["product"]["id"] for part in message["parts"] if part["__typename"] == "ProductCard"
    }
    if guard := case.get("guard"):
        return None if (message["status"], message["reason"]) == ("BLOCKED", guard) else "no guard"
    if message["status"] != "FINISHED":
        return f"{message['status']} {message['reason']}"
    if missing := set(case.get("must_cite", ())) - heard.cited:
        return f"cites {sorted(heard.cited)}, not {sorted(missing)}"
    if any(word in heard.text for word in [*case.get("must_not", ())]):
        return "says what it must not"
    if lacking := [fact for fact in case.get("facts", ()) if fact not in heard.text]:
        return f"does not say {lacking}"
    if (wanted := case.get("recommend_any")) and not (cards | heard.cited) & set(wanted):
        return f"suggests {sorted(cards | heard.cited)}"
    if case.get("needs_reason") and not all(_reasons(message)):
        return "suggests without a reason"
    handed = [event["handoff"]["to"]["id"] for event in heard.of("HandedOff")]
    if case.get("handoff") and handed != [case["handoff"]]:
        return f"hands over to {handed}"
    if case.get("tool") and not tools.get(case["tool"]):
        return f"calls {tools}"
    return _of_args(case, message)


def _reasons(message: dict[str, Any]) -> list[str | None]:
    cards = [part for part in message["parts"] if part["__typename"] == "ProductCard"]
    return [card["reason"] for card in cards] or [None]


def _of_args(case: dict[str, Any], message: dict[str, Any]) -> str | None:
    wanted = case.get("args", {})
    if "quantity" not in wanted:
        return None
    cards = [part for part in message["parts"] if part["__typename"] == "OrderCard"]
    if not cards:
        return "no card"
    (line,) = cards[0]["checkout"]["lines"]
    fits = line["quantity"] == wanted["quantity"] and line["variant"]["id"].startswith(
        wanted["product"]
    )
    return None if fits else f"puts {line} into the cart"


KINDS = ("guard", "handoff", "tool", "recommend_any", "must_cite", "facts", "must_not")


def report(cases: list[dict[str, Any]], faults: Mapping[str, str]) -> str:
    """Return how many cases of each kind and language passed, and which did not."""
    told: dict[tuple[str, str, str], list[bool]] = {}
    for case in cases:
        kind = next((kind for kind in KINDS if case.get(kind)), "other")
        told.setdefault((case["agent"], kind, case["locale"]), []).append(case["id"] not in faults)
    lines = [f"chat eval: {len(cases) - len(faults)} of {len(cases)}"]
    for (agent, kind, locale), passed in sorted(told.items()):
        lines.append(f"  {agent:16} {kind:14} {locale}  {sum(passed):3} of {len(passed)}")
    return "\n".join([*lines, *(f"  {id}: {fault}" for id, fault in faults.items())])


async def used(chat: Talk) -> list[str]:
    """Return the codes that the cart of the chat's last card uses."""
    parts = [part for message in await messages(chat) for part in message["parts"]]
    cards = [part["checkout"] for part in parts if part["__typename"] == "OrderCard"]
    return [one["code"] for one in cards[-1]["promotions"]] if cards else []


async def messages(chat: Talk) -> list[dict[str, Any]]:
    """Return the chat's messages with the carts of their cards."""
    found = await chat.api.one(CARTS, id=chat.id)
    return [edge["node"] for edge in found["messages"]["edges"]]


def cases() -> list[dict[str, Any]]:
    """Return the catalogue's cases, ours, and those of the file that CHAT_EVAL names."""
    elsewhere = os.environ.get("CHAT_EVAL")
    given = json.loads(Path(elsewhere).read_text()) if elsewhere else []
    return [*CASES, *MORE, *(given.get("chat_eval", []) if isinstance(given, dict) else given)]


@pytest.mark.usefixtures("told")
@pytest.mark.parametrize("engine", ["arcadedb"], indirect=True)
async def test_every_case_of_the_catalogue_and_more(
    minsu: Api, workers: object, app: App, capsys: pytest.CaptureFixture[str]
) -> None:
    faults: dict[str, str] = {}
    asked = cases()
    # There is an order to ask after.
    await buy(app, minsu.customer_id, {SMALL: 1})
    for case in asked:
        chat = await talk(minsu, case["agent"], case["locale"])
        if code := case.get("args", {}).get("code"):
            await chat.ask(IN_THE_CART[case["locale"]])
        heard = await chat.ask(case["user"])
        wrong = fault(case, heard)
        if not wrong and code and await used(chat) != [code]:
            wrong = "the code is not used"
        if wrong:
            faults[case["id"]] = f"{case['user']!r}: {wrong}; said {heard.text!r}"
        if case.get("must") == "confirm_total_first":
            assert not heard.of("ReplyBlocked")
            orders = "{ me { orders(first: 1) { totalCount } } }"
            assert (await minsu.one(orders))["orders"]["totalCount"] == 1
    told = report(asked, faults)
    with capsys.disabled():
        print(f"\n{told}")
    assert not faults, told


def test_the_report_names_what_failed() -> None:
    """A kind in a language for each line, then the faults."""
    given = [{"id": f"x-{n}", "agent": "a", "locale": "ko", "tool": "t"} for n in range(3)]
    told = report(given, {"x-1": "'왜': says nothing"})
    assert told.splitlines()[0] == "chat eval: 2 of 3"
    assert "2 of 3" in told.splitlines()[1]
    assert told.splitlines()[-1] == "  x-1: '왜': says nothing"
