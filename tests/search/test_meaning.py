"""Meaning behind filters, and the index that it is asked of."""

from typing import Any

from sqlalchemy import select, text, update

from models.search import SearchEntry, SearchVector
from tests.catalogue.door import Door
from tests.catalogue.rows import change
from tests.search.ways import ids, search

MANNERS, HIDDEN = "lore:pouring-manners", "ingredient:traditional-nuruk"


async def vector_of(door: Door, entry: str) -> Any:
    async with door.db.read() as session:
        rows = select(SearchVector).where(SearchVector.entry_id == entry)
        return (await session.scalars(rows)).first()


async def test_a_narrow_filter_keeps_its_meaning(door: Door) -> None:
    """More than forty others are nearer than the one ingredient that means the same."""
    row = await vector_of(door, MANNERS)
    typed = "zzzzqqqq " + row.text.splitlines()[-1][:150]
    alike = [float(one) for one in row.embedding]
    others = select(SearchEntry.id).where(~SearchEntry.id.startswith("ingredient:"))
    crowd = update(SearchVector).where(SearchVector.entry_id.in_(others)).values(embedding=alike)
    await change(door, crowd.execution_options(synchronize_session=False))
    nearly = [alike[0] + 0.05, *alike[1:]]
    mine = update(SearchVector).where(SearchVector.entry_id == HIDDEN).values(embedding=nearly)
    await change(door, mine.execution_options(synchronize_session=False))
    async with door.db.read() as session:
        assert len(list(await session.scalars(others))) * 2 > 40
    found = await search(door, typed, types=["INGREDIENT"])
    assert ids(found)[0] == "traditional-nuruk"
    assert ids(await search(door, typed, types=["LORE"]))


async def test_the_nearest_come_from_the_index(door: Door) -> None:
    """With rows enough to be worth it; of a few hundred Postgres reads all of them."""
    row = await vector_of(door, MANNERS)
    distance = SearchVector.embedding.cosine_distance([float(one) for one in row.embedding])
    asked = select(SearchVector.entry_id, distance)
    asked = asked.where(SearchVector.embedding.is_not(None), SearchVector.model == row.model)
    query = asked.order_by(distance).limit(40)
    async with door.db.write.begin() as session:
        connection = await session.connection()
        compiled = query.compile(connection.engine, compile_kwargs={"literal_binds": True})
        await session.execute(text("set local enable_seqscan = off"))
        await session.execute(text("set local enable_sort = off"))
        plan = "\n".join(await session.scalars(text(f"explain {compiled}".replace(":", r"\:"))))
    assert "ix_search_vectors_embedding" in plan, plan
