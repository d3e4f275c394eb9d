"""The examples of docs/checkout.md, as a newcomer sends them: in order, each fed by the answers."""

from typing import Any

from graphql import OperationDefinitionNode, parse

from tests.support.api import Api
from tests.test_docs import DOCS, blocks


def values(answer: Any, name: str) -> list[Any]:
    """Every value with this name, wherever in an answer, the first in the order of the text."""
    if isinstance(answer, list):
        return [value for one in answer for value in values(one, name)]
    if not isinstance(answer, dict):
        return []
    inner = [value for one in answer.values() for value in values(one, name)]
    return [answer[name], *inner] if name in answer else inner


async def test_the_examples_buy_two_bottles(minsu: Api) -> None:
    known: dict[str, Any] = {}
    seen: dict[str, Any] = {}
    for text in blocks(DOCS / "checkout.md", "graphql"):
        (operation,) = parse(text).definitions
        assert isinstance(operation, OperationDefinitionNode)
        assert operation.name
        asked = [one.variable.name.value for one in operation.variable_definitions or ()]
        answer = await minsu.one(text, **{name: known[name] for name in asked})
        assert "code" not in answer, (operation.name.value, answer)
        seen[operation.name.value] = answer
        known.setdefault("checkoutId", answer.get("id"))
        if ways := values(answer, "deliveryOptions"):
            known["deliveryOptionId"] = ways[0][0]["id"]
        if totals := values(answer, "totals"):
            known["expectedTotal"] = totals[0]["total"].get("amount")
    assert [*seen] == [
        "StartCheckout",
        *("SetCheckoutAddress", "SetCheckoutDelivery"),
        *("ApplyPromotion", "CompleteCheckout", "Bought"),
    ]
    assert seen["SetCheckoutDelivery"]["status"] == "READY"
    assert seen["ApplyPromotion"]["totals"]["total"]["formatted"] == "₩35,900"
    paid = seen["CompleteCheckout"]
    assert paid["__typename"] == "CheckoutCompletion"
    assert paid["order"]["status"] == "PAID"
    assert paid["order"]["totals"]["total"]["formatted"] == "₩35,900"
    bought = seen["Bought"]
    assert (bought["status"], bought["order"]["number"]) == ("COMPLETED", paid["order"]["number"])
    assert bought["order"]["lines"][0]["quantity"] == 2
