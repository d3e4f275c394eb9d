"""Parcels that the carrier tells of: asked for by the relay, pushed by webhook, and by mail."""

import asyncio
import base64
import hashlib
import hmac
import json
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx2
import pytest
from sqlalchemy import select

from gateways.carrier import CarrierHub, CarrierUnavailable, CarrierUnknown
from models.order import Shipment
from services import order
from tests.order.desk import SMALL, Desk
from tests.support.api import TLS, key
from tests.support.serve import Program
from tests.support.shop import Bought, buy

SOON = pytest.mark.env(CARRIER_POLL_SECONDS="0.5")
TOLD = """{ me { notifications(first: 20) { edges { node { kind title body
  subject { ... on Order { number } } } } } } }"""


class Hub:
    """The sandbox's carriers."""

    def __init__(self, desk: Desk) -> None:
        env = desk.world.env
        self.url, self._key = env["CARRIER_URL"], env["CARRIER_API_KEY"]

    async def move(self, number: str, status: str, minutes_ago: int = 0) -> None:
        """Move a parcel."""
        at = (datetime.now(UTC) - timedelta(minutes=minutes_ago)).isoformat()
        await self._post(f"/v1/trackings/cj/{number}", status=status, at=at, place="이천 허브")

    async def fail(self, status: int, times: int) -> None:
        """Have the next answers fail."""
        await self._post("/faults", status=status, times=times)

    async def _post(self, path: str, **told: Any) -> None:
        async with httpx2.AsyncClient(verify=TLS) as http:
            headers = {"Authorization": f"Bearer {self._key}"}
            (await http.post(self.url + path, json=told, headers=headers)).raise_for_status()


async def until(check: Callable[[], Awaitable[Any]], seconds: float = 40) -> Any:
    """Wait until a question has an answer."""
    async with asyncio.timeout(seconds):
        while True:
            if found := await check():
                return found
            await asyncio.sleep(0.1)


async def shipped(desk: Desk, bought: Bought) -> str:
    """Send all of an order in one parcel, and return its tracking number."""
    number = key()[:12].upper()
    sent = await desk.send(bought, 1, trackingNumber=number)
    assert sent["status"] == "SHIPPED", sent
    return number


@SOON
async def test_the_relay_asks_until_a_parcel_is_there(
    desk: Desk, workers: tuple[Program, Program]
) -> None:
    bought, hub = await desk.bought(1), Hub(desk)
    await hub.fail(503, 2)
    number = await shipped(desk, bought)
    await hub.move(number, "in_transit", minutes_ago=5)
    await hub.move(number, "somewhere_new", minutes_ago=4)

    async def sighted() -> bool:
        (parcel,) = (await desk.read(bought.id))["shipments"]
        return len(parcel["events"]) == 2

    await until(sighted)
    await hub.move(number, "delivered")

    async def status() -> bool:
        return (await desk.read(bought.id))["status"] == "DELIVERED"

    await until(status)
    seen = await desk.read(bought.id)
    assert seen["history"][-1]["by"] == "PROVIDER"
    assert [e["status"] for e in seen["shipments"][0]["events"]] == [
        "IN_TRANSIT",
        "IN_TRANSIT",
        "DELIVERED",
    ]
    due = select(Shipment.due_at).where(Shipment.order_id == bought.id)
    assert await desk.scalar(due) is None


async def test_a_carrier_that_nobody_tracks_is_asked_once(
    desk: Desk, workers: tuple[Program, Program]
) -> None:
    bought = await desk.bought(1)
    await desk.send(bought, 1, carrier="pickup")
    due = select(Shipment.due_at).where(Shipment.order_id == bought.id)

    async def given_up() -> bool:
        return await desk.scalar(due) is None

    await until(given_up)
    assert (await desk.read(bought.id))["status"] == "SHIPPED"


async def test_the_gateway_says_what_the_wire_says(desk: Desk) -> None:
    hub, gateway = Hub(desk), CarrierHub(desk.world.settings)
    number = key()[:12].upper()
    assert await gateway.scans("cj", number) == []
    await hub.move(number, "picked_up")
    (scan,) = await gateway.scans("cj", number)
    assert (scan.status, scan.place) == ("picked_up", "이천 허브")
    with pytest.raises(CarrierUnknown):
        await gateway.scans("pigeon", number)
    await hub.fail(500, 1)
    with pytest.raises(CarrierUnavailable):
        await gateway.scans("cj", number)
    nowhere = desk.world.settings.model_copy(update={"carrier_url": "http://127.0.0.1:9"})
    with pytest.raises(CarrierUnavailable):
        await CarrierHub(nowhere).scans("cj", number)
    with pytest.raises(CarrierUnknown):
        await CarrierHub(nowhere.model_copy(update={"carrier_url": None})).scans("cj", number)
    (first, *_) = await gateway.scans("cj", "AUTO-" + number)
    assert first.status == "registered"


