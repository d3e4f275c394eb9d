"""Codes, devices and links of somebody else: as if they were not there."""

from typing import Any

import pytest
from sqlalchemy import select

from models.ar import ArDevice
from tests.ar.bar import CODES, EXPERIENCE, MANIFEST, MINI, Bar
from tests.support.api import Api, Refused, person

NODES = "query ($ids: [ID!]!) { nodes(ids: $ids) { __typename id } }"
BOUGHT = "query ($id: ID!) { order(id: $id) { id unlockCodes { id code qrSvgUrl } } }"
BY_NUMBER = """query ($number: String!, $email: String!) {
  orderByNumber(number: $number, email: $email) { id unlockCodes { code } } }"""
MINE = "{ me { orders { edges { node { unlockCodes { code } } } } } }"


async def test_codes_and_devices_of_others_are_not_there(bar: Bar, hana: Api) -> None:
    bought = await bar.bought({MINI: 1})
    (code,) = await bar.codes(bought)
    opened = await bar.unlock(code["code"])
    async with bar.host.db.read() as session:
        (device,) = await session.scalars(select(ArDevice.id))
    assert device == opened["id"]
    ids = [code["id"], device]
    found = await bar.customer.one(NODES, ids=ids)
    kinds = ["UnlockCode", "ArUnlock"]
    assert found == [{"__typename": k, "id": id} for k, id in zip(kinds, ids, strict=True)]
    async with person(bar.world.url) as stranger:
        for api in (hana, bar.staff, stranger):
            assert await api.one(NODES, ids=ids) == [None, None]
        with pytest.raises(Refused):
            await stranger.one(CODES, id=bought.id)
        for api in (hana, stranger):
            seen = await bar.seen(api)
            assert (seen["unlocked"], seen["animations"]) == (False, [])
            assert "/ar/assets/" not in str(seen)
    assert await hana.one(BOUGHT, id=bought.id) is None


async def test_staff_see_orders_but_no_codes(bar: Bar) -> None:
    bought = await bar.bought({MINI: 1})
    assert await bar.staff.one(BOUGHT, id=bought.id) == {"id": bought.id, "unlockCodes": []}
    listed = "{ orders { edges { node { unlockCodes { code } } } } }"
    edges = (await bar.staff.one(listed))["edges"]
    assert [edge["node"]["unlockCodes"] for edge in edges] == [[]] * len(edges)
    assert edges


async def test_a_number_and_an_address_show_no_codes_of_an_account(bar: Bar, hana: Api) -> None:
    bought = await bar.bought({MINI: 1})
    asked = {"number": bought.number, "email": "buyer@example.com"}
    async with person(bar.world.url) as stranger:
        for api in (stranger, hana):
            assert await api.one(BY_NUMBER, **asked) == {"id": bought.id, "unlockCodes": []}
    assert len((await bar.customer.one(BY_NUMBER, **asked))["unlockCodes"]) == 1


async def test_codes_are_seen_in_ones_own_list(bar: Bar, hana: Api) -> None:
    code = await bar.code()
    found: dict[str, Any] = await bar.customer.one(MINE)
    assert [edge["node"] for edge in found["orders"]["edges"]] == [
        {"unlockCodes": [{"code": code}]}
    ]
    assert (await hana.one(MINE))["orders"]["edges"] == []


async def test_manifests_are_for_those_who_entered(bar: Bar, hana: Api) -> None:
    await bar.unlock(await bar.code())
    own = await bar.customer.one(MANIFEST, id=EXPERIENCE, engine="ARKIT")
    assert own["__typename"] == "ArManifest"
    for api in (hana, bar.staff):
        answer = await api.one(MANIFEST, id=EXPERIENCE, engine="ARKIT")
        assert answer["code"] == "AR_LOCKED"
    async with person(bar.world.url) as stranger:
        with pytest.raises(Refused) as refused:
            await stranger.one(MANIFEST, id=EXPERIENCE, engine="ARKIT")
    assert refused.value.code == "UNAUTHENTICATED"
