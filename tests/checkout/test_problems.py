"""What stands between a cart and its order, met through the door, in both languages."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest_asyncio
from sqlalchemy import update

from app import App
from models.catalogue import Product, Variant
from models.promotion import Promotion
from tests.checkout.till import (
    BOTTLE,
    SEE,
    SMALL,
    addressed,
    change,
    pay,
    proven,
    ready,
    start,
)
from tests.conftest import World
from tests.support.api import Api, person

SCARCE = "nerd15-clear-375"
LINES, APPLY, EXTEND = (
    "UpdateCheckoutLinesInput",
    "ApplyPromotionInput",
    "ExtendReservationInput",
)


@pytest_asyncio.fixture(loop_scope="session")
async def korean(world: World, app: App) -> AsyncIterator[Api]:
    """A stranger who reads Korean."""
    async with person(world.url, locale="ko") as one:
        yield one


def kinds(seen: dict[str, Any]) -> list[str]:
    """The problems of a checkout."""
    return [problem["__typename"] for problem in seen["problems"]]


async def told(seen: dict[str, Any], kind: str, korean: Api) -> tuple[str, str, str]:
    """The code of a problem and its words, in English and in Korean."""
    other = await korean.one(SEE, id=seen["id"])
    (en,), (ko,) = (
        [problem for problem in one["problems"] if problem["__typename"] == kind]
        for one in (seen, other)
    )
    assert ko["code"] == en["code"]
    return en["code"], en["message"], ko["message"]


async def words(api: Api, korean: Api, field: str, kind: str, seen: Any, **more: Any) -> Any:
    """What a refusal says in each language, with its type and code."""
    answers = [await change(one, field, kind, seen, **more) for one in (api, korean)]
    assert answers[0]["__typename"] == answers[1]["__typename"]
    return (
        answers[0]["__typename"],
        answers[0]["code"],
        *(one["message"] for one in answers),
    )


async def set_lines(api: Api, seen: Any, *wanted: tuple[str, int]) -> dict[str, Any]:
    """Change how many are wanted."""
    rows = [{"variantId": id, "quantity": number} for id, number in wanted]
    return await change(api, "updateCheckoutLines", LINES, seen, lines=rows)


def later(app: App, **time: float) -> None:
    """Move the clock of the API on."""
    ahead = app.begin.now() - datetime.now(UTC) + timedelta(**time)
    app.begin.now = lambda: datetime.now(UTC) + ahead


async def test_an_empty_cart_is_not_bought(minsu: Api, korean: Api, app: App, api: Api) -> None:
    empty = await change(api, "updateCheckoutLines", LINES, await start(api), lines=[])
    assert "EmptyCheckout" not in kinds(empty)
    empty = await set_lines(api, empty, (BOTTLE, 0))
    assert await told(empty, "EmptyCheckout", korean) == (
        "EMPTY",
        "There is nothing in it.",
        "장바구니가 비어 있습니다.",
    )
    assert minsu.customer_id
    await proven(app.begin, minsu.customer_id)
    mine = await addressed(minsu, empty)
    refused = await pay(minsu, mine)
    assert refused["__typename"] == "CheckoutIncomplete"
    assert {"__typename": "EmptyCheckout"} in refused["problems"]


async def test_what_is_withdrawn_has_to_be_taken_out(api: Api, korean: Api, app: App) -> None:
    seen = await start(api, (BOTTLE, 1), (SMALL, 1))
    async with app.begin() as uow:
        row = update(Variant).where(Variant.id == SMALL).values(active=False)
        await uow.session.execute(row)
    after = await api.one(SEE, id=seen["id"])
    assert await told(after, "VariantWithdrawn", korean) == (
        "VARIANT_NOT_SOLD",
        "Something in it is no longer sold. Remove it.",
        "더 이상 팔지 않는 상품이 있습니다. 빼 주세요.",
    )
    assert await words(
        api,
        korean,
        "updateCheckoutLines",
        LINES,
        seen,
        lines=[{"variantId": SMALL, "quantity": 2}],
    ) == (
        "VariantNotSold",
        "VARIANT_NOT_SOLD",
        "This channel does not sell that. Choose another variant.",
        "이 채널에서 팔지 않는 상품입니다. 다른 상품을 골라 주세요.",
    )
    settled = await set_lines(api, seen, (SMALL, 0))
    assert "VariantWithdrawn" not in kinds(settled)
    assert [line["variant"]["id"] for line in settled["lines"]] == [BOTTLE]


async def test_what_was_withdrawn_meanwhile_is_not_sold(minsu: Api, app: App) -> None:
    assert minsu.customer_id
    await proven(app.begin, minsu.customer_id)
    seen = await ready(minsu, (SMALL, 1))
    async with app.begin() as uow:
        row = update(Product).where(Product.id == "nerd12-signature").values(active=False)
        await uow.session.execute(row)
    refused = await pay(minsu, seen)
    assert refused["__typename"] == "CheckoutIncomplete", refused
    assert refused["problems"] == [{"__typename": "VariantWithdrawn"}]


async def test_what_nobody_sells_cannot_be_put_in(api: Api) -> None:
    for id in ("no-such-variant", "", "nerd12-signature"):
        refused = await start(api, (id, 1))
        assert (refused["__typename"], refused["field"]) == ("VariantNotSold", "input.lines")


async def test_a_reservation_that_lapsed_matters_once_others_took_the_units(
    api: Api, korean: Api, app: App
) -> None:
    seen = await start(api, (SCARCE, 50))
    later(app, seconds=app.settings.reservation_seconds + 1)
    assert "ReservationExpired" not in kinds(await api.one(SEE, id=seen["id"])), "still there"
    await start(korean, (SCARCE, 20))
    after = await api.one(SEE, id=seen["id"])
    assert {"InsufficientStock", "ReservationExpired"} <= set(kinds(after))
    assert await told(after, "ReservationExpired", korean) == (
        "RESERVATION_EXPIRED",
        "The time for which units were kept is over. Take as many as are left.",
        "잡아 둔 시간이 지나 재고가 풀렸습니다. 남은 수량에 맞춰 다시 담아 주세요.",
    )
    assert await told(after, "InsufficientStock", korean) == (
        "INSUFFICIENT_STOCK",
        "Not enough in stock: 40 can be bought now.",
        "재고가 부족합니다. 지금 40개까지 살 수 있습니다.",
    )
    (short,) = [one for one in after["problems"] if one["__typename"] == "InsufficientStock"]
    assert (short["available"], short["line"]["id"]) == (40, after["lines"][0]["id"])
    settled = await set_lines(api, seen, (SCARCE, 40))
    assert not {"InsufficientStock", "ReservationExpired"} & set(kinds(settled))


async def test_a_code_that_no_longer_counts_is_named(api: Api, korean: Api, app: App) -> None:
    seen = await start(api, (BOTTLE, 1))
    await change(api, "applyPromotion", APPLY, seen, code="FIRSTCUP")
    async with app.begin() as uow:
        over = update(Promotion).where(Promotion.code == "FIRSTCUP")
        await uow.session.execute(over.values(ends_at=uow.now()))
    after = await api.one(SEE, id=seen["id"])
    assert after["totals"]["discount"]["amount"] == 0
    assert await told(after, "PromotionLapsed", korean) == (
        "PROMOTION_LAPSED",
        "This code no longer counts: FIRSTCUP",
        "더 이상 쓸 수 없는 할인 코드입니다: FIRSTCUP",
    )
    settled = await change(api, "removePromotion", APPLY, seen, code="firstcup")
    assert "PromotionLapsed" not in kinds(settled)


async def test_a_cart_that_shrank_below_a_codes_minimum_is_told_what_is_missing(api: Api) -> None:
    seen = await start(api, (BOTTLE, 1))
    await change(api, "applyPromotion", APPLY, seen, code="FIRSTCUP")
    small = await set_lines(api, seen, (BOTTLE, 0), ("nerd6-daily-180", 1))
    assert (small["promotions"], small["totals"]["discount"]["amount"]) == ([], 0)
    assert "Add ₩12,900 more." in [one["missing"] for one in small["nearPromotions"]]
    large = await set_lines(api, seen, (BOTTLE, 1))
    assert large["promotions"][0]["code"] == "FIRSTCUP"


async def test_a_coupon_counts_once_however_often_it_is_given(api: Api, minsu: Api) -> None:
    seen = await start(minsu, (BOTTLE, 1))
    once = await change(minsu, "applyPromotion", APPLY, seen, code="FIRSTCUP")
    for again in ("FIRSTCUP", " firstcup ", "ＦＩＲＳＴＣＵＰ"):
        same = await change(minsu, "applyPromotion", APPLY, seen, code=again)
        assert (same["promotions"], same["totals"]) == (once["promotions"], once["totals"])
    assert [one["code"] for one in same["promotions"]] == ["FIRSTCUP"]
    gone = await change(minsu, "removePromotion", APPLY, seen, code="FirstCup")
    assert (gone["promotions"], gone["totals"]["discount"]["amount"]) == ([], 0)


async def test_units_are_kept_longer_once(api: Api, korean: Api, app: App) -> None:
    seen = await start(api, (BOTTLE, 1))
    kept = seen["reservation"]
    assert kept["extendable"]
    longer = (await change(api, "extendReservation", EXTEND, seen))["reservation"]
    assert longer["extendable"] is False
    before, after = (datetime.fromisoformat(one["expiresAt"]) for one in (kept, longer))
    assert after - before == timedelta(seconds=app.settings.reservation_seconds)
    refusal = (
        "ReservationNotExtendable",
        "RESERVATION_NOT_EXTENDABLE",
        "A reservation can be extended once, before it lapses.",
        "재고 예약은 끝나기 전에 한 번만 연장할 수 있습니다.",
    )
    assert await words(api, korean, "extendReservation", EXTEND, seen) == refusal
    assert (await api.one(SEE, id=seen["id"]))["reservation"] == longer


async def test_what_lapsed_is_not_kept_longer(api: Api, app: App) -> None:
    seen = await start(api, (BOTTLE, 1))
    later(app, seconds=app.settings.reservation_seconds + 1)
    refused = await change(api, "extendReservation", EXTEND, seen)
    assert refused["__typename"] == "ReservationNotExtendable"


async def test_the_same_key_extends_once(api: Api) -> None:
    seen = await start(api, (BOTTLE, 1))
    same = {"idempotencyKey": "the-same-key-of-a-stranger"}
    first = await change(api, "extendReservation", EXTEND, seen, **same)
    again = await change(api, "extendReservation", EXTEND, seen, **same)
    assert again["reservation"] == first["reservation"]


async def test_a_declined_card_leaves_units_and_code(minsu: Api, app: App) -> None:
    assert minsu.customer_id
    await proven(app.begin, minsu.customer_id)
    seen = await ready(minsu, (BOTTLE, 1))
    cheaper = await change(minsu, "applyPromotion", APPLY, seen, code="FIRSTCUP")
    declined = await pay(minsu, cheaper, method="pm_card_chargeDeclined")
    assert declined["__typename"] == "PaymentDeclined"
    after = await minsu.one(SEE, id=seen["id"])
    assert (after["problems"], after["promotions"]) == ([], cheaper["promotions"])
