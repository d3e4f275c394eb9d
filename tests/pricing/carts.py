"""Carts, promotions and all that a price depends on, made up by Hypothesis."""

from datetime import date
from fractions import Fraction

from hypothesis import strategies as st

from models.promotion import PromotionKind
from services.pricing import Card, Cart, Condition, Facts, Good, Option, Rule

VARIANTS = [f"bottle-{letter}" for letter in "abcdef"]
PRODUCTS = {id: f"drink-{at // 2}" for at, id in enumerate(VARIANTS)}
CODES = ("SPRING", "FRIENDS")
BY_VALUE = (PromotionKind.ORDER_PERCENT, PromotionKind.LINE_PERCENT)
NAME = {"ko": "이름", "en": "Name"}


def option(id: str, price: int, currency: str = "KRW") -> Option:
    """A way to travel."""
    day = date(2026, 3, 2)
    return Option(id, NAME, "cj", price, day, day, True, currency)


conditions = st.one_of(
    st.just(Condition()),
    st.builds(Condition, same_variant=st.integers(1, 5)),
    st.builds(
        Condition,
        product_id=st.sampled_from(sorted({*PRODUCTS.values()})),
        quantity=st.integers(1, 4),
    ),
    st.builds(Condition, stories=st.integers(1, 8)),
)
sets = st.dictionaries(st.sampled_from(VARIANTS), st.integers(1, 3), min_size=1, max_size=3)
amounts = st.integers(1, 60_000)


@st.composite
def rules(draw: st.DrawFn, number: int) -> Rule:
    """Any promotion that the catalogue lets in."""
    kind = draw(st.sampled_from(PromotionKind))
    is_set = kind is PromotionKind.BUNDLE
    return Rule(
        id=f"promo-{number}",
        name=NAME,
        kind=kind,
        value=draw(st.integers(1, 100)) if kind in BY_VALUE else 0,
        amount=draw(amounts),
        code=draw(st.sampled_from([None, *CODES])),
        stackable=draw(st.booleans()),
        min_subtotal=draw(st.sampled_from([0, 0, 15_000, 80_000])),
        condition=Condition(variants=draw(sets)) if is_set else draw(conditions),
        gift_sku="CUP" if kind is PromotionKind.GIFT else None,
        is_used_up=draw(st.sampled_from([False, False, False, True])),
    )


@st.composite
def markets(draw: st.DrawFn) -> Facts:
    """Everything beside the cart."""
    prices = draw(st.lists(amounts, min_size=6, max_size=6))
    number = draw(st.integers(0, 6))
    included = draw(st.booleans())
    rate = draw(st.sampled_from(["0", "0.1", "0.0725", "0.08875"]))
    ways = draw(st.lists(st.integers(0, 6_000), max_size=2))
    balances = draw(st.lists(st.integers(0, 90_000), max_size=3))
    return Facts(
        currency="KRW",
        tax_included=included,
        tax_rate=Fraction(rate),
        goods={
            id: Good(id, PRODUCTS[id], price) for id, price in zip(VARIANTS, prices, strict=True)
        },
        rules=[draw(rules(at)) for at in range(number)],
        options=[option(f"way-{at}", price) for at, price in enumerate(ways)],
        cards=[Card(f"card-{at}", "1234", left) for at, left in enumerate(balances)],
        free_shipping_from=draw(st.sampled_from([None, 50_000])),
        stories_read=draw(st.sampled_from([None, 0, 5, 12])),
    )


carts = st.builds(
    Cart,
    channel_id=st.just("kr"),
    lines=st.lists(
        st.tuples(st.sampled_from([*VARIANTS, "gone"]), st.integers(1, 24)), max_size=6
    ).map(tuple),
    codes=st.lists(st.sampled_from([*CODES, "NEVER"]), unique=True).map(tuple),
    delivery_method_id=st.sampled_from([None, "way-0", "way-1"]),
)
