"""The price of a cart, from facts alone: no session, no clock, no chance."""

from collections import Counter
from dataclasses import dataclass

from services.delivery import Option
from services.pricing import wording
from services.pricing.choose import Verdict, decide
from services.pricing.facts import Facts
from services.pricing.judge import Basket, Line
from services.pricing.shapes import Applied, AppliedCard, Cart, Near, Quote, QuoteLine
from services.pricing.shares import rounded, shares

FREE_DELIVERY = "free-delivery"
"""The id of the channel's own free delivery among promotions; it counts against no limit."""


def price(cart: Cart, facts: Facts) -> Quote:
    """Return what a cart costs.

    Discounts are reckoned on full prices, tax on what is paid; both are rounded once, half up, and
    divided among the lines by largest remainders.
    """
    basket = basket_of(cart, facts)
    option = _option(cart, facts)
    verdict = decide(cart, basket)
    paid = _paid(verdict, basket, option)
    total = sum(line.total for line in paid.lines) + paid.delivery
    cards = _cards(facts, total)
    given = sum(card.amount for card in cards)
    return Quote(
        lines=paid.lines,
        subtotal=basket.subtotal,
        discount=sum(line.discount for line in paid.lines),
        delivery=paid.delivery,
        delivery_tax=paid.delivery_tax,
        tax=sum(line.tax for line in paid.lines) + paid.delivery_tax,
        total=total,
        gift_cards=given,
        due=total - given,
        currency=facts.currency,
        promotions=_applied(verdict, basket, option),
        near=_near(cart, verdict, basket, option),
        options=tuple(facts.options),
        option=option,
        cards=cards,
        lapsed=_lapsed(cart, facts),
    )


def basket_of(cart: Cart, facts: Facts) -> Basket:
    """Return the cart as promotions look at it; what the channel does not sell is left out."""
    units = Counter[str]()
    for variant_id, quantity in cart.lines:
        units[variant_id] += quantity
    goods = [(facts.goods[id], n) for id, n in units.items() if id in facts.goods and n > 0]
    lines = tuple(Line(good.variant_id, good.product_id, n, good.price) for good, n in goods)
    basket, option = Basket(lines, facts, None), _option(cart, facts)
    if not lines or _is_free_by_value(basket):
        return Basket(lines, facts, 0)
    return Basket(lines, facts, option.price if option else None)


def _option(cart: Cart, facts: Facts) -> Option | None:
    return next((one for one in facts.options if one.id == cart.delivery_method_id), None)


def _is_free_by_value(basket: Basket) -> bool:
    threshold = basket.facts.free_shipping_from
    return threshold is not None and basket.subtotal >= threshold


@dataclass(frozen=True)
class _Paid:
    lines: tuple[QuoteLine, ...]
    delivery: int
    delivery_tax: int


def _paid(verdict: Verdict, basket: Basket, option: Option | None) -> _Paid:
    listed = option.price if option and basket.lines and not _is_free_by_value(basket) else 0
    delivery = listed - verdict.choice.delivery
    off, facts = verdict.choice.off, basket.facts
    net = [line.amount - less for line, less in zip(basket.lines, off, strict=True)]
    tax, delivery_tax = _tax(net, delivery, facts)
    lines = tuple(
        QuoteLine(
            variant_id=line.variant_id,
            quantity=line.quantity,
            unit_price=line.unit_price,
            discount=less,
            tax=part,
            total=rest if facts.tax_included else rest + part,
        )
        for line, less, rest, part in zip(basket.lines, off, net, tax, strict=True)
    )
    return _Paid(lines, delivery, delivery_tax)


def _tax(net: list[int], delivery: int, facts: Facts) -> tuple[list[int], int]:
    """Return the tax of each line and of delivery: in what is paid, or added to the goods."""
    rate = facts.tax_rate
    if not facts.tax_included:
        return shares(rounded(sum(net) * rate), net), 0
    *lines, last = shares(rounded((sum(net) + delivery) * rate / (1 + rate)), [*net, delivery])
    return lines, last


def _cards(facts: Facts, total: int) -> tuple[AppliedCard, ...]:
    left, found = total, []
    for card in facts.cards:
        amount = min(card.balance, left)
        left -= amount
        rest = card.balance - amount
        found.append(AppliedCard(card.id, card.last_four, amount, rest, facts.currency))
    return tuple(found)


def _applied(verdict: Verdict, basket: Basket, option: Option | None) -> tuple[Applied, ...]:
    facts = basket.facts
    found = [
        Applied(
            id=rule.id,
            name=rule.name,
            code=rule.code,
            amount=amount,
            reason=wording.reason(rule, facts.currency, facts.names),
            gift_sku=rule.gift_sku,
            currency=facts.currency,
        )
        for rule, amount in verdict.choice.amounts
    ]
    threshold, listed = facts.free_shipping_from, option.price if option else None
    if threshold is not None and basket.lines and _is_free_by_value(basket) and listed != 0:
        reason = wording.delivery_reason(threshold, facts.currency)
        own = (FREE_DELIVERY, wording.FREE_DELIVERY, None, listed or 0, reason, None)
        found.append(Applied(*own, facts.currency))
    return tuple(found)


def _near(cart: Cart, verdict: Verdict, basket: Basket, option: Option | None) -> tuple[Near, ...]:
    if not basket.lines:
        return ()
    currency, found = basket.facts.currency, []
    for rule, lack in verdict.lacking:
        if rule.code in cart.codes or all(one.is_near for one in lack):
            said = wording.joined(one.missing for one in lack)
            short_by = lack[0].short_by if len(lack) == 1 else None
            found.append(Near(rule.id, rule.name, said, short_by, currency))
    for rule in verdict.shut_out:
        found.append(Near(rule.id, rule.name, wording.NOT_COMBINED, None, currency))
    found += _near_delivery(verdict, basket, option)
    return tuple(sorted(found, key=lambda one: (one.short_by is None, one.short_by or 0, one.id)))


def _near_delivery(verdict: Verdict, basket: Basket, option: Option | None) -> list[Near]:
    threshold, currency = basket.facts.free_shipping_from, basket.facts.currency
    is_free = basket.delivery == 0 or any(
        rule.kind == "free_shipping" for rule, _ in verdict.choice.amounts
    )
    if threshold is None or is_free:
        return []
    short_by = threshold - basket.subtotal
    said = wording.add_money(short_by, currency)
    return [Near(FREE_DELIVERY, wording.FREE_DELIVERY, said, short_by, currency)]


def _lapsed(cart: Cart, facts: Facts) -> tuple[str, ...]:
    alive = {rule.code for rule in facts.rules if not rule.is_used_up}
    return tuple(code for code in dict.fromkeys(cart.codes) if code not in alive)
