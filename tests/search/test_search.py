"""What a search answers with: pages, snippets; and what it must never show."""

import pytest
from sqlalchemy import select, update

from core.pages import encode_cursor
from models.catalogue import Product, Stock
from models.search import SearchEntry
from models.world import Lore, LoreUnlock
from tests.catalogue.door import Door, refused, told
from tests.catalogue.rows import add_product, change
from tests.search.ways import SEARCH, ids, reindex, search, suggested


async def test_types_and_filters(door: Door) -> None:
    kinds = {"PRODUCT": "Product", "LORE": "Lore", "INGREDIENT": "Ingredient", "RECIPE": "Recipe"}
    for kind, name in kinds.items():
        found = await search(door, "", types=[kind], first=100)
        assert {edge["node"]["__typename"] for edge in found["edges"]} == {name}
    assert (await search(door, "막걸리", types=[]))["totalCount"] == 0
    assert (await search(door, "막걸리", types=["LORE"], filter={"abv": {"min": 1}}))["edges"] == []
    strong = await search(door, "탁주", filter={"abv": {"min": 12}})
    assert set(ids(strong)) == {"nerd12-signature", "nerd12-black", "nerd14-samyang"}
    assert await refused(door, SEARCH, text="막걸리", filter={"withoutAllergens": ["hony"]}) == [
        "BAD_USER_INPUT"
    ]


async def test_pages_stay_in_place_while_others_are_added(door: Door) -> None:
    whole = ids(await search(door, "쌀", first=100))
    assert len(whole) > 10
    for step in (1, 4, 7):
        found = await search(door, "쌀", first=step)
        paged = ids(found)
        await add_product(door, f"new-{step}", name={"ko": "쌀 쌀 쌀", "en": "Rice"})
        await reindex(door)
        while found["pageInfo"]["hasNextPage"]:
            after = found["pageInfo"]["endCursor"]
            found = await search(door, "쌀", first=step, after=after)
            assert found["pageInfo"]["hasPreviousPage"]
            paged += ids(found)
        assert len(paged) == len(set(paged))
        old = [id for id in paged if not id.startswith("new-")]
        assert set(old) == set(whole)
        assert f"new-{step}" not in paged


async def test_a_cursor_of_another_search_is_refused(door: Door) -> None:
    cursor = (await search(door, "쌀", first=2))["pageInfo"]["endCursor"]
    for other in (
        {"text": "막걸리"},
        {"text": "쌀", "types": ["LORE"]},
        {"text": "쌀", "filter": {"abv": {"min": 1}}},
        {"text": "쌀", "channel": "us"},
        {"text": "쌀", "after": encode_cursor("x", 1, 0.5, "y")},
        {"text": "쌀", "after": encode_cursor("x", "1", "0.5", 1)},
    ):
        assert await refused(door, SEARCH, **{"after": cursor, **other}) == ["BAD_USER_INPUT"]


async def test_reading_on_works_without_the_kept_order(door: Door) -> None:
    first = await search(door, "쌀", first=5)
    prefix = door.host.settings.redis_prefix
    kept = [key async for key in door.host.bus.redis.scan_iter(f"{prefix}:search:*")]
    assert await door.host.bus.redis.delete(*kept) == 1
    second = await search(door, "쌀", first=100, after=first["pageInfo"]["endCursor"])
    whole = ids(await search(door, "쌀", first=100))
    assert ids(first) + ids(second) == whole


async def test_many_are_paged_past_what_is_ranked(door: Door) -> None:
    for number in range(120):
        await add_product(door, f"many-{number:03d}", name={"ko": f"수박 {number}", "en": "Melon"})
    await reindex(door)
    found = await search(door, "수박", first=50)
    assert found["totalCount"] == 120
    paged = ids(found)
    while found["pageInfo"]["hasNextPage"]:
        after = found["pageInfo"]["endCursor"]
        found = await search(door, "수박", first=50, after=after)
        paged += ids(found)
    assert len(paged) == len(set(paged)) == 120
    scores = [edge["score"] for edge in found["edges"]]
    assert scores == sorted(scores, reverse=True)


async def test_a_name_shown_by_fallback_is_found_in_that_language(door: Door) -> None:
    await add_product(door, "only-ko", name={"ko": "달빛 복분자"}, description={"ko": "검은 열매"})
    await add_product(door, "only-en", name={"en": "Moonlit Quince"}, description={"en": "Yellow"})
    await reindex(door)
    for locale in ("ko", "en"):
        for id, typed in (
            ("only-ko", ["달빛 복분자", "달빛복분자", "복분자", "ㅂㅂㅈ", "bokbunja", "복븐자"]),
            ("only-en", ["Moonlit Quince", "quinces", "moonlit", "qunice"]),
        ):
            listed = await told(
                door, "query($id: ID!) { product(id: $id) { name } }", id=id, locale=locale
            )
            for text in (listed["product"]["name"], *typed):
                assert (text, ids(await search(door, text, locale=locale))[:1]) == (text, [id])


