"""Lists of products, through the door: filters, orders, pages, availability."""

from typing import Any

import pytest
from sqlalchemy import update

from core.pages import encode_cursor
from models.catalogue import (
    Product,
    Stock,
)
from tests.catalogue.door import REFUSALS, Door, ask, refused, told, trips
from tests.catalogue.rows import (
    LIST,
    NEWEST,
    add_product,
    change,
    ids,
)


@pytest.mark.parametrize(
    ("filter", "expected"),
    [
        ({"category": ["Yakju", "Set"]}, {"nerd15-clear", "nerd-trio"}),
        ({"abv": {"min": 14}}, {"nerd14-samyang", "nerd15-clear"}),
        ({"abv": {"min": 5, "max": 6}}, {"nerd5-sparkle", "nerd6-daily"}),
        ({"price": {"max": 3000}}, {"nerd6-daily"}),
        ({"tags": ["heritage", "picnic"]}, {"nerd12-signature", "nerd5-sparkle"}),
        ({"ingredients": ["jirisan-honey"]}, {"nerd7-yuja"}),
        ({"ingredients": ["goheung-yuja", "naju-pear"]}, set()),
        ({"withoutAllergens": ["wheat"]}, set()),
        ({"text": "유자"}, {"nerd7-yuja"}),
        ({"text": "OMIJA"}, {"nerd11-omija"}),
        ({"text": "Jirisan Honey"}, {"nerd7-yuja"}),
        ({"text": "100%"}, set()),
        ({"text": "n_rd"}, set()),
        ({"text": "\\"}, set()),
        ({"category": []}, set()),
        ({"tags": []}, set()),
        ({"available": False}, set()),
    ],
)
async def test_filters(door: Door, filter: dict[str, Any], expected: set[str]) -> None:
    assert set(await ids(door, filter)) == expected


async def test_allergens_of_an_ingredient_count(door: Door) -> None:
    safe = set(await ids(door, {"withoutAllergens": ["honey"]}))
    assert "nerd7-yuja" not in safe
    assert len(safe) == 11
    codes = update(Product).where(Product.id == "nerd7-yuja").values(allergen_codes=["wheat"])
    await change(door, codes)
    assert "nerd7-yuja" not in await ids(door, {"withoutAllergens": ["honey"]})
    assert await refused(
        door, LIST, filter={"withoutAllergens": ["honey", "hony"]}, sort=NEWEST
    ) == ["BAD_USER_INPUT"]


async def test_price_filter_and_sort_are_in_the_channels_money(door: Door) -> None:
    cheap = {"price": {"min": 1000, "max": 1200}}
    assert "nerd6-daily" in await ids(door, cheap, channel="us")
    assert "nerd6-daily" not in await ids(door, cheap, channel="kr")
    dearest = {"field": "PRICE", "direction": "DESC"}
    assert (await ids(door, sort=dearest))[0] == "nerd15-clear"


@pytest.mark.parametrize("direction", ["ASC", "DESC"])
@pytest.mark.parametrize("field", ["RELEASED", "NAME", "PRICE", "ABV"])
async def test_pages_hold_everything_once_in_order(door: Door, field: str, direction: str) -> None:
    await add_product(door, "zz-unreleased")
    await add_product(door, "aa-unsold", channels=[])
    sort = {"field": field, "direction": direction}
    whole = await ids(door, sort=sort)
    assert len(whole) == len(set(whole)) == 14
    if field in ("RELEASED", "PRICE"):
        assert whole[-1] == ("zz-unreleased" if field == "RELEASED" else "aa-unsold")
    paged: list[str] = []
    after = None
    while True:
        found = (await told(door, LIST, first=3, after=after, sort=sort))["products"]
        paged += [edge["node"]["id"] for edge in found["edges"]]
        info = found["pageInfo"]
        assert info["hasPreviousPage"] is (after is not None)
        assert info["startCursor"] == found["edges"][0]["cursor"]
        after = info["endCursor"]
        if not info["hasNextPage"]:
            break
    assert paged == whole


async def test_a_cursor_stays_in_place_while_others_are_added(door: Door) -> None:
    sort = {"field": "ABV", "direction": "ASC"}
    first = (await told(door, LIST, first=4, sort=sort))["products"]
    seen = [edge["node"]["id"] for edge in first["edges"]]
    await add_product(door, "aa-weak", abv=1.0)
    await add_product(door, "zz-strong", abv=40.0)
    after = first["pageInfo"]["endCursor"]
    rest = (await told(door, LIST, first=100, after=after, sort=sort))["products"]["edges"]
    later = [edge["node"]["id"] for edge in rest]
    assert not set(seen) & set(later)
    assert later[-1] == "zz-strong"
    assert "aa-weak" not in later


