"""Whether a promotion applies to a basket, and what it would take off."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction

from models.promotion import PromotionKind
from services.pricing import wording
from services.pricing.facts import Facts, Rule
from services.pricing.shapes import Words
from services.pricing.shares import rounded, shares
from services.promotion import PromotionRefusal


@dataclass(frozen=True)
class Line:
    """So many of a variant, before any discount."""

    variant_id: str
    product_id: str
    quantity: int
    unit_price: int

    @property
    def amount(self) -> int:
        """What all units cost."""
        return self.quantity * self.unit_price


@dataclass(frozen=True)
class Basket:
    """What promotions look at. `delivery` is what one could take off; None when not chosen yet."""

    lines: tuple[Line, ...]
    facts: Facts
    delivery: int | None

    @property
    def subtotal(self) -> int:
        """All lines before any discount."""
        return sum(line.amount for line in self.lines)

    @property
    def units(self) -> Mapping[str, int]:
        """How many there are of each variant."""
        return {line.variant_id: line.quantity for line in self.lines}

    def units_of(self, product_id: str) -> int:
        """How many there are of a product."""
        return sum(line.quantity for line in self.lines if line.product_id == product_id)


@dataclass(frozen=True)
class Gain:
    """A promotion whose conditions are met: what it takes off each line, off the order as far as
    it goes, or off delivery."""

    rule: Rule
    off: tuple[int, ...] = ()
    spread: int = 0
    delivery: int = 0


@dataclass(frozen=True)
class Lack:
    """A condition that is not met; `is_near` when what is there leads towards it."""

    missing: Words
    refusal: PromotionRefusal
    is_near: bool = True
    short_by: int | None = None


def lacks(rule: Rule, basket: Basket) -> list[Lack]:
    """Return what is missing for a promotion; nothing when it applies."""
    return [*_of_money(rule, basket), *_of_units(rule, basket), *_of_sets(rule, basket)]


def gain(rule: Rule, basket: Basket) -> Gain | None:
    """Return what a promotion with met conditions gives; None when that is nothing here."""
    match rule.kind:
        case PromotionKind.ORDER_PERCENT | PromotionKind.LINE_PERCENT:
            found = Gain(rule, _percent(rule, basket))
        case PromotionKind.BUNDLE:
            found = Gain(rule, _sets(rule, basket))
        case PromotionKind.ORDER_AMOUNT:
            found = Gain(rule, spread=min(rule.amount, basket.subtotal))
        case PromotionKind.FREE_SHIPPING:
            # Not chosen yet: it is promised, and costs nothing so far.
            return None if basket.delivery == 0 else Gain(rule, delivery=basket.delivery or 0)
        case PromotionKind.GIFT:
            return Gain(rule)
    return found if any(found.off) or found.spread else None


def _of_money(rule: Rule, basket: Basket) -> Iterator[Lack]:
    short_by = rule.min_subtotal - basket.subtotal
    if short_by > 0:
        said = wording.add_money(short_by, basket.facts.currency)
        yield Lack(said, PromotionRefusal.BELOW_MINIMUM, short_by=short_by)
    read, wanted = basket.facts.stories_read, rule.condition.stories
    if wanted is not None and (read or 0) < wanted:
        said = wording.read_more(wanted - (read or 0))
        yield Lack(said, PromotionRefusal.CONDITION_UNMET, read is not None)


def _of_units(rule: Rule, basket: Basket) -> Iterator[Lack]:
    wanted, unmet = rule.condition, PromotionRefusal.CONDITION_UNMET
    if wanted.same_variant is not None:
        most = max((line.quantity for line in basket.lines), default=0)
        if most < wanted.same_variant:
            yield Lack(wording.add_same(wanted.same_variant - most), unmet, most > 0)
    if wanted.product_id is not None:
        have = basket.units_of(wanted.product_id)
        if have < wanted.quantity:
            name = basket.facts.names.get(wanted.product_id, {})
            yield Lack(wording.add_units([(name, wanted.quantity - have)]), unmet, have > 0)


def _of_sets(rule: Rule, basket: Basket) -> Iterator[Lack]:
    units, names = basket.units, basket.facts.names
    short = {id: n - units.get(id, 0) for id, n in rule.condition.variants.items()}
    absent = [(names.get(id, {}), n) for id, n in sorted(short.items()) if n > 0]
    if absent:
        has_some = any(units.get(id) for id in rule.condition.variants)
        said = wording.add_units(absent)
        yield Lack(said, PromotionRefusal.CONDITION_UNMET, has_some)


def _percent(rule: Rule, basket: Basket) -> tuple[int, ...]:
    is_whole = rule.kind is PromotionKind.ORDER_PERCENT
    weights = [line.amount if is_whole or _is_meant(rule, line) else 0 for line in basket.lines]
    off = rounded(Fraction(sum(weights) * rule.value, 100))
    return tuple(shares(off, weights))


def _is_meant(rule: Rule, line: Line) -> bool:
    wanted = rule.condition
    if wanted.same_variant is not None and line.quantity < wanted.same_variant:
        return False
    if wanted.variants and line.variant_id not in wanted.variants:
        return False
    return wanted.product_id in (None, line.product_id)


def _sets(rule: Rule, basket: Basket) -> tuple[int, ...]:
    parts, units = rule.condition.variants, basket.units
    number = min((units.get(id, 0) // count for id, count in parts.items()), default=0)
    weights = [line.unit_price * parts.get(line.variant_id, 0) * number for line in basket.lines]
    off = max(sum(weights) - rule.amount * number, 0)
    return tuple(shares(off, weights))
