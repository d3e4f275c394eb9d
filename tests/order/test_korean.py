"""Names and addresses as people in Korea write them, from the basket to the parcel and the mail."""

import unicodedata
from typing import Any

import httpx2
import pytest

from services.delivery.regions import PROVINCES
from tests.cameo.desk import until
from tests.checkout.till import SEOUL, addressed, change, pay, proven, ready, start
from tests.conftest import World
from tests.order.desk import Desk
from tests.support.api import TLS, key, person

SHOWN = """query ($id: ID!) { order(id: $id) { number shippingAddress {
  recipient line1 line2 city region postalCode country phone } } }"""
FOUND = """query ($filter: OrderFilter) { orders(filter: $filter) { edges { node { id } } } }"""
SEARCH = "query ($text: String!) { products(filter: {text: $text}) { edges { node { id } } } }"
PLACE = "SetCheckoutAddressInput"


def apart(text: str) -> str:
    """Syllables taken apart, as file systems and some keyboards send them."""
    return unicodedata.normalize("NFD", text)


WRITTEN = {
    "in one piece": {"recipient": "김민수", "line2": "3층"},
    "taken apart": {
        "recipient": apart("황보 하늘별님구름"),
        "line1": apart("서울특별시 중구 세종대로 110"),
        "line2": apart("무교동 뒷골목 빨간 대문"),
        "region": apart("서울특별시"),
        "city": apart("중구"),
    },
    "as long as it goes": {
        "recipient": "박하늘별님구름햇님보다사랑스러우리" * 3,
        "line1": "가" * 120,
        "line2": "힣" * 120,
    },
    "with pictures": {
        "recipient": "하늘🌿 김👨‍👩‍👧가족",
        "line1": "세종대로 110 🏠",
        "line2": "🚪 3층",
    },
    "from right to left": {"recipient": "محمد علي", "line1": "שדרות 110, 서울", "line2": "غرفة ٣"},
    "old letters and signs": {"recipient": "ᄒᆞᆫ글 李民秀 Ñandú O’Neil", "line1": "№ 3–5 ㈜너드 ½층"},
    "for a database": {"recipient": "'; drop table orders;--", "line1": "{{7*7}} <b>110</b> %s \\"},
}


@pytest.mark.parametrize("written", WRITTEN)
async def test_what_is_written_is_what_the_parcel_shows(desk: Desk, written: str) -> None:
    told = {**SEOUL, **WRITTEN[written]}
    if written == "as long as it goes":
        told["recipient"] = told["recipient"][:60]
    cart = await addressed(desk.customer, await start(desk.customer), shipping=told)
    assert cart["problems"] == [], cart
    bought = await pay(desk.customer, cart)
    assert bought["order"]["status"] == "PAID", bought
    kept = {name: unicodedata.normalize("NFC", text) for name, text in told.items()}
    for api in (desk.customer, desk.staff):
        order = await api.one(SHOWN, id=bought["order"]["id"])
        assert order["shippingAddress"] == {"city": None, **kept}
    for text in (told["recipient"], apart(told["recipient"]), kept["recipient"][:3]):
        found = (await desk.staff.one(FOUND, filter={"text": text}))["edges"]
        assert bought["order"]["id"] in [edge["node"]["id"] for edge in found], text


@pytest.mark.parametrize(
    ("field", "text"),
    [
        ("recipient", "김" * 61),
        ("line1", apart("각" * 121)),
        ("recipient", "\u202eXDREN"),
        ("line2", "민수\u2066"),
        ("recipient", "민\u0007수"),
        ("postalCode", "123"),
        ("phone", "전화 없음"),
    ],
)
async def test_what_cannot_be_printed_is_refused_and_changes_nothing(
    desk: Desk, field: str, text: str
) -> None:
    cart = await ready(desk.customer)
    told = {**SEOUL, field: text}
    query = "setCheckoutAddress"
    answer = await change(desk.customer, query, PLACE, cart, shipping=told)
    assert (answer["code"], answer["field"]) == ("INVALID_INPUT", f"input.shipping.{field}")
    again = await addressed(desk.customer, cart)
    assert again["shippingAddress"]["recipient"] == SEOUL["recipient"]


async def test_every_province_is_known_by_each_of_its_names(desk: Desk) -> None:
    cart = await start(desk.customer)
    for _, area, names in PROVINCES.values():
        for name in (*names.split(), apart(names.split()[-2])):
            told = {**SEOUL, "region": name, "postalCode": f"{area[0]:02d}524"}
            seen = await change(desk.customer, "setCheckoutAddress", PLACE, cart, shipping=told)
            assert seen["__typename"] == "Checkout", (name, seen)
            assert seen["shippingAddress"]["region"] == unicodedata.normalize("NFC", name)
            assert seen["deliveryOptions"], name
            refused = {one["__typename"] for one in seen["problems"]}
            assert not refused & {"RegionRestricted", "AddressIncomplete"}, name


@pytest.mark.usefixtures("workers")
async def test_a_buyer_without_an_account_gets_the_mail(desk: Desk, world: World) -> None:
    email = f"김민수.{key()[:6]}@예시.한국"
    async with person(world.url, locale="ko") as guest:
        await guest.guest()
        tell = "mutation ($i: UpdateAccountInput!) { updateAccount(input: $i) { __typename } }"
        await guest.one(tell, i={"birthDate": "1990-01-01"})
        await proven(desk.host.begin, str(guest.customer_id))
        cart = await start(guest)
        cart = await addressed(guest, cart, email=apart(email), shipping={
            **SEOUL, "recipient": apart("남궁하늘"), "region": "서울"
        })  # fmt: skip
        bought = await pay(guest, cart)
        number = bought["order"]["number"]
    kept = await mail_to(world, email)
    assert number in kept["text"]
    assert "주문" in kept["subject"] + kept["text"]
    order = await desk.read(bought["order"]["id"])
    assert (order["email"], order["shippingAddress"]["recipient"]) == (email, "남궁하늘")


async def mail_to(world: World, address: str) -> Any:
    """The first message to an address, once it is there."""
    async with httpx2.AsyncClient(verify=TLS) as http:

        async def found() -> Any:
            messages = (await http.get(world.env["MAIL_URL"])).json()["messages"]
            return next(
                (one["message"] for one in messages if one["message"]["to"] == address), None
            )

        return await until(found)


async def test_words_that_were_taken_apart_are_found(desk: Desk) -> None:
    for text in ("오미자", apart("오미자"), apart("유자")):
        found: list[Any] = (await desk.customer.one(SEARCH, text=text))["edges"]
        assert found, text
