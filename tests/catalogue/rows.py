"""Rows that tests of the catalogue add, change and count."""

from typing import Any

import pytest
from sqlalchemy import delete, select

from core.graph import GraphDown
from core.outbox import GraphChange, Lane, Outbox
from models.catalogue import (
    Product,
    ProductIngredient,
    Stock,
    Variant,
    VariantKind,
    VariantPrice,
)
from models.world import Lore, LoreFeature, SubjectKind
from services import world
from tests.catalogue.door import Door, told

LIST = """
query($first: Int = 20, $after: String, $filter: ProductFilter, $sort: ProductSort!) {
  products(first: $first, after: $after, filter: $filter, sort: $sort) {
    totalCount edges { cursor node { id } }
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }
"""
NEWEST = {"field": "RELEASED", "direction": "DESC"}


async def ids(door: Door, filter: dict[str, Any] | None = None, **more: Any) -> list[str]:
    """Return the products that a filter finds, newest first."""
    found = await told(door, LIST, filter=filter, sort=more.pop("sort", NEWEST), **more)
    edges = found["products"]["edges"]
    assert found["products"]["totalCount"] == len(edges)
    return [edge["node"]["id"] for edge in edges]


async def change(door: Door, statement: Any) -> None:
    async with door.db.write.begin() as session:
        await session.execute(statement)


async def add_product(door: Door, id: str, **more: Any) -> None:
    """Put a plain product on sale in Korea."""
    values: dict[str, Any] = {
        "sku": id,
        "name": {"ko": id, "en": id},
        "category": "Test",
        "abv": 5.0,
        "description": {"ko": "시험", "en": "A test"},
        "story_tags": [],
        "released_on": None,
        "tasting": {},
        "allergen_codes": [],
        "warning_codes": [],
        "pairing_ids": [],
        "related_ids": [],
        "channels": ["kr"],
        "brew": {},
        "images": [],
    }
    async with door.db.write.begin() as session:
        session.add(Product(id=id, **{**values, **more}))
        await session.flush()
        variant = f"{id}-500"
        kind = VariantKind.BOTTLE
        session.add(Variant(id=variant, product_id=id, name={"ko": id}, kind=kind, volume_ml=500))
        await session.flush()
        price = {"variant_id": variant, "channel_id": "kr", "amount": 1_000, "currency": "KRW"}
        session.add(VariantPrice(id=f"{variant}:kr", **price))
        session.add(Stock(id=variant, on_hand=5, low_stock_at=1))


async def write(door: Door, *rows: Any, changes: tuple[tuple[str, str], ...] = ()) -> None:
    """Keep rows, and owe the graph these changes, in one transaction."""
    async with door.begin() as uow:
        for row in rows:
            uow.session.add(row)
            await uow.session.flush()
        for kind, key in changes:
            uow.send(GraphChange(kind, key))


async def drained(door: Door) -> int:
    """Project until nothing is owed; return how many changes that took."""
    total = 0
    while done := await world.project(door.db, door.graph):
        total += done
    return total


async def many_products(door: Door, number: int) -> None:
    """Add products, each with a variant, two ingredients, stories and relatives."""
    async with door.begin() as uow:
        session = uow.session
        base = await session.get_one(Product, "nerd6-daily")
        copied = {c.key: getattr(base, c.key) for c in Product.__table__.columns}
        ids = [f"many-{at:03d}" for at in range(number)]
        for id in ids:
            session.add(Product(**{**copied, "id": id, "sku": id}))
        await session.flush()
        for id in ids:
            kind, name = VariantKind.BOTTLE, {"ko": id, "en": id}
            session.add(Variant(id=f"{id}-v", product_id=id, name=name, kind=kind, volume_ml=500))
            for at, part in enumerate(("icheon-rice", "traditional-nuruk")):
                own = {"product_id": id, "ingredient_id": part, "share": 0.5, "position": at}
                session.add(ProductIngredient(id=f"{id}:{part}", **own))
            subject = {"subject_kind": SubjectKind.PRODUCT, "subject_id": id, "position": 9}
            session.add(LoreFeature(id=f"why-twelve:{id}", lore_id="why-twelve", **subject))
            uow.send(GraphChange("product", id))
            uow.send(GraphChange("variant", f"{id}-v"))
        await session.flush()
        for id in ids:
            price = {"variant_id": f"{id}-v", "channel_id": "kr", "amount": 5, "currency": "KRW"}
            session.add(VariantPrice(id=f"{id}-v:kr", **price))
            session.add(Stock(id=f"{id}-v", on_hand=9, low_stock_at=1))


async def many_stories(door: Door, product: str, number: int) -> None:
    """Tell so many more stories about a product."""
    async with door.begin() as uow:
        base = await uow.session.get_one(Lore, "why-twelve")
        copied = {c.key: getattr(base, c.key) for c in Lore.__table__.columns}
        for at in range(number):
            id = f"story-{at:03d}"
            uow.session.add(Lore(**{**copied, "id": id}))
            subject = {"subject_kind": SubjectKind.PRODUCT, "subject_id": product, "position": at}
            uow.session.add(LoreFeature(id=f"{id}:{product}", lore_id=id, **subject))
            uow.send(GraphChange("lore", id))
        uow.send(GraphChange("product", product))


async def remove_product(door: Door, id: str) -> None:
    async with door.begin() as uow:
        for model, column in (
            (VariantPrice, VariantPrice.variant_id),
            (Stock, Stock.id),
            (Variant, Variant.id),
        ):
            await uow.session.execute(delete(model).where(column == f"{id}-v"))
        for statement in (
            delete(ProductIngredient).where(ProductIngredient.product_id == id),
            delete(LoreFeature).where(LoreFeature.subject_id == id),
            delete(Product).where(Product.id == id),
        ):
            await uow.session.execute(statement)
        uow.send(GraphChange("product", id))
        uow.send(GraphChange("variant", f"{id}-v"))


async def refuses_a_second(door: Door, product: str) -> None:
    """Check that the graph takes no second node of one id."""
    with pytest.raises(GraphDown):
        await door.graph.write("CREATE (:Product {id: $id})", id=product)


async def owed(door: Door) -> int:
    async with door.db.read() as session:
        changes = await session.scalars(select(Outbox.id).where(Outbox.lane == Lane.GRAPH))
        return len(list(changes))
