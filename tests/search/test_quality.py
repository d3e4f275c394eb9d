"""What people type, in both languages, and what they should find."""

import pytest

from services.search.morphology import korean
from tests.catalogue.door import REFUSALS, Door, refused
from tests.search.ways import SEARCH, ids, search

BREWS = {"nerd6-daily", "nerd7-yuja", "nerd8-chestnut", "nerd5-sparkle"}
CLOUDY = {"nerd12-signature", "nerd9-cloud", "nerd12-black", "nerd11-omija", "nerd10-pine"}
YUJA = {"nerd7-yuja", "goheung-yuja", "yuja-cloud"}
CHESTNUT = {"nerd8-chestnut", "gongju-chestnut", "chestnut-latte"}
OMIJA = {"nerd11-omija", "mungyeong-omija", "omija-spritz"}
SWEET = {"nerd12-signature", "nerd8-chestnut"}
RAIN = {"rain-and-pajeon", "rain-bowl"}

# What is typed, and what is to be among the first: as many as there are, and five at least.
FINDS: list[tuple[str, set[str]]] = [
    # Names, as they are and in one word
    ("너드12 시그니처", {"nerd12-signature"}),
    ("너드12시그니처", {"nerd12-signature"}),
    ("NERD12 Signature", {"nerd12-signature"}),
    ("nerd12", {"nerd12-signature", "nerd12-black"}),
    ("nerd 12", {"nerd12-signature", "nerd12-black"}),
    ("NERD12_SIGNATURE", {"nerd12-signature"}),
    ("ＮＥＲＤ１２", {"nerd12-signature", "nerd12-black"}),
    ("공주밤", {"nerd8-chestnut"}),
    ("공주 밤", {"gongju-chestnut"}),
    ("왜 열둘인가", {"why-twelve"}),
    ("첫 번째 독", {"founder-story"}),
    ("The First Batch", {"founder-story"}),
    ("rain and pajeon", {"rain-and-pajeon"}),
    ("배꽃 달", {"pear-moon"}),
    ("Pear Moon", {"pear-moon"}),
    ("Twelve O'Clock Soda", {"twelve-oclock-soda"}),
    # Kinds of drinks, in Hangul, in Latin letters, and as people mistype them
    ("막걸리", BREWS),
    ("막걸이", BREWS),
    ("막꺌리", BREWS),
    ("막걸리를", BREWS),
    ("ㅁㄱㄹ", BREWS),
    ("막ㄱ", BREWS),
    ("makgeolli", BREWS),
    ("makkoli", BREWS),
    ("makguli", BREWS),
    ("Makgoli", BREWS),
    ("akrrjffl", BREWS),
    ("rice wine", BREWS),
    ("탁주", CLOUDY),
    ("takju", CLOUDY),
    ("TAKJU", CLOUDY),
    ("ㅌㅈ", CLOUDY),
    ("cloudy", CLOUDY),
    ("약주", {"nerd15-clear"}),
    ("yakju", {"nerd15-clear"}),
    ("삼양주", {"nerd14-samyang", "three-brewings"}),
    ("samyangju", {"nerd14-samyang", "three-brewings"}),
    # What they are made of
    ("유자", YUJA),
    ("ㅇㅈ", {"nerd7-yuja", "goheung-yuja"}),
    ("yuja", YUJA),
    ("yuzu", YUJA),
    ("유자로 만든 막걸리", {"nerd7-yuja"}),
    ("유자막걸리", {"nerd7-yuja"}),
    ("yuja makgeolli", {"nerd7-yuja"}),
    ("유자 makgeolli", {"nerd7-yuja"}),
    ("오미자", OMIJA),
    ("omija", OMIJA),
    ("omeeja", OMIJA),
    ("오미쟈", OMIJA),
    ("chestnut", CHESTNUT),
    ("chestnuts", CHESTNUT),
    ("chesnut", CHESTNUT),
    ("흑미", {"nerd12-black", "jindo-black-rice", "black-rice-affogato"}),
    ("black rice", {"nerd12-black", "jindo-black-rice", "black-rice-affogato"}),
    ("솔숲", {"nerd10-pine", "pine-tonic"}),
    ("이천 쌀", {"icheon-rice", "icheon-plains"}),
    ("Icheon rice", {"icheon-rice"}),
    ("누룩", {"traditional-nuruk", "nuruk-breathing"}),
    ("nuruk", {"traditional-nuruk", "nuruk-breathing"}),
    ("쑥", {"ganghwa-mugwort"}),
    ("매실", {"gwangyang-plum"}),
    ("지리산 꿀", {"jirisan-honey", "nerd7-yuja"}),
    # How it tastes, and for when
    ("달콤한 술", SWEET),
    ("sweet", SWEET),
    ("스위트", SWEET),
    ("톡 쏘는", {"nerd5-sparkle"}),
    ("탄산", {"nerd5-sparkle"}),
    ("sparkling", {"nerd5-sparkle"}),
    ("fizzy", {"nerd5-sparkle"}),
    ("드라이", {"nerd15-clear"}),
    ("dry", {"nerd15-clear"}),
    ("고소한", {"nerd12-black", "nerd8-chestnut"}),
    ("nutty", {"nerd12-black", "nerd8-chestnut"}),
    ("선물", {"nerd11-omija", "nerd15-clear"}),
    ("a gift", {"nerd11-omija", "nerd15-clear"}),
    ("비 오는 날", RAIN),
    ("rainy day", RAIN),
    ("파전", {"rain-and-pajeon", "nerd6-daily"}),
    ("pajeon", {"rain-and-pajeon", "nerd6-daily"}),
    ("비 오는 날 마시기 좋은 가벼운 막걸리", {"nerd6-daily", "rain-and-pajeon"}),
    # Sentences, endings, slips of the pen
    ("What rice do you use in the Signature?", {"nerd12-signature"}),
    ("너드12는 왜 12도인가요?", {"nerd12-signature", "nerd12-black"}),
    ("1965년에 무슨 일이 있었어요?", {"home-brew-houses"}),
    ("I like sour and fruity, not too strong.", {"nerd11-omija"}),
    ("fermantation", {"nuruk-breathing"}),
    ("brewed in jars", {"founder-story"}),
    ("Signatur", {"nerd12-signature"}),
    ("signatrue", {"nerd12-signature"}),
    ("시그니쳐", {"nerd12-signature"}),
    ("시그니", {"nerd12-signature"}),
    ("sparkel", {"nerd5-sparkle"}),
    ("🍶 막걸리 🍶", BREWS),
    ("  막걸리  ", BREWS),
    ("막걸리!!!", BREWS),
    ("<b>막걸리</b>", BREWS),
]
NOTHING = ["🍶", "!!!", "%", "_", "\\", "xyzzy", "뷁뷁", "'", "ㅋㅋㅋㅋ", "&", "| !", "<->", "𝕏"]
ODD = ["'; DROP TABLE products;--", "a & b | !c <-> d:*", "막걸리 ' OR 1=1", "\\'", "((((", "*:A"]


