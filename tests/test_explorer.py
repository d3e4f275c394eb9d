"""Somebody buys in the explorer: the tabs in their order, each fed by the answers before."""

import asyncio
import json
import os
import re
from pathlib import Path
from typing import Any

import httpx2
import pytest
from graphql import FieldNode, OperationDefinitionNode, parse

from resolvers.age import AgeMutation
from resolvers.ar import ArMutation
from resolvers.chat import ChatMutation
from resolvers.checkout import CheckoutMutation
from resolvers.order import OrderMutation
from resolvers.pricing import PricingMutation
from resolvers.stock import StockMutation
from tests.test_browser import TOOLS, Node, browser, live_server_url

__all__ = ["browser", "live_server_url"]

WEB = Path(__file__).resolve().parent.parent / "web" / "src"
EXAMPLES = sorted((WEB / "examples").glob("*.graphql"))
COMMERCE = (
    *(CheckoutMutation, PricingMutation, AgeMutation, OrderMutation),
    *(StockMutation, ArMutation, ChatMutation),
)
STAFF, MINSU = "cus_demo-staff", "cus_demo-minsu"
# What is paid for is shown, and a checkout that became an order is not given up any more.
STEPS = (
    (STAFF, ("IssueGiftCard",)),
    (
        MINSU,
        (
            *("StartCheckout", "UpdateCheckoutLines", "ClaimCheckout", "ExtendReservation"),
            *("SetCheckoutAddress", "SetCheckoutDelivery", "ApplyPromotion", "RemovePromotion"),
            *("AddGiftCard", "RemoveGiftCard", "StartAgeVerification", "CompleteCheckout"),
            *("WatchCheckout", "MyCheckout", "CancelCheckout", "Order"),
        ),
    ),
)
# The order in which somebody would look around, ask, and tell; staff begin, so that there is more.
WORLD = (
    (
        STAFF,
        (
            *("LearnFact", "Facts", "Relate", "RevertFact", "IngestDocument", "Proposals"),
            *("AcceptFact", "Proposals", "RejectFact", "Experiments", "ExperimentResults"),
        ),
    ),
    (
        MINSU,
        (
            *("Search", "Suggestions", "RecordProductView", "Interests", "LorePath", "Related"),
            *("Knowledge", "RateTaste", "TasteRatings", "Recommendations", "TrendingProducts"),
            *("PopularProducts", "SimilarProducts", "StartChat", "SendMessage", "HearReply"),
            *("MyChats", "RenameChat", "ExportChat", "DeleteChat"),
        ),
    ),
)


def tabs() -> dict[str, str]:
    """The field that each tab asks for."""
    found = {}
    for path in EXAMPLES:
        (operation,) = parse(path.read_text(encoding="utf-8")).definitions
        assert isinstance(operation, OperationDefinitionNode)
        assert operation.name
        (field,) = operation.selection_set.selections
        assert isinstance(field, FieldNode)
        assert path.stem.partition("-")[2] == operation.name.value
        found[operation.name.value] = field.name.value
    return found


def test_every_tab_is_in_the_explorer() -> None:
    texts = [path.read_text(encoding="utf-8") for path in (WEB / "explorer").glob("*examples.ts")]
    named = [name for text in texts for name in re.findall(r'\bname: "(\w+)", query: \1Text', text)]
    assert sorted(named) == sorted(tabs())
    for path in EXAMPLES:
        assert any(f'"../examples/{path.name}"' in text for text in texts), path.name


@pytest.mark.parametrize("domain", COMMERCE, ids=lambda one: one.__name__)
def test_every_mutation_of_a_purchase_has_a_tab(domain: Any) -> None:
    fields = [field.python_name for field in domain.__strawberry_definition__.fields]
    assert fields
    wanted = {re.sub(r"_(\w)", lambda found: found[1].upper(), name) for name in fields}
    assert wanted - set(tabs().values()) == set()


def with_fields(steps: Any) -> list[tuple[str, list[tuple[str, str]]]]:
    """The tabs of each who runs them, beside the field that each asks for."""
    fields = tabs()
    return [(who, [(name, fields[name]) for name in names]) for who, names in steps]


