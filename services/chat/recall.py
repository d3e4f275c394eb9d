"""What of the world is told to the model: five pieces about the question, and names of all."""

import time
from collections.abc import Container
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from core.i18n import pick
from core.viewer import Viewer
from models.catalogue import Product
from models.world import Ingredient, Lore
from services import search, world
from services.catalogue.products import Listing
from services.chat.grounding import Piece, World, names_of
from services.chat.scene import Desk, Scene

PIECES = 5
ASKED_FOR, MOST_NAMED = 10, 2
LONGEST_QUESTION = 200
LONGEST_PIECE = 1_500
KEEP_SECONDS = 60.0


@dataclass
class Names:
    """The names of all that the world holds, read again after a minute."""

    world: World = field(default_factory=lambda: World({}))
    read_at: float = 0.0

    async def now(self, session: AsyncSession) -> World:
        """Return them."""
        if not self.read_at or time.monotonic() - self.read_at > KEEP_SECONDS:
            entries: list[tuple[str, list[str]]] = []
            for column in (Product.name, Ingredient.name, Lore.title):
                table: Any = column.class_
                rows = await session.execute(select(table.id, column).where(table.active))
                entries += [(id, list(names.values())) for id, names in rows]
            self.world, self.read_at = names_of(entries), time.monotonic()
        return self.world


def piece_of(row: Any, locale: str, viewer: Viewer, opened: Container[str] = ()) -> Piece | None:
    """Show a row to the model; None for a story that is locked for the viewer."""
    if isinstance(row, Product):
        return Piece(row.id, "Product", pick(row.name, locale), _product(row, locale))
    if isinstance(row, Ingredient):
        text = f"{pick(row.origin_name, locale)}. {pick(row.story, locale)}"
        return Piece(row.id, "Ingredient", pick(row.name, locale), text[:LONGEST_PIECE])
    if isinstance(row, Lore):
        if world.reason_locked(row, viewer, opened) is not None:
            return None
        text = pick(row.body, locale)[:LONGEST_PIECE]
        return Piece(row.id, "Lore", pick(row.title, locale), text, row.truth.value)
    return None


def _product(row: Product, locale: str) -> str:
    strength = f"{row.abv:g}도" if locale == "ko" else f"{row.abv:g} percent"
    serve = row.serve or {}
    at = "–".join(f"{degrees:g}" for degrees in serve.get("temp_c", ()))
    told = [f"{row.category}, {strength}.", pick(row.description, locale)]
    if at:
        told.append(f"{at} °C.")
    taste = sorted(row.tasting.items(), key=lambda kind: -kind[1])[:3]
    if taste:
        told.append(", ".join(f"{name} {score:g}/5" for name, score in taste) + ".")
    return " ".join(told)[:LONGEST_PIECE]


async def find(desk: Desk, scene: Scene, names: World, question: str) -> list[Piece]:
    """Return the five pieces of the world that are most about a question.

    What it names is among them, whatever the search makes of the rest.
    """
    sources = search.Sources(desk.settings, desk.db, desk.bus, desk.embeddings, is_private=True)
    walker = world.walker_of(desk.db, desk.graph, desk.now())
    async with desk.db.read() as session:
        opened = await world.opened_by(session, scene.viewer.id)
        named = await _named(session, names.named(question))
    listing = Listing(scene.channel, scene.locale, desk.now())
    asked = world.Question(question[:LONGEST_QUESTION], listing, scene.viewer, opened)
    known = (await world.knowledge(walker, sources, asked, ASKED_FOR)).pieces
    found: dict[str, Piece] = {}
    for row, told in [*((row, "") for row in named), *((one.row, _fact(one)) for one in known)]:
        piece = piece_of(row, scene.locale, scene.viewer, opened)
        if piece is None or (piece.id not in found and len(found) >= PIECES):
            continue
        # A row that was named may be found again with a fact of it.
        before = found.get(piece.id, piece).text
        text = before if told in before else f"{before} {told}".strip()
        found[piece.id] = replace(piece, text=text)
    return list(found.values())


def _fact(one: world.KnowledgePiece) -> str:
    return one.excerpt if one.fact is not None else ""


async def _named(session: AsyncSession, ids: set[str]) -> list[Any]:
    rows: list[Any] = []
    for table in (Product, Lore, Ingredient) if ids else ():
        query = select(table).where(table.id.in_(ids), table.active).limit(MOST_NAMED)
        rows += await session.scalars(query)
    return rows
