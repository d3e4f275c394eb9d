"""Row R3, for what there is: nothing is shown as fit for whom a rule forbids it."""

from itertools import combinations
from typing import Any

from sqlalchemy import select, update

from models.catalogue import (
    BundlePart,
    Channel,
    Product,
    ProductIngredient,
    Stock,
    Variant,
)
from models.world import Ingredient
from services.catalogue.vocabulary import ALLERGENS
from tests.catalogue.door import Door, refused, told
from tests.catalogue.rows import change

LIST = """query ($filter: ProductFilter) { products(first: 100, filter: $filter) { edges { node {
  id allergens { code } variants { id available } recipes { id } } } } }"""
WAYS = """query ($region: String, $code: String) {
  deliveryOptions(region: $region, postalCode: $code) { id adultSignature } }"""
AR = """query ($id: ID!) { arExperience(productId: $id) { unlocked unlockedUntil
  animations { __typename } } }"""


async def inside(door: Door) -> dict[str, set[str]]:
    """The allergens of each product: its own, its ingredients', and those of a bundle's parts."""
    async with door.db.read() as session:
        rows = await session.execute(select(Product.id, Product.allergen_codes))
        found = {id: set(codes) for id, codes in rows}
        made = select(ProductIngredient.product_id, Ingredient.allergen_codes)
        joined = made.join(Ingredient, Ingredient.id == ProductIngredient.ingredient_id)
        for id, codes in await session.execute(joined):
            found[id] |= set(codes)
        bundle = select(Variant.id, Variant.product_id).subquery()
        parts = (
            select(bundle.c.product_id, Variant.product_id)
            .select_from(BundlePart)
            .join(bundle, bundle.c.id == BundlePart.bundle_id)
            .join(Variant, Variant.id == BundlePart.part_id)
        )
        for whole, part in (await session.execute(parts)).all():
            found[whole] |= found[part]
    return found


async def listed(door: Door, channel: str = "kr", **filter: Any) -> dict[str, Any]:
    edges = (await told(door, LIST, channel=channel, filter=filter))["products"]["edges"]
    return {edge["node"]["id"]: edge["node"] for edge in edges}


async def test_what_somebody_cannot_eat_is_never_listed_for_them(door: Door) -> None:
    await change(door, update(Ingredient).values(allergen_codes=[]))
    await change(door, update(Product).values(allergen_codes=[]))
    own = {
        "nerd6-daily": ["milk"],
        "nerd7-yuja": ["honey"],
        "nerd8-chestnut": ["tree-nut"],
        # The loader refuses a bundle that does not name what is in its parts.
        "nerd-trio": ["milk", "wheat"],
    }
    for id, codes in own.items():
        await change(door, update(Product).where(Product.id == id).values(allergen_codes=codes))
    wheat = update(Ingredient).where(Ingredient.id == "traditional-nuruk")
    await change(door, wheat.values(allergen_codes=["wheat"]))
    known = await inside(door)
    some = ["milk", "honey", "tree-nut", "wheat", "soy"]
    for n in range(len(some) + 1):
        for without in combinations(some, n):
            shown = set(await listed(door, withoutAllergens=list(without)))
            assert shown == {id for id, held in known.items() if not held & set(without)}, without
    assert await listed(door, withoutAllergens=list(ALLERGENS)) == await listed(
        door, withoutAllergens=some
    )
    for slip in ("밀", "Wheat", "nuts", ""):
        query = {"filter": {"withoutAllergens": ["wheat", slip]}}
        assert await refused(door, LIST, **query) == ["BAD_USER_INPUT"], slip


async def test_what_is_listed_says_all_that_is_in_it(door: Door) -> None:
    known = await inside(door)
    for id, node in (await listed(door)).items():
        assert {one["code"] for one in node["allergens"]} == known[id]


async def test_what_is_not_sold_somewhere_is_not_for_sale_there(door: Door) -> None:
    only_kr = update(Product).where(Product.id == "nerd7-yuja").values(channels=["kr"])
    await change(door, only_kr)
    gone = update(Stock).where(Stock.id.startswith("nerd8-")).values(on_hand=0)
    await change(door, gone)
    await change(door, update(Product).where(Product.id == "nerd10-pine").values(active=False))
    async with door.db.read() as session:
        channels = list(await session.scalars(select(Channel.id)))
    for channel in channels:
        buyable = await listed(door, channel, available=True)
        assert buyable, channel
        assert not {"nerd8-chestnut", "nerd10-pine"} & set(buyable), channel
        assert ("nerd7-yuja" in buyable) == (channel == "kr"), channel
        everything = await listed(door, channel)
        assert "nerd10-pine" not in everything
        assert everything["nerd7-yuja"]["variants"] == [] or channel == "kr"
        shown = [one for node in everything.values() for one in node["variants"]]
        sold = {one["id"] for node in buyable.values() for one in node["variants"]}
        assert all(one["id"] in sold or not one["available"] for one in shown)


async def test_there_is_no_way_to_where_nothing_may_be_sent(door: Door) -> None:
    async with door.db.read() as session:
        channel = await session.get_one(Channel, "us")
    assert channel.blocked_regions
    for name, code in (("Utah", "84101"), ("UT", None), (None, "39201"), ("Alabama", "94111")):
        found = await told(door, WAYS, channel="us", region=name, code=code)
        assert found["deliveryOptions"] == [], (name, code)
    found = (await told(door, WAYS, channel="us", region="CA", code="94111"))["deliveryOptions"]
    assert found
    assert all(option["adultSignature"] for option in found)


async def test_no_label_shows_anything_to_somebody_of_unknown_age(door: Door) -> None:
    for id in await listed(door):
        shown = (await told(door, AR, id=id))["arExperience"]
        assert shown in (None, {"unlocked": False, "unlockedUntil": None, "animations": []}), id
