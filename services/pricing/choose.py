"""Which promotions apply together: all that stack, or one that does not, whichever gives more."""

from collections.abc import Sequence
from dataclasses import dataclass

from models.promotion import PromotionKind
from services.pricing.facts import Rule
from services.pricing.judge import Basket, Gain, Lack, gain, lacks
from services.pricing.shapes import Cart
from services.pricing.shares import shares

# Each is reckoned on full prices; only what passes the price of a line depends on this order.
ORDER = (
    PromotionKind.BUNDLE,
    PromotionKind.LINE_PERCENT,
    PromotionKind.ORDER_PERCENT,
    PromotionKind.ORDER_AMOUNT,
    PromotionKind.FREE_SHIPPING,
    PromotionKind.GIFT,
)


@dataclass(frozen=True)
class Choice:
    """Promotions that apply together: what each takes off, and all off each line and delivery."""

    amounts: tuple[tuple[Rule, int], ...]
    off: tuple[int, ...]
    delivery: int

    @property
    def saved(self) -> int:
        """What all of them take off."""
        return sum(self.off) + self.delivery

    def holds(self, rule: Rule) -> bool:
        """Tell whether a promotion is among them."""
        return any(one.id == rule.id for one, _ in self.amounts)


@dataclass(frozen=True)
class Verdict:
    """What came of every promotion that may apply: the choice, what it shuts out, what lacks."""

    choice: Choice
    shut_out: tuple[Rule, ...]
    lacking: tuple[tuple[Rule, tuple[Lack, ...]], ...]


def decide(cart: Cart, basket: Basket) -> Verdict:
    """Judge every promotion for a basket. In whatever order they come, the result is the same."""
    rules = [rule for rule in basket.facts.rules if _may_apply(rule, cart)]
    rules.sort(key=lambda rule: (ORDER.index(rule.kind), rule.id))
    judged = [(rule, tuple(lacks(rule, basket))) for rule in rules]
    gains = [found for rule, lack in judged if not lack and (found := gain(rule, basket))]
    choice = _best(gains, basket)
    shut_out = tuple(found.rule for found in gains if not choice.holds(found.rule))
    return Verdict(choice, shut_out, tuple((rule, lack) for rule, lack in judged if lack))


def _may_apply(rule: Rule, cart: Cart) -> bool:
    return not rule.is_used_up and (rule.code is None or rule.code in cart.codes)


def _best(gains: Sequence[Gain], basket: Basket) -> Choice:
    together = [one for one in gains if one.rule.stackable]
    alone = [[one] for one in gains if not one.rule.stackable]
    choices = [_taken(group, basket) for group in (together, *alone)]
    return max(choices, key=_worth)


def _worth(choice: Choice) -> tuple[int, int, int]:
    asked_for = sum(rule.code is not None for rule, _ in choice.amounts)
    return choice.saved, asked_for, len(choice.amounts)


def _taken(group: Sequence[Gain], basket: Basket) -> Choice:
    left = [line.amount for line in basket.lines]
    delivery, amounts = 0, []
    for one in group:
        wanted = one.off or shares(min(one.spread, sum(left)), left)
        off = [min(pair) for pair in zip(wanted, left, strict=True)]
        left = [rest - part for rest, part in zip(left, off, strict=True)]
        freed = min(one.delivery, (basket.delivery or 0) - delivery)
        delivery += freed
        if sum(off) + freed or _is_beyond_money(one, basket):
            amounts.append((one.rule, sum(off) + freed))
    taken = (line.amount - rest for line, rest in zip(basket.lines, left, strict=True))
    return Choice(tuple(amounts), tuple(taken), delivery)


def _is_beyond_money(one: Gain, basket: Basket) -> bool:
    """A gift, or delivery that is free whichever will be chosen."""
    if one.rule.kind is PromotionKind.GIFT:
        return True
    return one.rule.kind is PromotionKind.FREE_SHIPPING and basket.delivery is None
