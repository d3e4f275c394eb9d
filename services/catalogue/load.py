"""Brings the tables in line with the file: all of it, or nothing."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import select

from core.db import Base
from core.outbox import GraphChange, Transactions, UnitOfWork
from models import catalogue as models
from models import world
from services.catalogue.check import read
from services.catalogue.document import Document
from services.catalogue.rows import MODELS, openings, rows
from services.stock.opening import open_lots


@dataclass
class Report:
    """How many rows the load added, changed, switched off or removed, and nodes to project."""

    added: int = 0
    changed: int = 0
    retired: int = 0
    nodes: set[tuple[str, str]] = field(default_factory=set)

    @property
    def total(self) -> int:
        """How many rows are not as they were."""
        return self.added + self.changed + self.retired


async def load(begin: Transactions, path: Path) -> Report:
    """Load the file. Raises CatalogueInvalid, and then no row has changed."""
    document = read(path)
    async with begin() as uow:
        return await store(uow, document)


async def store(uow: UnitOfWork, document: Document) -> Report:
    """Add, change and switch off rows until they are what the file says."""
    await uow.lock("catalogue")
    wanted: dict[type[Base], dict[str, dict[str, Any]]] = {model: {} for model in MODELS}
    for model, row in rows(document):
        wanted[model][row["id"]] = row
    report = Report()
    for model, entries in wanted.items():
        await _align(uow, model, entries, report)
    # Only of a variant that never had one: a second load must not undo sales.
    report.added += await open_lots(uow, openings(document))
    for kind, key in sorted(report.nodes):
        uow.send(GraphChange(kind, key))
    return report


async def _align(
    uow: UnitOfWork, model: type[Base], entries: dict[str, dict[str, Any]], report: Report
) -> None:
    known = {row.id: row for row in await uow.session.scalars(select(model))}
    for id, values in entries.items():
        row = known.get(id)
        if row is None:
            row = model(**values)
            uow.session.add(row)
            report.added += 1
        elif _moved(row, values):
            report.changed += 1
        else:
            continue
        report.nodes.update(_nodes(row))
    for id in known.keys() - entries.keys():
        report.nodes.update(_nodes(known[id]))
        report.retired += await _retire(uow, known[id])
    await uow.session.flush()


def _moved(row: Base, values: dict[str, Any]) -> bool:
    if isinstance(row, models.Curated):
        values = {**values, "active": True}
    changes = {k: v for k, v in values.items() if getattr(row, k) != v}
    for name, value in changes.items():
        setattr(row, name, value)
    return bool(changes)


async def _retire(uow: UnitOfWork, row: Base) -> bool:
    if isinstance(row, models.Stock):
        return False
    if not isinstance(row, models.Curated):
        await uow.session.delete(row)
        return True
    was, row.active = row.active, False
    return was


def _nodes(row: Base) -> Iterable[tuple[str, str]]:
    """Return the nodes of the graph that this row is a part of."""
    match row:
        case models.ProductIngredient():
            return [("product", row.product_id)]
        case models.BundlePart():
            return [("variant", row.bundle_id)]
        case world.LoreFeature():
            return [(row.subject_kind.value, row.subject_id)]
        case world.LoreKnower():
            return [(row.knower_kind.value, row.knower_id)]
    kind = KINDS.get(type(row))
    return [(kind, row.id)] if kind else []


KINDS: dict[type[Base], str] = {
    models.Product: "product",
    models.Variant: "variant",
    models.Pairing: "pairing",
    models.Recipe: "recipe",
    models.ArExperience: "ar_experience",
    models.CameoTemplate: "template",
    models.Likeness: "likeness",
    world.Ingredient: "ingredient",
    world.Place: "place",
    world.Lore: "lore",
    world.Character: "character",
}
