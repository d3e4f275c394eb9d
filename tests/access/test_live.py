"""Row 30: subscriptions to what somebody else has."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any, cast

from tests.access.crowd import Crowd, absent
from tests.access.ways import SCHEMA
from tests.support.api import Api, Refused
from tests.support.socket import socket

FOLLOWED = {
    "portraitChanged": "Portrait",
    "cameoChanged": "CameoJob",
    "checkoutChanged": "Checkout",
    "orderChanged": "Order",
    "chatChanged": "Chat",
}
# A log, not a state: nothing is told of a reply before its first word.
LOGGED = {"chatReply": "ChatMessage"}
NEWS = "subscription ($after: ID) { notifications(after: $after) { id } }"
LOW = "subscription { stockLow { id } }"
SHUT = {"NOT_FOUND", "UNAUTHENTICATED"}


def follow(name: str) -> str:
    shown = "__typename id" if name in FOLLOWED else "__typename"
    return f"subscription ($id: ID!) {{ {name}(id: $id) {{ {shown} }} }}"


def test_every_subscription_has_a_case() -> None:
    assert SCHEMA.subscription_type
    assert set(SCHEMA.subscription_type.fields) == {*FOLLOWED, *LOGGED, "notifications", "stockLow"}


type Events = AsyncGenerator[dict[str, Any]]


def followed(api: Api, query: str, **variables: Any) -> aclosing[Events]:
    """A subscription that ends with its block."""
    return aclosing(cast("Events", api.follow(query, **variables)))


async def refused(api: Api, query: str, **variables: Any) -> str:
    """The code with which a subscription ends before it showed anything."""
    async with asyncio.timeout(20), followed(api, query, **variables) as events:
        try:
            async for event in events:
                raise AssertionError(event)
        except Refused as fault:
            return fault.code
    raise AssertionError("it ended without a word")


async def test_nobody_follows_what_is_not_theirs(crowd: Crowd) -> None:
    own = await crowd.own()
    unknown = absent(own)
    for name, kind in {**FOLLOWED, **LOGGED}.items():
        watched = followed(crowd.owner, follow(name), id=own[kind])
        if name in FOLLOWED:
            async with asyncio.timeout(20), watched as events:
                assert (await anext(events))[name] == {"__typename": kind, "id": own[kind]}
        for who, api in crowd.others.items():
            codes = [await refused(api, follow(name), id=ids[kind]) for ids in (own, unknown)]
            assert codes[0] == codes[1], f"{who}: {name}"
            assert codes[0] in SHUT, f"{who}: {name}"


async def test_nobody_follows_them_on_a_socket_either(crowd: Crowd) -> None:
    own = await crowd.own()
    unknown, asked = absent(own), {**FOLLOWED, **LOGGED}
    async with socket(crowd.others["another customer"]) as wire:
        for name, kind in asked.items():
            for ids in (own, unknown):
                await wire.subscribe(f"{name}-{ids[kind]}", follow(name), id=ids[kind])
        answers: dict[str, Any] = {}
        async with asyncio.timeout(20):
            while len(answers) < 2 * len(asked):
                message = await wire.receive()
                if message["type"] in ("next", "error"):
                    answers[message["id"]] = message["payload"]
    for name, answer in answers.items():
        (fault,) = answer if isinstance(answer, list) else answer["errors"]
        assert fault["extensions"]["code"] == "NOT_FOUND", name
        assert "data" not in answer or not answer["data"], name


async def test_news_is_for_one(crowd: Crowd) -> None:
    theirs, hana = await crowd.told(crowd.owner), crowd.others["another customer"]
    codes = [await refused(hana, NEWS, after=id) for id in (theirs, "ntf_absent")]
    assert codes == ["BAD_USER_INPUT"] * 2
    first = await crowd.told(hana)
    async with asyncio.timeout(20), followed(hana, NEWS, after=first) as events:
        for _ in range(3):
            await crowd.told(crowd.owner)
            mine = await crowd.told(hana)
            assert await anext(events) == {"notifications": {"id": mine}}
    for who, api in crowd.others.items():
        assert await refused(api, LOW) in ("FORBIDDEN", "UNAUTHENTICATED"), who
