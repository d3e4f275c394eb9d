"""Facets: how many of what is found have which value, and that they follow the catalogue."""

from collections import Counter
from typing import Any

from sqlalchemy import delete, func, select, update

from models.catalogue import Product, ProductIngredient, Stock
from models.search import SearchEntry
from services import search as index
from tests.catalogue.door import Door, told
from tests.catalogue.rows import change
from tests.search.ways import facet, reindex, search, vectors

WHOLE = """
query($text: String!, $filter: ProductFilter) {
  search(text: $text, filter: $filter, first: 100) {
    totalCount facets { field values { value count } } edges { node { __typename
      ... on Product { id category tags: storyTags ingredients { ingredient { id } }
        variants { available } } } }
  }
}
"""


async def test_facets_are_counts_of_what_is_found(door: Door) -> None:
    await change(door, update(Stock).where(Stock.id.like("nerd7-yuja%")).values(on_hand=0))
    filters: list[Any] = [
        None,
        {"category": ["Makgeolli", "Set"]},
        {"tags": ["starter", "nutty"]},
        {"ingredients": ["icheon-rice", "jirisan-honey"]},
        {"abv": {"min": 10}},
        {"price": {"max": 20_000}},
        {"withoutAllergens": ["honey"]},
        {"available": True},
        {"available": False},
        {"category": ["Takju"], "tags": ["nutty"], "text": "흑미"},
    ]
    for locale, texts in (("ko", ("", "이천 쌀")), ("en", ("takju",))):
        for text in texts:
            for filter in filters:
                await _check(door, text, filter, locale)


async def _check(door: Door, text: str, filter: Any, locale: str) -> None:
    found = (await told(door, WHOLE, text=text, filter=filter, locale=locale))["search"]
    nodes = [edge["node"] for edge in found["edges"]]
    drinks = [node for node in nodes if node["__typename"] == "Product"]
    assert found["totalCount"] == len(nodes)
    counted = {
        "type": Counter(node["__typename"].lower() for node in nodes),
        "category": Counter(drink["category"] for drink in drinks),
        "tags": Counter(tag for drink in drinks for tag in drink["tags"]),
        "ingredients": Counter(i["ingredient"]["id"] for d in drinks for i in d["ingredients"]),
        "available": Counter(
            str(any(v["available"] for v in drink["variants"])).lower() for drink in drinks
        ),
    }
    for field, counts in counted.items():
        assert facet(found, field) == counts, (text, filter, field)
    if filter:
        assert nodes == drinks


async def test_facets_speak_the_language(door: Door) -> None:
    for locale, wanted in (
        ("ko", {"막걸리", "탁주", "약주", "세트", "술", "이야기", "이천 쌀", "전통", "구매 가능"}),
        ("en", {"Makgeolli", "Takju", "Set", "Drinks", "Icheon Rice", "heritage", "In stock"}),
    ):
        found = await search(door, "", locale=locale)
        labels = {value["label"] for one in found["facets"] for value in one["values"]}
        assert wanted <= labels


async def test_choosing_a_facet_finds_as_many_as_it_says(door: Door) -> None:
    found = await search(door, "쌀", types=["PRODUCT"])
    for field in ("category", "tags", "ingredients"):
        for value, count in facet(found, field).items():
            chosen = await search(door, "쌀", types=["PRODUCT"], filter={field: [value]}, first=1)
            assert (field, value, chosen["totalCount"]) == (field, value, count)


async def test_facets_follow_the_catalogue(door: Door) -> None:
    drink = Product.id == "nerd6-daily"
    before = await search(door, "")
    await change(door, update(Product).where(drink).values(story_tags=["picnic"], channels=["us"]))
    part = ProductIngredient.product_id == "nerd6-daily"
    await change(
        door,
        delete(ProductIngredient).where(part, ProductIngredient.ingredient_id == "icheon-rice"),
    )
    await reindex(door)
    after = await search(door, "")
    assert facet(after, "tags")["picnic"] == facet(before, "tags").get("picnic", 0) + 1
    assert facet(after, "ingredients")["icheon-rice"] == (
        facet(before, "ingredients")["icheon-rice"] - 1
    )
    assert facet(after, "available")["true"] == facet(before, "available")["true"] - 1
    there = await search(door, "", channel="us")
    assert facet(there, "available")["true"] == facet(before, "available")["true"]


async def test_entries_of_another_version_are_counted_anew(door: Door) -> None:
    """As after a deploy whose old workers wrote entries without facets."""
    await change(door, update(SearchEntry).values(facets=[], basis="of another version"))
    assert not facet(await search(door, ""), "category")
    async with door.db.read() as session:
        entries = await session.scalar(select(func.count(SearchEntry.id)))
    assert await index.refresh(door.begin, vectors(door)) == entries
    await _check(door, "", None, "ko")
