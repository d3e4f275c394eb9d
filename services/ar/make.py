"""Brings the codes of an order in line with it: one for each unit that is paid for and kept."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import exists, select
from sqlalchemy.dialects.postgresql import insert

from core.ids import new_id
from core.outbox import UnitOfWork
from core.settings import Settings
from models import world
from models.ar import ArDevice, LoreUnlock, UnlockCode
from models.catalogue import ArExperience, BundlePart, Variant
from models.order import Order, OrderLine
from services import order as orders
from services.ar.codes import code_of, hash_of, plain

type Recipe = dict[str, int]
"""Units of each product that has an experience, in one unit of a variant."""


async def make(uow: UnitOfWork, settings: Settings, order_id: str) -> None:
    """Make the codes that are missing, and revoke those of units that went back.

    The same again changes nothing. What is not paid has none.
    """
    order = await uow.session.get(Order, order_id, with_for_update=True, populate_existing=True)
    if order is None:
        return
    order.codes_due_at = None
    if order.paid_at is None:
        return
    lines = await orders.lines_of(uow, order_id)
    recipes = await _recipes(uow, lines)
    shown = await _experiences(uow, {id for recipe in recipes.values() for id in recipe})
    known = await _known(uow, order_id)
    changes, kept = 0, set[str]()
    for line in lines:
        units = units_kept(order, line)
        for product_id, each in recipes[line.variant_id].items():
            if units:
                kept.add(product_id)
            if experience := shown.get(product_id):
                codes = known[line.id, product_id]
                changes += _align(uow, settings, line, experience, codes, units * each)
    await _open_lore(uow, order, kept)
    if changes:
        uow.send(orders.order_changed(order_id))


def units_kept(order: Order, line: OrderLine) -> int:
    """Count the units of a line that neither came back nor were refunded.

    Refunds take units that were not sent first; of those that were, the same unit may have come
    back and been refunded.
    """
    if not orders.kept(order, line):
        return 0
    unsent = min(line.refunded, line.quantity - line.fulfilled)
    return line.quantity - unsent - max(line.refunded - unsent, line.returned)


async def _recipes(uow: UnitOfWork, lines: Sequence[OrderLine]) -> dict[str, Recipe]:
    """Return what each variant holds: its own product, and the products of a bundle's parts."""
    found: dict[str, Recipe] = {line.variant_id: {line.product_id: 1} for line in lines}
    parts = (
        select(BundlePart.bundle_id, Variant.product_id, BundlePart.quantity)
        .join(Variant, Variant.id == BundlePart.part_id)
        .where(BundlePart.bundle_id.in_(found))
    )
    for bundle_id, product_id, quantity in await uow.session.execute(parts):
        recipe = found[bundle_id]
        recipe[product_id] = recipe.get(product_id, 0) + quantity
    return found


async def _experiences(uow: UnitOfWork, product_ids: set[str]) -> dict[str, ArExperience]:
    rows = select(ArExperience).where(ArExperience.product_id.in_(product_ids), ArExperience.active)
    return {row.product_id: row for row in await uow.session.scalars(rows)}


async def _known(uow: UnitOfWork, order_id: str) -> dict[tuple[str, str], list[UnlockCode]]:
    """Return the codes of an order; those to be revoked first come last: unused, then newest."""
    used = exists().where(ArDevice.unlock_code_id == UnlockCode.id)
    rows = (
        select(UnlockCode)
        .where(UnlockCode.order_id == order_id)
        .order_by(used.desc(), UnlockCode.unit)
        .with_for_update()
    )
    found: dict[tuple[str, str], list[UnlockCode]] = defaultdict(list)
    for row in await uow.session.scalars(rows):
        found[row.order_line_id, row.product_id].append(row)
    return found


def _align(
    uow: UnitOfWork,
    settings: Settings,
    line: OrderLine,
    experience: ArExperience,
    codes: Sequence[UnlockCode],
    wanted: int,
) -> int:
    live = [code for code in codes if code.revoked_at is None]
    for code in live[wanted:]:
        code.revoked_at = uow.now()
    last = max((code.unit for code in codes), default=0)
    for unit in range(last + 1, last + 1 + wanted - len(live)):
        uow.session.add(_code(uow, settings, line, experience, unit))
    return abs(wanted - len(live))


def _code(
    uow: UnitOfWork, settings: Settings, line: OrderLine, experience: ArExperience, unit: int
) -> UnlockCode:
    id = new_id("unl")
    return UnlockCode(
        id=id,
        order_id=line.order_id,
        order_line_id=line.id,
        product_id=experience.product_id,
        unit=unit,
        code_hash=hash_of(settings, plain(code_of(settings, id)) or ""),
        max_devices=experience.max_devices,
        expires_at=uow.now() + timedelta(days=experience.unlock_ttl_days),
    )


async def _open_lore(uow: UnitOfWork, order: Order, product_ids: set[str]) -> None:
    """Open the stories that an order of their drink opens; a story once read stays open."""
    if order.customer_id is None or not product_ids:
        return
    by_order = world.Lore.unlock == world.LoreUnlock.ORDER
    rows = select(world.Lore.id).where(by_order, world.Lore.unlock_product_id.in_(product_ids))
    await open_lore(uow, order.customer_id, list(await uow.session.scalars(rows)))


async def open_lore(uow: UnitOfWork, customer_id: str, lore_ids: Sequence[str]) -> None:
    """Note that somebody found these stories; once is enough."""
    if not lore_ids:
        return
    rows = [
        {"id": new_id("lun"), "customer_id": customer_id, "lore_id": id, "created_at": uow.now()}
        for id in sorted(set(lore_ids))
    ]
    new = insert(LoreUnlock).values(rows)
    await uow.session.execute(new.on_conflict_do_nothing(index_elements=["customer_id", "lore_id"]))
