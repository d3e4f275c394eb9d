"""Turns of a round as rows keep them, and as the model reads them."""

from typing import Any

from gateways.llm import Called, Item, ToolCall, ToolResult, Turn


def used(called: Called, output: str) -> list[dict[str, Any]]:
    """Return the turns of a tool that was called and what it gave back."""
    asked = {"id": called.call_id, "name": called.name, "arguments": called.arguments}
    return [{"type": "call", **asked}, {"type": "result", "id": called.call_id, "output": output}]


def item_of(turn: dict[str, Any]) -> Item:
    """Return a turn for the model."""
    if turn["type"] == "said":
        return Turn("assistant", turn["text"])
    if turn["type"] == "call":
        return ToolCall(turn["id"], turn["name"], turn["arguments"])
    return ToolResult(turn["id"], turn["output"])


def words_of(item: Item) -> str:
    """Return what the model reads of an item."""
    if isinstance(item, Turn):
        return item.text
    return item.arguments if isinstance(item, ToolCall) else item.output
