"""Items of a request: a quantity is 1 unless told, which the schema has no word for."""

from typing import Any

from core.ids import is_id
from services.acp import AcpError

# Each is looked up; a checkout has fifty lines, and an item may have two names.
MAX_ITEMS = 100


def added_up(body: dict[str, Any]) -> dict[str, Any]:
    """Add up repeated items, each with its quantity. Raises AcpError."""
    items = body.get("line_items", body.get("items"))
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        return body
    wanted: dict[str, dict[str, Any]] = {}
    for at, item in enumerate(items):
        quantity = item.get("quantity", 1)
        if not isinstance(quantity, int) or isinstance(quantity, bool) or quantity < 1:
            where = f"$.line_items[{at}].quantity"
            raise AcpError(400, "invalid", "A quantity is 1 or more.", param=where)
        known = wanted.setdefault(str(item.get("id")), {**item, "quantity": 0})
        known["quantity"] += quantity
    if len(wanted) > MAX_ITEMS:
        told = f"At most {MAX_ITEMS} different items."
        raise AcpError(400, "invalid", told, param="$.line_items")
    rest = {name: value for name, value in body.items() if name != "items"}
    return {**rest, "line_items": list(wanted.values())}


def strict(body: dict[str, Any]) -> dict[str, Any]:
    """Return the body as the schema knows it."""
    items = body.get("line_items")
    if not isinstance(items, list):
        return body
    plain = [
        {name: value for name, value in item.items() if name != "quantity"}
        if isinstance(item, dict)
        else item
        for item in items
    ]
    return {**body, "line_items": plain}


def without_cart(body: dict[str, Any]) -> dict[str, Any]:
    """Return the body as the schema knows it, which has no word for the cart to go on with yet.

    With one the items are the cart's, and none need be told. Raises AcpError.
    """
    if "cart_id" not in body:
        return body
    id = body["cart_id"]
    if not isinstance(id, str) or not is_id(id):
        raise AcpError(404, "not_found", "There is no such cart.", param="$.cart_id")
    rest = {name: value for name, value in body.items() if name != "cart_id"}
    return {**rest, "line_items": [{"id": id}]} if rest.get("line_items") == [] else rest
