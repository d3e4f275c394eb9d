"""The root fields of experiments."""

import strawberry

from schema.access import query, staff
from schema.context import Info
from schema.experiment import READ, ExperimentResults
from services import experiment


@strawberry.type
class ExperimentQuery:
    """What came of experiments."""

    @query(staff(READ))
    async def experiments(self, info: Info) -> list[ExperimentResults]:
        """Every experiment that is declared, with what came of it so far."""
        async with info.context.db.read() as session:
            rows = await experiment.results(session, info.context.settings)
        return ExperimentResults.each(rows)

    @query(staff(READ))
    async def experiment_results(self, info: Info, id: strawberry.ID) -> ExperimentResults | None:
        """What came of an experiment so far; null when there is no such.

        `id`: Such as `exp_recommender-weights`.
        """
        async with info.context.db.read() as session:
            rows = await experiment.results(session, info.context.settings, [id])
        return ExperimentResults.of(rows[0]) if rows else None
