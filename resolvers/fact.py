"""The root fields of facts: what staff tell of the world."""

import strawberry

from core.pages import Page
from schema.access import mutation, query, staff
from schema.context import Info
from schema.fact import READ, WRITE, Fact, LearnFactInput, LearnFactResult, RelateInput
from schema.pagination import Connection
from services import world


@strawberry.type
class FactQuery:
    """What was learned."""

    @query(staff(READ))
    async def facts(
        self,
        info: Info,
        about: strawberry.ID,
        include_superseded: bool = False,
        first: int = 20,
        after: str | None = None,
    ) -> Connection[Fact]:
        """What was learned about something, the oldest first.

        `about`: Of what; relations are found from both ends.
        `includeSuperseded`: Also what another fact took the place of, and what was reverted.
        """
        context, page = info.context, Page(first, after)
        now = context.now()
        async with context.db.read() as session:
            rows = await world.facts.page(session, about, page, now, every=include_superseded)

        async def count() -> int:
            async with context.db.read() as session:
                return await world.facts.count(session, about, now, every=include_superseded)

        return Connection.of(rows, page, Fact.of, count)


@strawberry.type
class FactMutation:
    """What is learned, related and taken back."""

    @mutation(staff(WRITE))
    async def learn_fact(self, info: Info, input: LearnFactInput) -> LearnFactResult:
        """Tell something about a thing of the world; it is believed at once."""
        async with info.context.begin() as uow:
            row = await world.facts.learn(
                uow,
                info.context.viewer,
                input.subject_id,
                input.predicate,
                input.value,
                input.warrant(),
                input.idempotency_key,
            )
        return Fact.of(row)

    @mutation(staff(WRITE))
    async def relate(self, info: Info, input: RelateInput) -> LearnFactResult:
        """Tell how two things hang together; ways through the world lead over it."""
        async with info.context.begin() as uow:
            row = await world.facts.relate(
                uow,
                info.context.viewer,
                (input.from_id, input.to_id),
                input.relation,
                input.warrant(),
                input.idempotency_key,
            )
        return Fact.of(row)

    @mutation(staff(WRITE))
    async def revert_fact(self, info: Info, id: strawberry.ID, reason: str) -> LearnFactResult:
        """Take a fact back. What it took the place of is believed again, and is the answer; where
        there was nothing before, the fact itself. Doing it twice changes nothing.

        `id`: Which fact.
        `reason`: Why, 1 to 500 characters.
        """
        async with info.context.begin() as uow:
            row = await world.facts.revert(uow, info.context.viewer, id, reason)
        return Fact.of(row)
