"""What holds for every price, whatever is bought and promised."""

from dataclasses import replace
from fractions import Fraction
from random import Random

import orjson
from hypothesis import given, settings
from hypothesis import strategies as st

from models.promotion import PromotionKind
from services.pricing import FREE_DELIVERY, Cart, Facts, freeze, price, thaw
from services.pricing.shares import rounded, shares
from tests.pricing.carts import carts, markets

many = settings(max_examples=100, deadline=None)


@many
@given(carts, markets())
def test_the_parts_add_up_to_the_whole(cart: Cart, facts: Facts) -> None:
    quote = price(cart, facts)
    assert quote.subtotal == sum(line.quantity * line.unit_price for line in quote.lines)
    assert quote.discount == sum(line.discount for line in quote.lines)
    assert quote.total == sum(line.total for line in quote.lines) + quote.delivery
    assert quote.tax == sum(line.tax for line in quote.lines) + quote.delivery_tax
    added = 0 if facts.tax_included else quote.tax
    assert quote.total == quote.subtotal - quote.discount + quote.delivery + added
    assert quote.gift_cards == sum(card.amount for card in quote.cards)
    assert quote.due == quote.total - quote.gift_cards


@many
@given(carts, markets())
def test_nothing_is_negative_and_nothing_is_given_twice(cart: Cart, facts: Facts) -> None:
    quote = price(cart, facts)
    assert 0 <= quote.discount <= quote.subtotal
    assert quote.delivery >= 0
    assert quote.due >= 0
    balances = {card.id: card.balance for card in facts.cards}
    for card in quote.cards:
        assert card.amount >= 0
        assert card.remaining >= 0
        assert card.amount + card.remaining == balances[card.id]
    for line in quote.lines:
        full = line.quantity * line.unit_price
        assert 0 <= line.discount <= full
        assert 0 <= line.tax <= full
        assert line.total >= 0


@many
@given(carts, markets())
def test_what_is_taken_off_is_what_promotions_say(cart: Cart, facts: Facts) -> None:
    quote = price(cart, facts)
    listed = quote.option.price if quote.option and quote.lines else 0
    freed = listed - quote.delivery
    assert sum(one.amount for one in quote.promotions) == quote.discount + freed
    ids = [one.id for one in quote.promotions]
    assert len(ids) == len(set(ids))
    assert not {one.id for one in quote.near} & set(ids)


@many
@given(carts, markets(), st.randoms(use_true_random=False))
def test_the_order_of_promotions_and_codes_changes_nothing(
    cart: Cart, facts: Facts, chance: Random
) -> None:
    shuffled, codes = list(facts.rules), list(cart.codes)
    chance.shuffle(shuffled)
    chance.shuffle(codes)
    again = price(replace(cart, codes=tuple(codes)), replace(facts, rules=shuffled))
    quote = price(cart, facts)
    assert replace(again, lapsed=()) == replace(quote, lapsed=())
    assert set(again.lapsed) == set(quote.lapsed)


@many
@given(carts, markets())
def test_used_up_and_unasked_promotions_never_apply(cart: Cart, facts: Facts) -> None:
    rules = {rule.id: rule for rule in facts.rules}
    quote = price(cart, facts)
    for told in (*quote.promotions, *quote.near):
        if told.id != FREE_DELIVERY:
            rule = rules[told.id]
            assert not rule.is_used_up
            assert rule.code is None or rule.code in cart.codes
    alive = {rule.code for rule in facts.rules if not rule.is_used_up}
    assert set(quote.lapsed) == set(cart.codes) - alive


@many
@given(carts, markets())
def test_what_stands_alone_stands_alone(cart: Cart, facts: Facts) -> None:
    rules = {rule.id: rule for rule in facts.rules}
    applied = [one.id for one in price(cart, facts).promotions if one.id != FREE_DELIVERY]
    alone = [id for id in applied if not rules[id].stackable]
    assert not alone or len(applied) == 1


@many
@given(carts, markets())
def test_nobody_pays_more_with_a_promotion_than_without(cart: Cart, facts: Facts) -> None:
    """The best of what may be combined: taking any rule away never makes it cheaper."""
    quote = price(cart, facts)
    for rule in facts.rules:
        rest = [one for one in facts.rules if one.id != rule.id]
        assert quote.total <= price(cart, replace(facts, rules=rest)).total


@many
@given(carts, markets())
def test_tax_is_rounded_once(cart: Cart, facts: Facts) -> None:
    quote = price(cart, facts)
    rate, goods = facts.tax_rate, quote.subtotal - quote.discount
    exact = (goods + quote.delivery) * rate / (1 + rate) if facts.tax_included else goods * rate
    assert abs(quote.tax - exact) <= Fraction(1, 2)


@many
@given(carts, markets())
def test_a_quote_is_kept_as_it_was(cart: Cart, facts: Facts) -> None:
    quote = price(cart, facts)
    assert thaw(orjson.loads(orjson.dumps(freeze(quote)))) == quote


@many
@given(carts, markets())
def test_percentages_are_of_full_prices(cart: Cart, facts: Facts) -> None:
    """One percentage on the whole order is its share of the subtotal, rounded half up."""
    rules = [rule for rule in facts.rules if rule.kind is PromotionKind.ORDER_PERCENT][:1]
    quote = price(cart, replace(facts, rules=rules))
    for told in quote.promotions:
        if told.id != FREE_DELIVERY:
            assert told.amount == rounded(Fraction(quote.subtotal * rules[0].value, 100))


@given(st.lists(st.integers(0, 10**6), max_size=9), st.data())
def test_shares_add_up_and_stay_within_their_weights(
    weights: list[int], data: st.DataObject
) -> None:
    whole = data.draw(st.integers(0, sum(weights)))
    found = shares(whole, weights)
    assert sum(found) == (whole if weights else 0)
    for share, weight in zip(found, weights, strict=True):
        assert 0 <= share <= weight
        assert abs(share * sum(weights) - whole * weight) < max(sum(weights), 1)


def test_halves_are_rounded_up() -> None:
    assert [rounded(Fraction(n, 2)) for n in range(5)] == [0, 1, 1, 2, 2]
    assert shares(10, [1, 1, 1]) == [4, 3, 3]
    assert shares(5, [0, 0]) == [0, 0]
