"""Products and what stands beside them, through the door."""

from typing import Any

import pytest
from sqlalchemy import update

from core.pages import encode_cursor
from models.catalogue import (
    CameoTemplate,
    Likeness,
    LikenessStatus,
    Product,
    Stock,
    TemplateStatus,
    Variant,
    VariantKind,
    VariantPrice,
)
from tests.catalogue.door import Door, ask, refused, told, trips

LIST = """
query($first: Int = 20, $after: String, $filter: ProductFilter, $sort: ProductSort!) {
  products(first: $first, after: $after, filter: $filter, sort: $sort) {
    totalCount edges { cursor node { id } }
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }
"""
NEWEST = {"field": "RELEASED", "direction": "DESC"}


async def ids(door: Door, filter: dict[str, Any] | None = None, **more: Any) -> list[str]:
    """Return the products that a filter finds, newest first."""
    found = await told(door, LIST, filter=filter, sort=more.pop("sort", NEWEST), **more)
    edges = found["products"]["edges"]
    assert found["products"]["totalCount"] == len(edges)
    return [edge["node"]["id"] for edge in edges]


async def change(door: Door, statement: Any) -> None:
    async with door.db.write.begin() as session:
        await session.execute(statement)


async def add_product(door: Door, id: str, **more: Any) -> None:
    """Put a plain product on sale in Korea."""
    values: dict[str, Any] = {
        "sku": id,
        "name": {"ko": id, "en": id},
        "category": "Test",
        "abv": 5.0,
        "description": {"ko": "시험", "en": "A test"},
        "story_tags": [],
        "released_on": None,
        "tasting": {},
        "allergen_codes": [],
        "warning_codes": [],
        "pairing_ids": [],
        "related_ids": [],
        "channels": ["kr"],
        "brew": {},
        "images": [],
    }
    async with door.db.write.begin() as session:
        session.add(Product(id=id, **{**values, **more}))
        await session.flush()
        variant = f"{id}-500"
        kind = VariantKind.BOTTLE
        session.add(Variant(id=variant, product_id=id, name={"ko": id}, kind=kind, volume_ml=500))
        await session.flush()
        price = {"variant_id": variant, "channel_id": "kr", "amount": 1_000, "currency": "KRW"}
        session.add(VariantPrice(id=f"{variant}:kr", **price))
        session.add(Stock(id=variant, on_hand=5, low_stock_at=1))


async def test_a_product_with_everything(door: Door) -> None:
    query = """{ product(id: "nerd7-yuja") { id slug name description category abv releasedOn
      storyTags tasting { dimension name score } serve { minCelsius maxCelsius vessel shake }
      allergens { code name } warnings { code text } images { url }
      recipes { id name minutes glass steps items { name amount unit } alcoholGrams }
      arExperience { id labelMarker requiresUnlock product { id } }
      variants { id name kind volumeMl availability available price { amount currency formatted }
                 product { id } parts { quantity } }
      priceRange { min { formatted } max { formatted } } } }"""
    english = (await told(door, query, locale="en", channel="us"))["product"]
    korean = (await told(door, query, locale="ko-KR,ko;q=0.9", channel="kr"))["product"]
    assert (english["name"], korean["name"]) == ("NERD7 Yuja", "너드7 유자")
    assert english["slug"] == english["id"] == "nerd7-yuja"
    assert (english["releasedOn"], english["abv"]) == ("2024-02-01", 7.0)
    assert english["tasting"][0] == {"dimension": "sweet", "name": "Sweet", "score": 3.1}
    assert korean["tasting"][0]["name"] == "단맛"
    assert len(english["tasting"]) == 8
    assert korean["serve"] == {
        "minCelsius": 4,
        "maxCelsius": 7,
        "vessel": "화이트 와인 잔",
        "shake": "살살 기울여 섞으세요",
    }
    assert english["allergens"] == [
        {"code": "wheat", "name": "Wheat"},
        {"code": "honey", "name": "Honey"},
    ]
    assert [warning["code"] for warning in korean["warnings"]] == [
        "pregnancy",
        "over-drinking",
        "minors",
    ]
    assert "임신" in korean["warnings"][0]["text"]
    (recipe,) = korean["recipes"]
    assert (recipe["id"], len(recipe["steps"]) > 0) == ("yuja-cloud", True)
    assert english["arExperience"]["product"]["id"] == "nerd7-yuja"
    bottle, mini = english["variants"]
    assert bottle["price"] == {"amount": 1500, "currency": "USD", "formatted": "$15.00"}
    assert (bottle["kind"], mini["kind"], mini["parts"]) == ("BOTTLE", "UNIT", [])
    assert (bottle["name"], mini["volumeMl"]) == ("NERD7 Yuja 375 ml", 180)
    assert english["priceRange"]["min"]["formatted"] == "$9.70"
    assert korean["priceRange"]["max"]["formatted"] == "₩9,500"