async def test_a_locked_story_is_not_told(door: Door) -> None:
    async with door.db.read() as session:
        locked = list(await session.scalars(select(Lore).where(Lore.unlock != LoreUnlock.PUBLIC)))
        entries = {e.key: e for e in await session.scalars(select(SearchEntry))}
    assert len(locked) >= 2
    for story in locked:
        entry = entries[story.id]
        assert entry.body == {}
        own = set(entry.terms.replace("'", "").split())
        assert story.title["ko"].split()[0] in {one.partition(":")[0] for one in own}
        for locale in ("ko", "en"):
            for sentence in story.body[locale].replace("\n", " ").split(". "):
                found = await search(door, sentence[:190], locale=locale, types=["LORE"])
                assert story.body[locale][:20] not in str(found)
                for edge in found["edges"]:
                    if edge["node"]["id"] == story.id and edge["snippet"]:
                        assert edge["snippet"].replace("<mark>", "").replace("</mark>", "") in (
                            *story.title.values(),
                        )
    opened = update(Lore).where(Lore.id == locked[0].id).values(unlock=LoreUnlock.PUBLIC)
    await change(door, opened)
    await reindex(door)
    words = locked[0].body["ko"].split(". ")[0][:100]
    assert ids(await search(door, words))[0] == locked[0].id


async def test_snippets_mark_and_escape(door: Door) -> None:
    evil = '<script>alert("x")</script> <mark>사과</mark> & 사과술'
    await add_product(
        door, "evil", name={"ko": evil, "en": evil}, description={"ko": evil, "en": evil}
    )
    await reindex(door)
    found = next(e for e in (await search(door, "사과"))["edges"] if e["node"]["id"] == "evil")
    assert found["snippet"] == (
        "&lt;script&gt;alert(&quot;x&quot;)&lt;/script&gt; "
        "&lt;mark&gt;<mark>사과</mark>&lt;/mark&gt; &amp; <mark>사과</mark>술"
    )
    for text, locale, marked in (
        ("막걸리", "ko", "<mark>막걸리</mark>입니다"),
        ("makgeolli", "en", "<mark>makgeolli</mark>"),
        ("bubble", "en", "<mark>bubbles</mark>"),
        ("yuja", "ko", "<mark>유자</mark> 껍질"),
        ("ㅅㄱㄴㅊ", "ko", "<mark>시그니처</mark>"),
    ):
        edges = (await search(door, text, locale=locale))["edges"]
        assert any(marked in (edge["snippet"] or "") for edge in edges), text


async def test_what_left_the_catalogue_is_not_found(door: Door) -> None:
    await change(door, update(Product).where(Product.id == "nerd7-yuja").values(active=False))
    assert "nerd7-yuja" not in ids(await search(door, "유자"))
    await reindex(door)
    found = await search(door, "유자")
    assert "nerd7-yuja" not in ids(found)
    assert found["totalCount"] == len(ids(found))


async def test_sold_out_and_unsold_drinks_are_found_as_products_are(door: Door) -> None:
    await change(door, update(Product).where(Product.id == "nerd7-yuja").values(channels=["us"]))
    await change(door, update(Stock).where(Stock.id.like("nerd6%")).values(on_hand=0))
    found = ids(await search(door, "막걸리", types=["PRODUCT"]))
    assert {"nerd7-yuja", "nerd6-daily"} <= set(found)
    buyable = ids(await search(door, "막걸리", filter={"available": True}))
    assert not {"nerd7-yuja", "nerd6-daily"} & set(buyable)
    there = ids(await search(door, "막걸리", filter={"available": True}, channel="us"))
    assert "nerd7-yuja" in there


async def test_suggestions_while_typing(door: Door) -> None:
    for typed in (
        "막",
        "막ㄱ",
        "막거",
        "막걸",
        "ㅁㄱ",
        "ㅁㄱㄹ",
        "makg",
        "makge",
        "akrr",
        "Makgeo",
    ):
        assert ("막걸리", None) in await suggested(door, typed, locale="ko"), typed
    assert ("makgeolli", None) in await suggested(door, "막ㄱ", locale="en")
    for typed in ("너드12 시", "너드12시", "시그", "싀", "ㅅㄱㄴ", "sig", "nerd12 s", "signatrue"):
        found = await suggested(door, typed)
        assert (typed, "nerd12-signature" in [id for _, id in found]) == (typed, typed != "싀")
    assert (await suggested(door, "유ㅈ"))[0][1] in {"nerd7-yuja", "goheung-yuja", "yuja-cloud"}
    for nothing in ("", "  ", "🍶", "뷁", "'", "\\", "괎" * 200, "a" * 200, "ㄱ" * 200):
        assert await suggested(door, nothing) == []
    assert len(await suggested(door, "n", first=3)) == 3
    query = (
        "query($text: String!, $first: Int!) { suggestions(text: $text, first: $first) { text } }"
    )
    for first in (0, 101):
        assert await refused(door, query, text="막", first=first) == ["BAD_USER_INPUT"]
    assert await refused(door, query, text="막" * 201, first=8) == ["BAD_USER_INPUT"]


@pytest.mark.env(REDIS_URL="redis://127.0.0.1:1/0")
async def test_nothing_is_lost_without_valkey(door: Door) -> None:
    whole = ids(await search(door, "쌀", first=100))
    found = await search(door, "쌀", first=5)
    paged = ids(found)
    while found["pageInfo"]["hasNextPage"]:
        found = await search(door, "쌀", first=5, after=found["pageInfo"]["endCursor"])
        paged += ids(found)
    assert paged == whole
    assert not found["degraded"]