@pytest.mark.parametrize(
    "after",
    [
        "nonsense",
        "",
        "!!!",
        encode_cursor("released.desc.", "2024-01-01"),
        encode_cursor("released.desc.", "2024-13-01", "x"),
        encode_cursor("released.desc.", 5, "x"),
        encode_cursor("released.desc.", {"a": 1}, "x"),
        encode_cursor("released.desc.", "2024-01-01", None),
        encode_cursor("released.desc.", "2024-01-01", "a\0"),
        encode_cursor("abv.asc.", 5.0, "x"),
        encode_cursor("price.desc.us", 5, "x"),
        "x" * 100_000,
    ],
)
async def test_a_cursor_that_is_not_ours_is_refused(door: Door, after: str) -> None:
    assert await refused(door, LIST, after=after, sort=NEWEST) == ["BAD_USER_INPUT"]


@pytest.mark.parametrize(
    "variables",
    [
        {"first": 0},
        {"first": 101},
        {"first": -1},
        {"filter": {"text": "a\0b"}},
        {"filter": {"text": "\ud800"}},
        {"filter": {"text": "x" * 201}},
        {"filter": {"tags": ["\0"]}},
        {"filter": {"tags": ["x"] * 101}},
        {"filter": {"ingredients": ["\udfff"]}},
        {"filter": {"category": ["\0"]}},
        {"filter": {"abv": {"min": 9, "max": 1}}},
        {"filter": {"price": {"min": 9, "max": 1}}},
    ],
)
async def test_bad_arguments_are_refused(door: Door, variables: dict[str, Any]) -> None:
    (code,) = await refused(door, LIST, **{"sort": NEWEST, **variables})
    assert code in REFUSALS


async def test_availability_follows_stock_and_a_bundle_its_parts(door: Door) -> None:
    query = """query($id: ID!) { product(id: $id) {
      variants { id availability available } } }"""

    async def states(id: str) -> dict[str, str]:
        found = (await told(door, query, id=id))["product"]["variants"]
        assert all(
            v["available"] is (v["availability"] in ("IN_STOCK", "LOW_STOCK")) for v in found
        )
        return {variant["id"]: variant["availability"] for variant in found}

    def on_hand(number: int) -> Any:
        return update(Stock).where(Stock.id == "nerd6-daily-180").values(on_hand=number)

    assert await states("nerd-trio") == {"nerd-trio-box": "IN_STOCK"}
    await change(door, on_hand(5))
    assert (await states("nerd6-daily"))["nerd6-daily-180"] == "LOW_STOCK"
    assert await states("nerd-trio") == {"nerd-trio-box": "LOW_STOCK"}
    await change(door, on_hand(0))
    assert (await states("nerd6-daily"))["nerd6-daily-180"] == "SOLD_OUT"
    assert await states("nerd-trio") == {"nerd-trio-box": "SOLD_OUT"}
    assert await ids(door, {"available": False}) == ["nerd-trio"]
    assert "nerd-trio" not in await ids(door, {"available": True})


async def test_a_product_that_a_channel_does_not_sell(door: Door) -> None:
    await change(
        door, update(Product).where(Product.id == "nerd-trio").values(channels=["kr", "apec"])
    )
    query = """{ product(id: "nerd-trio") { variants { id } priceRange { min { amount } } }
      node(id: "nerd-trio-box") { ... on Variant { availability available } } }"""
    here, there = await told(door, query), await told(door, query, channel="us")
    assert [variant["id"] for variant in here["product"]["variants"]] == ["nerd-trio-box"]
    assert there["product"] == {"variants": [], "priceRange": None}
    assert there["node"] == {"availability": "NOT_SOLD_HERE", "available": False}
    assert await ids(door, {"available": False}, channel="us") == ["nerd-trio"]


async def test_a_count_is_made_only_when_asked_for(door: Door) -> None:

    with trips(door.db) as seen:
        await told(door, "{ products(first: 1) { edges { node { id } } } }")
    assert not any("count(" in statement for statement in seen.sql)
    answer = await ask(door, "{ products(first: 1) { totalCount } }")
    assert answer["data"]["products"]["totalCount"] == 12
