"""The shopper whose agent speaks the Agentic Commerce Protocol."""

from typing import Any

import httpx2

from tests.acp.agent import SEOUL, Agent, amount
from tests.agents import shopper
from tests.agents.shopper import Seen, new_key

STATUS = {
    "not_ready_for_payment": shopper.OPEN,
    "requires_escalation": shopper.BUYER,
    "ready_for_payment": shopper.READY,
    "completed": shopper.DONE,
    "canceled": shopper.CANCELED,
}


class AcpShopper:
    """Wraps the agent of ACP's own tests, which judges every answer by the schema."""

    def __init__(self, agent: Agent) -> None:
        self.agent = agent

    async def create(
        self, units: dict[str, int], *, placed: bool = False, key: str | None = None
    ) -> Seen:
        """Begin a session."""
        body = {"line_items": _items(units), "currency": "krw", "capabilities": {}}
        told = {"fulfillment_details": SEOUL} if placed else {}
        return _seen(await self.agent.post("/checkout_sessions", body | told, key))

    async def choose(self, seen: Seen, option: str) -> Seen:
        """Choose how it travels."""
        chosen = {"type": "shipping", "option_id": option, "item_ids": []}
        return await self._change(seen, selected_fulfillment_options=[chosen])

    async def refill(self, seen: Seen, units: dict[str, int]) -> Seen:
        """Have these items and no others."""
        return await self._change(seen, line_items=_items(units))

    async def get(self, id: str) -> Seen:
        """Look at a session."""
        return _seen(await self.agent.get(f"/checkout_sessions/{id}"))

    async def pay(self, id: str, token: str, key: str | None = None) -> Seen:
        """Complete a session."""
        return _seen(await self.agent.pay({"id": id}, token, key))

    async def cancel(self, id: str, key: str | None = None) -> Seen:
        """End a session."""
        return _seen(await self.agent.post(f"/checkout_sessions/{id}/cancel", {}, key))

    async def _change(self, seen: Seen, **body: Any) -> Seen:
        return _seen(await self.agent.post(f"/checkout_sessions/{seen.id}", body, new_key()))


def _items(units: dict[str, int]) -> list[dict[str, Any]]:
    return [{"id": id, "quantity": quantity} for id, quantity in units.items()]


def _seen(answer: httpx2.Response) -> Seen:
    body = answer.json()
    if answer.status_code >= 400:
        statuses = {404: shopper.ABSENT, 405: shopper.CLOSED, 422: shopper.CONFLICT}
        status = statuses.get(answer.status_code, shopper.REFUSED)
        again = shopper.replayed(answer)
        return Seen(status, codes=frozenset({body["code"]}), replayed=again, raw=body)
    return Seen(
        status=STATUS.get(body["status"], body["status"]),
        id=body["id"],
        total=amount(body),
        codes=frozenset(one["code"] for one in body["messages"] if "code" in one),
        order_id=body["order"]["id"] if "order" in body else None,
        options=tuple(one["id"] for one in body["fulfillment_options"]),
        prices={one["item"]["id"]: one["unit_amount"] for one in body["line_items"]},
        continue_url=body.get("continue_url", ""),
        replayed=shopper.replayed(answer),
        raw=body,
    )