async def ran(node: Node, **task: object) -> dict[str, Any]:
    """Run `tests/browser/shop.mjs`; return what it saw."""
    pictures = os.environ.get("BROWSER_PICTURES")
    told = json.dumps({**task, **({"pictures": pictures} if pictures else {})})
    process = await asyncio.create_subprocess_exec(
        *(node.node, "shop.mjs", told), cwd=TOOLS, env=node.env, stdout=asyncio.subprocess.PIPE
    )
    async with asyncio.timeout(180):
        out, _ = await process.communicate()
    return dict(json.loads(out.decode().splitlines()[-1]))


async def test_somebody_buys_in_the_explorer(live_server_url: str, browser: Node) -> None:
    steps = with_fields(STEPS)
    seen = await ran(browser, base=live_server_url, locale="en", steps=steps)
    assert seen["faults"] == [], "\n".join(seen["faults"])
    answers, sent, shown = seen["answers"], seen["sent"], seen["shown"]
    refused = {name: one for name, one in answers.items() if "message" in (one or {})}
    assert [*refused] == ["CancelCheckout"], refused
    cart = answers["StartCheckout"]["id"]
    ours = {name for name, one in sent.items() if "checkoutId" in one.get("input", {})}
    assert {sent[name]["input"]["checkoutId"] for name in ours} == {cart}
    assert len(ours) == 11
    card = answers["AddGiftCard"]["giftCards"][0]
    assert sent["AddGiftCard"]["input"]["code"] == answers["IssueGiftCard"]["cardCode"]
    assert sent["RemoveGiftCard"]["input"]["giftCardId"] == card["id"]
    assert answers["RemoveGiftCard"]["giftCards"] == []
    total = answers["RemoveGiftCard"]["totals"]["total"]["amount"]
    assert sent["CompleteCheckout"]["input"]["expectedTotal"] == total
    paid, order = answers["CompleteCheckout"]["order"], answers["Order"]
    assert paid["status"] == order["status"] == "PAID"
    assert (order["id"], order["number"]) == (paid["id"], paid["number"])
    assert '"status": "COMPLETED"' in shown["WatchCheckout"]
    assert '"status": "PAID"' in shown["Order"]
    assert order["number"] in shown["Order"]
    assert answers["CancelCheckout"]["order"]["id"] == order["id"]


async def test_somebody_looks_around_and_asks_in_the_explorer(
    live_server_url: str, browser: Node
) -> None:
    seen = await ran(browser, base=live_server_url, locale="ko", steps=with_fields(WORLD))
    assert seen["faults"] == [], "\n".join(seen["faults"])
    answers, sent = seen["answers"], seen["sent"]
    assert [name for name, one in answers.items() if "message" in (one or {})] == []
    assert answers["LearnFact"]["id"] in [one["node"]["id"] for one in answers["Facts"]["edges"]]
    assert sent["RevertFact"]["id"] == answers["Relate"]["id"]
    assert answers["RevertFact"]["revertedAt"]
    assert answers["AcceptFact"]["source"].startswith("Mill 2026")
    assert answers["RejectFact"]["status"] == "REJECTED"
    kinds = [edge["node"]["__typename"] for edge in answers["Search"]["edges"]]
    assert "Product" in kinds, "ㅁㄱㄹ finds 막걸리"
    looked = ("Suggestions", "Interests", "Related", "Knowledge", "PopularProducts")
    assert all(answers[name] for name in (*looked, "TrendingProducts", "Experiments"))
    assert answers["LorePath"]["sentence"]
    assert answers["SimilarProducts"]["similar"]
    assert all(one["reason"] for one in answers["Recommendations"]["items"])
    assert len(answers["TasteRatings"]) == 3
    assert sent["SendMessage"]["input"]["chatId"] == answers["StartChat"]["id"]
    assert '"status": "FINISHED"' in seen["shown"]["HearReply"]
    assert answers["MyChats"]["chats"]["edges"][0]["node"]["id"] == answers["StartChat"]["id"]
    assert answers["RenameChat"]["title"] == "열두 도 이야기"
    file = answers["ExportChat"]["url"]
    assert f"/export/chats/{answers['StartChat']['id']}.json" in file
    assert httpx2.get(file).status_code == 404, "the chat is no more"
    assert {one["name"] for one in answers["DeleteChat"]["stores"]} >= {"postgres"}
