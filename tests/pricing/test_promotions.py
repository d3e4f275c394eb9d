"""Each promotion of the catalogue in its markets, and each kind beyond it (row E7)."""

from datetime import timedelta

import pytest
from sqlalchemy import update

from models.catalogue import Channel
from models.promotion import PromotionKind
from services.pricing import FREE_DELIVERY, PromotionRefusal
from services.promotion import person_of
from tests.pricing.market import (
    CLOUD,
    DAILY,
    MINSU,
    MONDAY,
    SAMYANG,
    SIGNATURE,
    SPARKLE,
    Market,
    applied,
    cart,
    later,
    near,
    promotion,
)

FIRST, THREE, READER, GLASS = (
    "promo-first-cup",
    "promo-three-for",
    "promo-story-reader",
    "promo-gift-glass",
)


async def test_the_first_cup_in_korea(market: Market) -> None:
    quote = await market.quote(cart((SIGNATURE, 1), codes=["FIRSTCUP"]))
    first = applied(quote, FIRST)
    assert (first.amount, first.code) == (1_800, "FIRSTCUP")
    assert first.reason == {
        "ko": "코드 FIRSTCUP: 주문 금액 10% 할인",
        "en": "Code FIRSTCUP: 10% off the order",
    }
    told = (quote.subtotal, quote.discount, quote.delivery, quote.tax, quote.total, quote.due)
    # 10 % VAT is in the price: 19,700 / 11.
    assert told == (18_000, 1_800, 3_500, 1_791, 19_700, 19_700)
    (line,) = quote.lines
    assert (line.discount, line.total, line.tax + quote.delivery_tax) == (1_800, 16_200, 1_791)


async def test_the_first_cup_in_america(market: Market) -> None:
    rates = update(Channel).where(Channel.id == "us").values(tax_rates={"CA": 0.0725})
    await market.change(rates)
    bottle = cart((SIGNATURE, 1), channel="us", codes=["FIRSTCUP"], region="California")
    quote = await market.quote(bottle)
    # 2,160 * 7.25 % = 156.6; delivery is not taxed.
    told = (quote.subtotal, quote.discount, quote.delivery, quote.tax, quote.total)
    assert told == (2_400, 240, 1_800, 157, 4_117)
    assert quote.lines[0].total == 2_317
    untaxed = await market.quote(cart((SIGNATURE, 1), channel="us", postal_code="97201"))
    assert (untaxed.tax, untaxed.total) == (0, 4_200)
    # What the parcel is sent to counts, not what is written beside it.
    sent = cart((SIGNATURE, 1), channel="us", region="OR", postal_code="94103")
    assert (await market.quote(sent)).tax == 174


async def test_the_first_cup_needs_a_minimum(market: Market) -> None:
    little = cart((DAILY, 2), codes=["FIRSTCUP"])
    quote = await market.quote(little)
    lack = near(quote, FIRST)
    assert (quote.discount, lack.short_by) == (0, 2_000)
    assert lack.missing == {"ko": "₩2,000어치를 더 담으면 돼요.", "en": "Add ₩2,000 more."}
    assert quote.lapsed == ()
    assert await market.takes(little, "FIRSTCUP") is PromotionRefusal.BELOW_MINIMUM
    abroad = cart((SPARKLE, 2), channel="us")
    assert await market.takes(abroad, "FIRSTCUP") is PromotionRefusal.BELOW_MINIMUM


async def test_a_code_nobody_gave_is_not_told(market: Market) -> None:
    quote = await market.quote(cart((SIGNATURE, 1)))
    assert FIRST not in {one.id for one in (*quote.promotions, *quote.near)}


@pytest.mark.parametrize(
    ("channel", "bottle", "discount"), [("kr", DAILY, 2_340), ("us", SPARKLE, 252)]
)
async def test_three_alike(market: Market, channel: str, bottle: str, discount: int) -> None:
    quote = await market.quote(cart((bottle, 3), channel=channel))
    three = applied(quote, THREE)
    assert three.amount == quote.discount == discount
    assert three.reason == {
        "ko": "같은 상품 3개 이상: 12% 할인",
        "en": "3 or more of the same: 12% off",
    }
    two = await market.quote(cart((bottle, 2), (SIGNATURE, 1), channel=channel))
    lack = near(two, THREE)
    assert two.discount == 0
    assert lack.missing == {
        "ko": "같은 상품을 1개 더 담으면 돼요.",
        "en": "Add 1 more of the same.",
    }


async def test_only_the_three_alike_are_cheaper(market: Market) -> None:
    quote = await market.quote(cart((DAILY, 3), (CLOUD, 1)))
    assert [line.discount for line in quote.lines] == [2_340, 0]