async def test_what_people_type_finds_what_they_mean(door: Door) -> None:
    await korean.loaded()
    assert len(FINDS) >= 60
    missed = []
    for at, (text, wanted) in enumerate(FINDS):
        for locale in ("ko", "en") if at % 4 == 0 else ("ko",):
            found = await search(door, text, locale=locale)
            first = ids(found)[: max(5, 2 * len(wanted))]
            if not wanted <= set(first):
                missed.append((text, locale, wanted - set(first), first))
            assert (text, found["degraded"]) == (text, False)
    assert missed == []


async def test_what_is_not_a_word(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    for text in NOTHING:
        found = await search(door, text)
        assert (text, ids(found), found["totalCount"]) == (text, [], 0)
        assert found["facets"] == []
        assert found["pageInfo"]["hasNextPage"] is False
    for text in ODD:
        await search(door, text)
    assert len(ids(await search(door, "막걸리"))) > 4
    # Before the analyser is loaded, words are parted by what is known of them.
    monkeypatch.setattr(korean, "_kiwi", None)
    monkeypatch.setattr(korean, "begin", lambda: None)
    for text in ("유자로 만든 막걸리", "유자막걸리", "막걸리를"):
        assert set(ids(await search(door, text))[:3]) & BREWS


async def test_a_text_that_is_no_search_is_refused(door: Door) -> None:
    for text in ("막" * 10_000, "a" * 201, "a\0b", "\ud800"):
        assert set(await refused(door, SEARCH, text=text)) <= REFUSALS
        assert await refused(door, SEARCH, text=text)
    for more in (
        {"first": 0},
        {"first": 101},
        {"after": "nonsense"},
        {"filter": {"abv": {"min": 9, "max": 1}}},
    ):
        assert await refused(door, SEARCH, text="막걸리", **more) == ["BAD_USER_INPUT"]
    assert ids(await search(door, "막걸리 " * 45))
    found = await search(door, "", first=100)
    assert found["totalCount"] == len(ids(found)) == 12 + 12 + 15 + 10
    assert found["edges"][0]["node"]["__typename"] == "Product"
    assert all(edge["snippet"] is None for edge in found["edges"])


async def test_it_says_how_it_was_understood(door: Door) -> None:
    for text, understood in (
        ("막꺌리", "막걸리"),
        ("akrrjffl", "막걸리"),
        ("Chesnut in jars", "chestnut in jars"),
        ("막걸리", None),
        ("makgeolli", None),
        ("유자로 만든 막걸리", None),
        ("rainy day", None),
        ("xyzzy", None),
    ):
        assert (text, (await search(door, text))["correctedText"]) == (text, understood)