async def test_what_is_not_there_is_null(door: Door) -> None:
    query = "query($id: ID!) { product(id: $id) { id } node(id: $id) { id } lore(id: $id) { id } }"
    for id in ("nothing", "host-sam'--", "x" * 5_000, "../kr", "KR", "이천"):
        assert await told(door, query, id=id) == {"product": None, "node": None, "lore": None}
    for id in ("\0", "\ud800"):
        assert await refused(door, query, id=id) == ["BAD_USER_INPUT"]
    await change(door, update(Product).where(Product.id == "nerd6-daily").values(active=False))
    found = await told(door, query, id="nerd6-daily")
    assert (found["product"], found["node"]) == (None, None)


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
    assert await refused(door, LIST, **{"sort": NEWEST, **variables}) == ["BAD_USER_INPUT"]


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


async def test_a_bundle_has_parts(door: Door) -> None:
    query = """{ node(id: "nerd-trio-box") { ... on Variant { name kind
      parts { quantity variant { id product { name } } } } } }"""
    found = (await told(door, query))["node"]
    assert found["kind"] == "BUNDLE"
    parts = [(part["quantity"], part["variant"]["id"]) for part in found["parts"]]
    assert parts == [(1, "nerd6-daily-180"), (1, "nerd9-cloud-180"), (1, "nerd12-signature-180")]


async def test_channels(door: Door) -> None:
    query = """{ channel { id name currency defaultLocale locales taxIncluded
      legalAge { years rule } freeShippingFrom { formatted } maxBottlesPerOrder }
      channels { id } }"""
    kr, us = await told(door, query), await told(door, query, channel="us", locale="ko")
    assert kr["channel"]["legalAge"] == {"years": 19, "rule": "CALENDAR_YEAR"}
    assert us["channel"] == {
        "id": "us",
        "name": "미국",
        "currency": "USD",
        "defaultLocale": "en",
        "locales": ["en", "ko"],
        "taxIncluded": False,
        "legalAge": {"years": 21, "rule": "BIRTHDAY"},
        "freeShippingFrom": {"formatted": "$120.00"},
        "maxBottlesPerOrder": 12,
    }
    assert [channel["id"] for channel in kr["channels"]] == ["kr", "us", "apec"]
    apec = await told(door, query, channel="apec")
    assert apec["channel"]["freeShippingFrom"] is None


async def test_the_language_falls_back_to_the_channels(door: Door) -> None:
    query = '{ product(id: "nerd6-daily") { name } }'
    assert (await told(door, query, locale="fr", channel="us"))["product"]["name"] == "NERD6 Daily"
    assert (await told(door, query, locale="fr"))["product"]["name"] == "너드6 데일리"


