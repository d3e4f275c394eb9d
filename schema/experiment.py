"""What came of experiments, for staff."""

from typing import Any

import strawberry

from core.i18n import current_locale, pick
from schema.base import Node, View
from schema.context import Info
from schema.node import nodes_of
from services import experiment

READ = "experiments.read"


@strawberry.type
class ExperimentParameter:
    """A number that an arm changes."""

    name: str
    """Which one, such as `content`: the weight of likeness in a recommendation."""
    value: float
    """What it is in this arm."""


@strawberry.type
class ExperimentArm(View[experiment.Outcome]):
    """One way of doing it, and what came of it."""

    name: str
    """Its name; `control` is how it is without the experiment."""
    share: float
    """Which part of the customers gets it now, 0 to 1."""
    parameters: list[ExperimentParameter]
    """What it changes; the control nothing."""
    exposures: int
    """How many views of it were shown."""
    conversions: int
    """After how many of these the customer paid for something shown, and kept it."""
    estimate: float
    """Conversions for each view if everybody got it, 0 to 1, by inverse propensity."""
    low: float
    """Where the 95 % interval of the estimate begins."""
    high: float
    """Where it ends."""

    @classmethod
    def of(cls, row: experiment.Outcome) -> "ExperimentArm":
        """Show an arm with its numbers."""
        parameters = [ExperimentParameter(name=n, value=v) for n, v in row.arm.parameters.items()]
        return cls(
            row=row,
            name=row.arm.name,
            share=row.arm.share,
            parameters=parameters,
            exposures=row.exposures,
            conversions=row.conversions,
            estimate=row.estimate,
            low=row.low,
            high=row.high,
        )


@strawberry.type
class ExperimentResults(View[experiment.Results], Node):
    """An experiment, and what came of its arms so far."""

    name: str
    """Its name, as the settings call it."""
    description: str
    """What it asks."""
    arms: list[ExperimentArm]
    """Its arms, the control first."""

    @classmethod
    def of(cls, row: experiment.Results) -> "ExperimentResults":
        """Show an experiment."""
        return cls(
            row=row,
            id=strawberry.ID(row.experiment.id),
            name=row.experiment.name,
            description=pick(row.experiment.about, current_locale.get()),
            arms=ExperimentArm.each(row.outcomes),
        )


@nodes_of("exp")
async def experiments(info: Info, ids: list[str]) -> dict[str, Any]:
    """Find experiments, for staff that may read them."""
    context = info.context
    if READ not in context.viewer.permissions:
        return {}
    async with context.db.read() as session:
        rows = await experiment.results(session, context.settings, ids)
    return {row.experiment.id: ExperimentResults.of(row) for row in rows}
