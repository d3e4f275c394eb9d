"""The root fields that walk the world."""

from typing import Annotated

import strawberry

from models.world import WorldRelation
from schema.access import public, query
from schema.context import Info
from schema.walk import Knowledge, WorldNeighbour, WorldPath
from services import world
from services.catalogue import Listing
from services.search import Sources

FromId = Annotated[strawberry.ID, strawberry.argument(name="from")]


@strawberry.type
class WalkQuery:
    """Ways through the world, in at most three hops, 200 things and half a second."""

    @query(public)
    async def lore_path(
        self, info: Info, from_: FromId, to: strawberry.ID, max_hops: int = 3
    ) -> WorldPath | None:
        """The shortest story between two things; null where none is short enough.

        `from`: Where it begins: any product, ingredient, story, character, dish, drink or place.
        `to`: Where it ends.
        `maxHops`: The most relations it may take, 1 to 3.
        """
        walker = _walker(info)
        way = await world.path(walker, from_, to, max_hops)
        _tell(info, walker)
        return None if way is None else WorldPath.of(way)

    @query(public)
    async def related(
        self,
        info: Info,
        id: strawberry.ID,
        relations: list[WorldRelation] | None = None,
        first: int = 20,
    ) -> list[WorldNeighbour]:
        """What is around a thing, within three relations, the nearest first.

        `id`: Of what: any product, ingredient, story, character, dish, drink or place.
        `relations`: Walk only over these; over all if left out.
        `first`: How many, 1 to 100.
        """
        walker = _walker(info, relations)
        found = await world.neighbours(walker, id, first)
        _tell(info, walker)
        return [WorldNeighbour.of(near) for near in found]

    @query(public)
    async def knowledge(self, info: Info, intent: str, first: int = 5) -> list[Knowledge]:
        """What the world knows about a question, the most fitting first.

        `intent`: The question as somebody asks it, in Korean or English, up to 200 characters.
        """
        context, walker = info.context, _walker(info)
        sources = Sources(context.settings, context.db, context.bus, context.gateways.embeddings)
        listing = Listing(context.channel, context.locale, context.now())
        opened = await _opened(info)
        question = world.Question(intent, listing, context.viewer, opened)
        found = await world.knowledge(walker, sources, question, first)
        _tell(info, walker)
        if found.is_wordy:
            context.degraded.add("embeddings")
        return [Knowledge.of(piece) for piece in found.pieces]


async def _opened(info: Info) -> set[str]:
    """Return the locked stories that the viewer has opened."""
    context = info.context
    if context.viewer.customer_id is None:
        return set()
    async with context.db.read() as session:
        return await world.opened_by(session, context.viewer.id)


def _walker(info: Info, relations: list[WorldRelation] | None = None) -> world.Walker:
    context = info.context
    return world.walker_of(context.db, context.graph, context.now(), relations)


def _tell(info: Info, walker: world.Walker) -> None:
    if walker.is_degraded:
        info.context.degraded.add("world")