async def test_templates_say_whether_they_can_be_made(door: Door) -> None:
    query = """query($available: Boolean = true) { cameoTemplates(available: $available) {
      id name description available unavailableReason host { id isFictional } thumbnailUrl
      durationSeconds typicalSeconds aspectRatios credits products { id } lore { id }
      shots { number seconds outline showsCustomer } } }"""
    templates = (await told(door, query))["cameoTemplates"]
    tavern = templates[0]
    assert tavern["host"] == {"id": "host-sam", "isFictional": True}
    assert sum(shot["seconds"] for shot in tavern["shots"]) == 24
    assert tavern["aspectRatios"] == ["LANDSCAPE_16_9", "PORTRAIT_9_16"]
    assert (tavern["lore"]["id"], len(tavern["products"])) == ("tavern-night", 11)
    texts = [t["description"] + s["outline"] for t in templates for s in t["shots"]]
    assert not any("{" in text for text in texts)
    assert tavern["thumbnailUrl"] is None
    await change(
        door,
        update(CameoTemplate)
        .where(CameoTemplate.id == tavern["id"])
        .values(guest_likeness_id="sam-altman-base"),
    )
    retired = CameoTemplate.id == "harvest-icheon"
    await change(door, update(CameoTemplate).where(retired).values(status=TemplateStatus.RETIRED))
    there = (await told(door, query))["cameoTemplates"]
    assert there[0]["host"]["id"] == "host-sam", "a face without a licence is never shown"
    assert "harvest-icheon" not in [template["id"] for template in there]
    everything = await told(door, query, available=None)
    assert len(everything["cameoTemplates"]) == 6


async def test_a_host_needs_a_live_licence(door: Door) -> None:
    query = """{ cameoTemplates { id } cameoTemplate(id: "traditional-tavern") {
      available unavailableReason host { id licensedUntil } } }"""
    today = door.begin.now().date()
    real = {"status": LikenessStatus.APPROVED, "licence": "signed", "licensed_until": today}
    await change(door, update(Likeness).where(Likeness.id == "sam-altman-base").values(**real))
    guest = {"guest_likeness_id": "sam-altman-base"}
    await change(
        door, update(CameoTemplate).where(CameoTemplate.id == "traditional-tavern").values(**guest)
    )
    host = (await told(door, query))["cameoTemplate"]["host"]
    assert host == {"id": "sam-altman-base", "licensedUntil": today.isoformat()}
    blocked = {"status": LikenessStatus.BLOCKED}
    await change(door, update(Likeness).where(Likeness.id == "host-sam").values(**blocked))
    door.later(days=1)
    found = await told(door, query, locale="ko")
    assert found["cameoTemplates"] == []
    assert found["cameoTemplate"]["available"] is False
    assert found["cameoTemplate"]["host"] is None
    assert "허가" in found["cameoTemplate"]["unavailableReason"]


async def test_nodes_of_every_kind(door: Door) -> None:
    query = "query($ids: [ID!]!) { nodes(ids: $ids) { __typename id } }"
    kinds = {
        "kr": "Channel",
        "nerd6-daily": "Product",
        "nerd6-daily-180": "Variant",
        "icheon-rice": "Ingredient",
        "why-twelve": "Lore",
        "maeju-ai": "Character",
        "host-sam": "Likeness",
        "neon-seoul-bar": "CameoTemplate",
        "ar-nerd6-daily": "ArExperience",
        "bossam": "Pairing",
        "pear-moon": "Recipe",
        "nothing": None,
    }
    found = (await told(door, query, ids=[*kinds, "kr"]))["nodes"]
    assert [node and node["__typename"] for node in found] == [*kinds.values(), "Channel"]
    assert await refused(door, query, ids=["kr"] * 101) == ["BAD_USER_INPUT"]


async def test_a_count_is_made_only_when_asked_for(door: Door) -> None:

    with trips(door.db) as seen:
        await told(door, "{ products(first: 1) { edges { node { id } } } }")
    assert not any("count(" in statement for statement in seen.sql)
    answer = await ask(door, "{ products(first: 1) { totalCount } }")
    assert answer["data"]["products"]["totalCount"] == 12
