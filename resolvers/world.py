"""The root fields of ingredients, stories and characters."""

import strawberry

from core.pages import Page
from models import world as models
from schema import slugs as _slugs  # registers what `node` finds by slug
from schema.access import public, query
from schema.context import Info
from schema.pagination import Connection
from schema.world import Character, Ingredient, Lore, LoreFilter
from services import catalogue, world

__all__ = ["WorldQuery", "_slugs"]


@strawberry.type
class WorldQuery:
    """What the world around the drinks holds."""

    @query(public)
    async def ingredient(self, info: Info, id: strawberry.ID) -> Ingredient | None:
        """Something that drinks are made of."""
        async with info.context.db.read() as session:
            return Ingredient.maybe(await catalogue.entry(session, models.Ingredient, id))

    @query(public)
    async def ingredients(
        self, info: Info, first: int = 20, after: str | None = None
    ) -> Connection[Ingredient]:
        """Everything that drinks are made of."""
        context, page = info.context, Page(first, after)
        async with context.db.read() as session:
            rows = await world.ingredient_page(session, page)

        async def count() -> int:
            async with context.db.read() as session:
                return await world.ingredient_count(session)

        return Connection.of(rows, page, Ingredient.of, count)

    @query(public)
    async def lore(self, info: Info, id: strawberry.ID) -> Lore | None:
        """A story."""
        async with info.context.db.read() as session:
            return Lore.maybe(await catalogue.entry(session, models.Lore, id))

    @query(public)
    async def lore_entries(
        self,
        info: Info,
        first: int = 20,
        after: str | None = None,
        filter: LoreFilter | None = None,
    ) -> Connection[Lore]:
        """Stories that meet every condition."""
        context, page = info.context, Page(first, after)
        wanted = filter.told() if filter else world.LoreFilter()
        async with context.db.read() as session:
            rows = await world.lore_page(session, wanted, page)

        async def count() -> int:
            async with context.db.read() as session:
                return await world.lore_count(session, wanted)

        return Connection.of(rows, page, Lore.of, count)

    @query(public)
    async def character(self, info: Info, id: strawberry.ID) -> Character | None:
        """Someone to talk with."""
        async with info.context.db.read() as session:
            return Character.maybe(await catalogue.entry(session, models.Character, id))

    @query(public)
    async def characters(self, info: Info) -> list[Character]:
        """Everyone to talk with."""
        async with info.context.db.read() as session:
            return Character.each(await world.characters(session))