async def test_the_better_of_two_that_do_not_combine(market: Market) -> None:
    alike = cart((DAILY, 3), codes=["FIRSTCUP"])
    quote = await market.quote(alike)
    assert [one.id for one in quote.promotions] == [THREE]
    assert near(quote, FIRST).missing["en"] == "It cannot be combined with what applies now."
    assert await market.takes(cart((DAILY, 3)), "FIRSTCUP") is PromotionRefusal.NOT_COMBINABLE
    # With more beside them ten percent of all is more than twelve of three.
    more = cart((DAILY, 3), (SAMYANG, 1), codes=["FIRSTCUP"])
    quote = await market.quote(more)
    assert ([one.id for one in quote.promotions], quote.discount) == ([FIRST], 4_850)
    assert await market.takes(more, "firstcup ") == FIRST


async def test_five_stories_carry_the_parcel(market: Market) -> None:
    mine = cart((SIGNATURE, 1), customer_id=MINSU, person=MINSU)
    await market.read(MINSU, 4)
    quote = await market.quote(mine)
    assert quote.delivery == 3_500
    assert near(quote, READER).missing == {
        "ko": "이야기를 1편 더 읽으면 돼요.",
        "en": "Read 1 more story.",
    }
    await market.read(MINSU, 1)
    quote = await market.quote(mine)
    reader = applied(quote, READER)
    assert (quote.delivery, quote.total, reader.amount) == (0, 18_000, 3_500)
    assert reader.reason == {
        "ko": "이야기 5편 이상 읽음: 배송비 무료",
        "en": "5 or more stories read: free delivery",
    }
    abroad = await market.quote(cart((SIGNATURE, 1), channel="us", customer_id=MINSU))
    assert (abroad.delivery, applied(abroad, READER).amount) == (0, 1_800)
    stranger = await market.quote(cart((SIGNATURE, 1)))
    assert READER not in {one.id for one in (*stranger.promotions, *stranger.near)}


async def test_two_signatures_bring_a_cup(market: Market) -> None:
    quote = await market.quote(cart((SIGNATURE, 2)))
    cup = applied(quote, GLASS)
    assert (cup.gift_sku, cup.amount, quote.discount) == ("CUP_PORCELAIN_01", 0, 0)
    assert cup.reason["en"] == "2 or more of NERD12 Signature: a gift in the parcel"
    assert cup.reason["ko"].endswith("2개 이상: 사은품 증정")
    one = await market.quote(cart((SIGNATURE, 1)))
    assert near(one, GLASS).missing["en"] == "Add 1 × NERD12 Signature."
    none = await market.quote(cart((DAILY, 1)))
    assert GLASS not in {found.id for found in none.near}
    abroad = await market.quote(cart((SIGNATURE, 2), channel="us"))
    assert GLASS not in {found.id for found in (*abroad.promotions, *abroad.near)}


@pytest.mark.parametrize(
    ("channel", "number", "short_by", "price"), [("kr", 2, 14_000, 3_500), ("us", 4, 2_400, 1_800)]
)
async def test_the_market_delivers_for_nothing(
    market: Market, channel: str, number: int, short_by: int, price: int
) -> None:
    quote = await market.quote(cart((SIGNATURE, number), channel=channel))
    assert (near(quote, FREE_DELIVERY).short_by, quote.delivery) == (short_by, price)
    more = await market.quote(cart((SIGNATURE, number + 1), channel=channel))
    assert (applied(more, FREE_DELIVERY).amount, more.delivery) == (price, 0)


async def test_nothing_frees_what_is_free(market: Market) -> None:
    """A free pickup uses no promotion up, and neither does an order that is free by its value."""
    await market.read(MINSU, 5)
    kiosk = await market.quote(cart((SIGNATURE, 1), channel="apec", customer_id=MINSU))
    assert kiosk.promotions == ()
    much = await market.quote(cart((SAMYANG, 2), customer_id=MINSU))
    assert [one.id for one in much.promotions] == [FREE_DELIVERY]


async def test_free_delivery_is_promised_before_a_way_is_chosen(market: Market) -> None:
    await market.read(MINSU, 5)
    open_ = cart((SIGNATURE, 1), customer_id=MINSU, delivery_method_id=None)
    quote = await market.quote(open_)
    assert (quote.option, quote.delivery, applied(quote, READER).amount) == (None, 0, 0)
    assert [option.id for option in quote.options] == ["kr-chilled"]


async def test_an_amount_off_the_order(market: Market) -> None:
    amount = PromotionKind.ORDER_AMOUNT
    await market.add(promotion("spring", amount, amounts={"kr": 5_000}, code="SPRING5000"))
    quote = await market.quote(cart((SIGNATURE, 1), (DAILY, 1), codes=["SPRING5000"]))
    assert [line.discount for line in quote.lines] == [3_673, 1_327]
    assert applied(quote, "spring").reason["ko"] == "코드 SPRING5000: ₩5,000 할인"
    small = await market.quote(cart(("nerd6-daily-180", 1), codes=["SPRING5000"]))
    assert (small.discount, small.total) == (2_100, 3_500)