def signed(secret: str, id: str, at: int, body: bytes) -> dict[str, str]:
    """The headers of a webhook."""
    key_ = base64.b64decode(secret.removeprefix("whsec_"))
    digest = hmac.digest(key_, f"{id}.{at}.".encode() + body, hashlib.sha256)
    value = f"v1,{base64.b64encode(digest).decode()}"
    return {"webhook-id": id, "webhook-timestamp": str(at), "webhook-signature": value}


async def test_a_signed_webhook_has_a_parcel_looked_for_now(desk: Desk) -> None:
    bought, secret = await desk.bought(1), desk.world.env["CARRIER_WEBHOOK_SECRET"]
    number = await shipped(desk, bought)
    told = {"type": "tracking.updated", "data": {"carrier": "cj", "tracking_number": number}}
    body, now, id = json.dumps(told).encode(), int(time.time()), key()
    good = signed(secret, id, now, body)
    rows = select(Shipment.due_at).where(Shipment.order_id == bought.id)
    before = await desk.scalar(rows)
    async with httpx2.AsyncClient(verify=TLS, base_url=desk.world.url) as http:
        for headers, content in (
            ({}, body),
            (signed("whsec_" + base64.b64encode(b"x" * 24).decode(), id, now, body), body),
            (signed(secret, id, now - 301, body), body),
            (signed(secret, id, now + 600, body), body),
            (good, body + b" "),
            ({**good, "webhook-timestamp": "soon"}, body),
            ({**good, "webhook-signature": "v1,~~~ v2, v1"}, body),
            (signed(secret, id, now, b"[]"), b"[]"),
            (signed(secret, id, now, b"{"), b"{"),
        ):
            answer = await http.post("/webhooks/carrier", content=content, headers=headers)
            assert answer.status_code == 400, answer.text
        big = await http.post("/webhooks/carrier", content=b"x" * 70_000, headers=good)
        assert big.status_code == 413
        assert await desk.scalar(rows) == before
        answers = [
            (await http.post("/webhooks/carrier", content=body, headers=good)).json()
            for _ in range(2)
        ]
    assert answers == [{"received": True}, {"received": True, "duplicate": True}]
    assert await desk.scalar(rows) > before


async def test_customers_are_told_in_the_app_and_by_mail(
    desk: Desk, workers: tuple[Program, Program]
) -> None:
    bought = await desk.arrived(1)
    await desk.refund(bought, goodwill=500)
    canceled = await desk.bought(1)
    await desk.cancel(canceled)
    edges = (await desk.customer.one(TOLD))["notifications"]["edges"]
    told = {edge["node"]["kind"]: edge["node"] for edge in edges}
    kinds = ("PAID", "SHIPPED", "DELIVERED", "REFUNDED", "CANCELED")
    assert set(told) == {f"ORDER_{kind}" for kind in kinds}
    assert "₩500" in told["ORDER_REFUNDED"]["body"]
    assert told["ORDER_DELIVERED"]["subject"]["number"] == bought.number
    guest = f"{key()}@example.com"
    own = await buy(desk.host, None, {SMALL: 1}, email=guest)
    mail = desk.world.env["MAIL_URL"]

    async def mailed(text: str, to: str) -> list[dict[str, str]]:
        async with httpx2.AsyncClient(verify=TLS) as http:
            messages = (await http.get(mail)).json()["messages"]
        found = [one["message"] for one in messages if one["message"]["to"] == to]
        return [one for one in found if text in one["text"]]

    (thanks,) = await until(lambda: mailed(own.number, guest))
    assert "결제가 끝났어요" in thanks["text"]
    for words in ("모두 도착했어요", "₩500"):

        async def found(words: str = words) -> bool:
            sent = await mailed(words, "demo-minsu@example.com")
            return any(bought.number in one["text"] for one in sent)

        await until(found)
    assert order.new_number() != bought.number
