"""What came of an experiment: views, orders after them, and how sure that is."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, exists, func, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.ext.asyncio import AsyncSession

from core.settings import Settings
from models.experiment import Exposure
from models.order import Order, OrderLine, OrderStatus
from services.experiment.declared import Arm, Experiment, experiments

# The normal quantile that leaves 2.5 % on either side.
Z = 1.959963984540054
MONEY_IS_BACK = (OrderStatus.CANCELED, OrderStatus.REFUNDED)


@dataclass(frozen=True)
class Outcome:
    """What came of an arm. `estimate`, `low` and `high` are conversions for each view, 0 to 1."""

    arm: Arm
    exposures: int
    conversions: int
    estimate: float
    low: float
    high: float


@dataclass(frozen=True)
class Results:
    """An experiment and what came of each arm; the control first, arms that are no more last."""

    experiment: Experiment
    outcomes: tuple[Outcome, ...]


@dataclass(frozen=True)
class Sums:
    """Sums over an arm: views, conversions, their weights, and squares of customers' weights."""

    exposures: int = 0
    conversions: int = 0
    weight: float = 0.0
    converted: float = 0.0
    squares: float = 0.0


async def results(
    session: AsyncSession, settings: Settings, ids: Iterable[str] | None = None
) -> list[Results]:
    """Return what came of these experiments, or of all; ids that are not declared are left out."""
    wanted = None if ids is None else set(ids)
    asked = [one for one in experiments(settings).values() if wanted is None or one.id in wanted]
    rows = await session.execute(_sums([one.name for one in asked], settings))
    found: dict[str, dict[str, Sums]] = {one.name: {} for one in asked}
    for row in rows:
        found[row.experiment][row.arm] = _read(row)
    return [Results(one, _outcomes(one, found[one.name])) for one in asked]


def estimated(sums: Sums) -> tuple[float, float, float]:
    """Return the share of views that convert if everybody got this arm, and its 95 % interval.

    The share is self-normalised inverse propensity: each view weighs one over the likelihood of
    its arm, sum of weights of conversions over sum of weights (Swaminathan and Joachims, NeurIPS
    2015). The interval is Wilson's score interval (JASA 22, 1927) for the effective number of
    customers, the square of the sum of their weights over the sum of the squares (Kish, Survey
    Sampling, 1965): views of one customer are not independent. Without a view: 0, 0 to 1.
    """
    if not sums.weight:
        return 0.0, 0.0, 1.0
    share, n = sums.converted / sums.weight, sums.weight**2 / sums.squares
    middle = (share + Z**2 / (2 * n)) / (1 + Z**2 / n)
    reach = Z / (1 + Z**2 / n) * math.sqrt(share * (1 - share) / n + Z**2 / (4 * n**2))
    return share, max(0.0, middle - reach), min(1.0, middle + reach)


def _outcomes(experiment: Experiment, found: Mapping[str, Sums]) -> tuple[Outcome, ...]:
    known = {arm.name for arm in experiment.arms}
    gone = tuple(Arm(name) for name in sorted(set(found) - known))
    return tuple(_outcome(arm, found.get(arm.name, Sums())) for arm in _rated(experiment) + gone)


def _rated(experiment: Experiment) -> tuple[Arm, ...]:
    """Return the arms with shares that add up to 1."""
    return tuple(replace(arm, share=experiment.chance(arm)) for arm in experiment.arms)


def _outcome(arm: Arm, sums: Sums) -> Outcome:
    return Outcome(arm, sums.exposures, sums.conversions, *estimated(sums))


def _read(row: Row[Any]) -> Sums:
    counts = int(row.exposures), int(row.conversions)
    return Sums(*counts, row.weight, row.converted, row.squares)


def _sums(names: list[str], settings: Settings) -> Select[Any]:
    credited = _credited(names, settings).subquery()
    weight, has_converted = 1 / Exposure.propensity, credited.c.id.is_not(None)
    customers = (
        select(
            Exposure.experiment,
            Exposure.arm,
            func.count().label("exposures"),
            func.count(credited.c.id).label("conversions"),
            func.sum(weight).label("weight"),
            func.coalesce(func.sum(weight).filter(has_converted), 0.0).label("converted"),
        )
        .outerjoin(credited, credited.c.id == Exposure.id)
        .where(Exposure.experiment.in_(names))
        .group_by(Exposure.experiment, Exposure.arm, Exposure.customer_id)
        .subquery()
    )
    of_customer = customers.c
    return select(
        of_customer.experiment,
        of_customer.arm,
        *(
            func.sum(of_customer[name]).label(name)
            for name in ("exposures", "conversions", "weight", "converted")
        ),
        func.sum(of_customer.weight * of_customer.weight).label("squares"),
    ).group_by(of_customer.experiment, of_customer.arm)


def _credited(names: list[str], settings: Settings) -> Select[Any]:
    """Ids of the views that orders count for: for each order the last that showed what it has."""
    upto = Exposure.shown_at + timedelta(days=settings.experiment_conversion_days)
    last = (
        select(Exposure.id)
        .join(Order, Order.customer_id == Exposure.customer_id)
        .where(
            Exposure.experiment.in_(names),
            Order.paid_at >= Exposure.shown_at,
            Order.paid_at <= upto,
            Order.status.not_in(MONEY_IS_BACK),
            _has_kept_what_was_shown(),
        )
        .ext(distinct_on(Exposure.experiment, Order.id))
        .order_by(Exposure.experiment, Order.id, Exposure.shown_at.desc(), Exposure.id.desc())
        .subquery()
    )
    return select(last.c.id).distinct()


def _has_kept_what_was_shown() -> ColumnElement[bool]:
    line = exists().where(OrderLine.order_id == Order.id, OrderLine.quantity > OrderLine.refunded)
    return line.where(Exposure.products.has_key(OrderLine.product_id))