async def test_a_set_for_a_price(market: Market) -> None:
    pair = {"variants": {DAILY: 1, CLOUD: 1}}
    row = promotion("pair", PromotionKind.BUNDLE, amounts={"kr": 15_000}, condition=pair)
    await market.add(row)
    quote = await market.quote(cart((DAILY, 3), (CLOUD, 2)))
    # Two sets of 18,500 for 15,000 each, and twelve percent of three alike.
    assert (applied(quote, "pair").amount, applied(quote, THREE).amount) == (7_000, 2_340)
    one = await market.quote(cart((DAILY, 1)))
    assert near(one, "pair").missing["en"] == "Add 1 × NERD9 Cloud 750 ml."
    none = await market.quote(cart((SIGNATURE, 1)))
    assert "pair" not in {found.id for found in none.near}


async def test_discounts_never_pass_the_price(market: Market) -> None:
    await market.add(
        promotion("most", PromotionKind.LINE_PERCENT, value=95),
        promotion("rest", PromotionKind.ORDER_AMOUNT, amounts={"kr": 90_000}),
        promotion("late", PromotionKind.ORDER_AMOUNT, amounts={"kr": 1}),
    )
    quote = await market.quote(cart((DAILY, 3)))
    assert (quote.discount, quote.total) == (19_500, 3_500)
    assert sum(one.amount for one in quote.promotions) == 19_500


async def test_codes_that_are_over_lapse(market: Market) -> None:
    own = {"value": 5, "code": "MARCH", "starts_at": MONDAY, "ends_at": later(days=7)}
    await market.add(promotion("march", PromotionKind.ORDER_PERCENT, **own))
    bottle = cart((SIGNATURE, 1), codes=["MARCH"])
    assert await market.takes(bottle, "MARCH", MONDAY - timedelta(seconds=1)) == "unknown_code"
    assert await market.takes(bottle, "MARCH") == "march"
    assert await market.takes(bottle, "MARCH", later(days=7)) is PromotionRefusal.EXPIRED
    assert (await market.quote(bottle)).lapsed == ()
    assert (await market.quote(bottle, later(days=7))).lapsed == ("MARCH",)
    assert await market.takes(cart((SIGNATURE, 1), channel="us"), "MARCH") == "not_in_channel"
    for odd in ("NEVER", "", "A\0B\0C", "MARCH' OR 1=1", "💸" * 300):
        assert await market.takes(bottle, odd) is PromotionRefusal.UNKNOWN_CODE


async def test_a_code_with_a_condition(market: Market) -> None:
    three = {"same_variant_quantity_at_least": 3}
    own = {"value": 20, "code": "THRICE", "condition": three}
    await market.add(promotion("thrice", PromotionKind.LINE_PERCENT, **own))
    assert await market.takes(cart((DAILY, 2)), "THRICE") is PromotionRefusal.CONDITION_UNMET
    assert await market.takes(cart((DAILY, 3)), "thrice") == "thrice"


async def test_limits_reached_lapse(market: Market) -> None:
    bottle = cart((SIGNATURE, 1), codes=["FIRSTCUP"], customer_id=MINSU, person=MINSU)
    assert await market.use(MINSU, FIRST, checkout_id="chk_mine")
    assert (await market.quote(bottle)).lapsed == ("FIRSTCUP",)
    assert await market.takes(bottle, "FIRSTCUP") is PromotionRefusal.LIMIT_REACHED
    # The checkout that uses it is not shut out by itself, nor is anybody else.
    own = cart((SIGNATURE, 1), codes=["FIRSTCUP"], person=MINSU, checkout_id="chk_mine")
    assert (await market.quote(own)).discount == 1_800
    other = cart((SIGNATURE, 1), codes=["FIRSTCUP"], person="email:other")
    assert (await market.quote(other)).discount == 1_800


async def test_strangers_are_known_by_their_address(market: Market) -> None:
    one = person_of(market.settings, None, "Guest@Example.com ")
    assert one is not None
    assert one == person_of(market.settings, None, "guest@example.com")
    assert "guest" not in one
    assert person_of(market.settings, MINSU, "guest@example.com") == MINSU
    assert person_of(market.settings, None, None) is None


async def test_what_is_not_sold_has_no_line(market: Market) -> None:
    quote = await market.quote(cart(("nothing", 2), (DAILY, 1), (DAILY, 1)))
    assert [(line.variant_id, line.quantity) for line in quote.lines] == [(DAILY, 2)]
    empty = await market.quote(cart())
    assert (empty.total, empty.promotions, empty.near) == (0, (), ())
