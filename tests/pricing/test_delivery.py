"""Where parcels go, how, and when they arrive."""

import unicodedata
from datetime import UTC, date, datetime
from typing import Any

import pytest

from models.promotion import DeliveryMethod
from services import delivery
from services.delivery import estimate, regions_of
from tests.pricing.market import DAILY, SIGNATURE, Market, cart
from tests.support.api import Api, person

OPTIONS = """query ($region: String, $code: String) {
  deliveryOptions(region: $region, postalCode: $code) {
    id name carrier price { amount currency } earliest latest adultSignature } }"""


@pytest.mark.parametrize(
    ("region", "code", "places"),
    [
        ("서울특별시", None, {"seoul"}),
        ("서울시", None, {"seoul"}),
        ("서울", "04524", {"seoul"}),
        (" Seoul ", None, {"seoul"}),
        ("SEOUL", "01000", {"seoul"}),
        ("Seoul, Republic of Korea", None, {"seoul"}),
        (None, "09999", {"seoul"}),
        (None, "04524", {"seoul"}),
        ("서울특별시 강남구", None, {"seoul"}),
        (unicodedata.normalize("NFD", "서울특별시"), None, {"seoul"}),
        ("KR-11", None, {"seoul"}),
        ("경기도", "16499", {"gyeonggi"}),
        ("경기도 광주시", None, {"gyeonggi"}),
        ("Gyeonggi-do", None, {"gyeonggi"}),
        ("Gyeonggi Province", None, {"gyeonggi"}),
        ("Incheon Metropolitan City", "21999", {"incheon"}),
        ("제주특별자치도", "63122", {"jeju"}),
        ("제주도", None, {"jeju"}),
        ("Jeju-do", None, {"jeju"}),
        ("Jeju Special Self-Governing Province", None, {"jeju"}),
        (None, "63309", {"jeju"}),
        ("부산광역시", None, {"busan"}),
        ("Chungcheongbuk-do", None, {"chungbuk"}),
        ("North Chungcheong", None, {"chungbuk"}),
        ("강원특별자치도", "24266", {"gangwon"}),
        ("전라북도", None, {"jeonbuk"}),
        ("전북특별자치도", None, {"jeonbuk"}),
        ("세종특별자치시", "30151", {"sejong"}),
        ("서울", "63122", {"seoul", "jeju"}),
        ("아틀란티스", "135-080", set()),
        (None, None, set()),
        ("", "", set()),
    ],
)
def test_korean_regions(region: str | None, code: str | None, places: set[str]) -> None:
    assert regions_of("kr", region, code) == places
    assert regions_of("apec", region, code) == places


@pytest.mark.parametrize(
    ("region", "code", "places"),
    [
        ("CA", None, {"CA"}),
        ("california", "94103", {"CA"}),
        ("US-UT", None, {"UT"}),
        ("Utah", "84101-1234", {"UT"}),
        (None, "39201", {"MS"}),
        (None, "36104", {"AL"}),
        ("N.Y.", "10001", {"NY"}),
        ("New York", None, {"NY"}),
        ("Nevada", "84101", {"NV", "UT"}),
        ("DC", "20500", {"DC"}),
        (None, "20190", {"VA"}),
        (None, "88510", {"TX"}),
        (None, "00501", {"NY"}),
        (None, "99950", {"AK"}),
        (None, "09012", set()),
        ("Narnia", "ABCDE", set()),
        (None, "00100", set()),
    ],
)
def test_american_states(region: str | None, code: str | None, places: set[str]) -> None:
    assert regions_of("us", region, code) == places


def test_a_region_is_what_is_written_before_what_the_code_says() -> None:
    assert delivery.region_of("kr", "서울", "63122") == "seoul"
    assert delivery.region_of("kr", None, "63122") == "jeju"
    assert delivery.region_of("us", "Narnia", None) is None


@pytest.mark.parametrize(
    ("moment", "days", "first", "last"),
    [
        # Korea: Monday at ten, at two, and Friday afternoon; Saturday, Sunday.
        ("2026-03-02T01:00", [1, 2], "2026-03-03", "2026-03-04"),
        ("2026-03-02T04:59", [1, 1], "2026-03-03", "2026-03-03"),
        ("2026-03-02T05:00", [1, 1], "2026-03-04", "2026-03-04"),
        ("2026-03-06T04:00", [1, 2], "2026-03-09", "2026-03-10"),
        ("2026-03-06T06:00", [1, 2], "2026-03-10", "2026-03-11"),
        ("2026-03-07T01:00", [1, 2], "2026-03-10", "2026-03-11"),
        ("2026-03-08T14:59", [3, 6], "2026-03-12", "2026-03-17"),
        # Nothing travels: it is there on the day, a Sunday, too.
        ("2026-03-08T03:00", [0, 0], "2026-03-08", "2026-03-08"),
        ("2026-03-08T15:00", [0, 0], "2026-03-09", "2026-03-09"),
    ],
)
def test_estimates_count_working_days(moment: str, days: list[int], first: str, last: str) -> None:
    now = datetime.fromisoformat(moment).replace(tzinfo=UTC)
    expected = (date.fromisoformat(first), date.fromisoformat(last))
    assert estimate("kr", days, now, cutoff_hour=14) == expected


async def options(api: Api, **address: Any) -> list[str]:
    """The ways that the API tells of."""
    return [one["id"] for one in await api.one(OPTIONS, **address)]


async def test_dawn_comes_to_its_regions_only(api: Api) -> None:
    assert await options(api) == ["kr-chilled"]
    for code in ("04524", "16499", "21999"):
        assert await options(api, code=code) == ["kr-chilled", "kr-dawn"]
    assert await options(api, region="Seoul") == ["kr-chilled", "kr-dawn"]
    for region, code in (("제주특별자치도", "63122"), ("서울", "63122"), ("부산광역시", None)):
        assert await options(api, region=region, code=code) == ["kr-chilled"]


async def test_each_market_has_its_ways(api: Api) -> None:
    for channel, id, amount in (("us", "us-ground", 1_800), ("apec", "apec-pickup", 0)):
        async with person(api.base_url, channel=channel, locale="en") as other:
            (only,) = await other.one(OPTIONS)
        assert (only["id"], only["price"]["amount"]) == (id, amount)
        assert only["adultSignature"] is True
    chilled = (await api.one(OPTIONS))[0]
    assert chilled["name"] == "Chilled parcel (CJ Logistics)"
    assert chilled["price"] == {"amount": 3_500, "currency": "KRW"}
    assert chilled["earliest"] <= chilled["latest"]


async def test_a_way_carries_what_it_can(market: Market) -> None:
    """The catalogue has no weights: the drink alone, a gram for each millilitre, must not pass."""
    assert (await market.quote(cart((DAILY, 26)))).option is not None
    assert (await market.quote(cart((DAILY, 27)))).option is None


async def test_a_way_that_does_not_lead_there_is_not_chosen(market: Market) -> None:
    dawn = {"delivery_method_id": "kr-dawn"}
    here = await market.quote(cart((SIGNATURE, 1), postal_code="04524", **dawn))
    assert (here.option is not None, here.delivery) == (True, 5_500)
    there = await market.quote(cart((SIGNATURE, 1), postal_code="63122", **dawn))
    assert (there.option, there.delivery) == (None, 0)
    assert [option.id for option in there.options] == ["kr-chilled"]


async def test_a_way_that_left_the_catalogue_is_not_offered(market: Market, api: Api) -> None:
    await market.change(DeliveryMethod.__table__.update().values(active=False))
    assert await options(api) == []
