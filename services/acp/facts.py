"""What sessions and orders say of the things in them."""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from core.ids import is_id
from models.catalogue import HealthWarning, Product, Variant
from services.checkout import VariantNotSold


@dataclass(frozen=True)
class Facts:
    """Variants and their products by variant id, and the words of warnings by code."""

    variants: dict[str, tuple[Variant, Product]]
    warnings: dict[str, dict[str, str]]


async def facts_of(session: AsyncSession, variant_ids: Iterable[str]) -> Facts:
    """Read what is told of these variants."""
    query = select(Variant, Product).join(Product, Product.id == Variant.product_id)
    rows = await session.execute(query.where(Variant.id.in_(list(variant_ids))))
    variants = {variant.id: (variant, product) for variant, product in rows}
    codes = {code for _, product in variants.values() for code in product.warning_codes}
    found = await session.scalars(select(HealthWarning).where(HealthWarning.id.in_(codes)))
    return Facts(variants, {row.id: row.text for row in found})


async def variant_of(session: AsyncSession, id: str) -> str:
    """Return the variant that an item names: itself, or the first of a product's.

    Raises VariantNotSold for what names nothing.
    """
    if not is_id(id):
        raise VariantNotSold
    if await session.get(Variant, id) is not None:
        return id
    first = (
        select(Variant.id)
        .where(Variant.product_id == id, Variant.active)
        .order_by(Variant.position, Variant.id)
        .limit(1)
    )
    return await session.scalar(first) or id
