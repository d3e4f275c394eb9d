"""Whole amounts: rounding half up, and shares that add up to the whole."""

from collections.abc import Sequence
from fractions import Fraction


def rounded(amount: Fraction) -> int:
    """Round to a whole minor unit, half up; the amount is not negative."""
    return (amount * 2 + 1) // 2


def shares(whole: int, weights: Sequence[int]) -> list[int]:
    """Divide an amount by weights: the largest remainders get what rounding down leaves.

    The shares add up to the whole; none passes its weight while the whole does not pass their sum.
    """
    total = sum(weights)
    if total == 0:
        return [0 for _ in weights]
    parts = [divmod(whole * weight, total) for weight in weights]
    found = [share for share, _ in parts]
    by_rest = sorted(range(len(parts)), key=lambda at: (-parts[at][1], at))
    for at in by_rest[: whole - sum(found)]:
        found[at] += 1
    return found
