"""Finds products: filters, orders, and pages that stay in place while others are added."""

import enum
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, collate, exists, func, not_, or_, select
from sqlalchemy.dialects.postgresql import array
from sqlalchemy.ext.asyncio import AsyncSession

from core.errors import BadInput
from core.pages import Page
from models.catalogue import (
    Channel,
    Product,
    ProductIngredient,
    Stock,
    Variant,
    VariantPrice,
)
from models.world import Ingredient
from services.catalogue.inputs import clean, clean_all, pattern
from services.catalogue.offers import sold_here
from services.catalogue.vocabulary import ALLERGENS
from services.stock.sums import SELLABLE, at


class SortField(enum.StrEnum):
    """What to order products by; those without a value come last."""

    RELEASED = "released"
    """The day of release."""
    NAME = "name"
    """The name, in the language of the request."""
    PRICE = "price"
    """The lowest price in the channel."""
    ABV = "abv"
    """The strength."""


class Direction(enum.StrEnum):
    """Which end comes first."""

    ASC = "asc"
    """The smallest, the oldest, the first letter."""
    DESC = "desc"
    """The largest, the newest, the last letter."""


@dataclass(frozen=True)
class Range[N: (int, float)]:
    """From and to, both counted in; None is open."""

    min: N | None = None
    max: N | None = None


@dataclass(frozen=True)
class Filter:
    """Conditions that must all hold; prices are minor units of the channel's currency."""

    category: Sequence[str] | None = None
    abv: Range[float] | None = None
    price: Range[int] | None = None
    tags: Sequence[str] | None = None
    ingredients: Sequence[str] | None = None
    without_allergens: Sequence[str] | None = None
    available: bool | None = None
    text: str | None = None


@dataclass(frozen=True)
class Listing:
    """Which products, for which market, in which order and language."""

    channel: Channel
    locale: str
    now: datetime
    filter: Filter = field(default_factory=Filter)
    sort: SortField = SortField.RELEASED
    direction: Direction = Direction.DESC

    @property
    def tag(self) -> str:
        """Name the order, so that a cursor of another order is not taken for one of this."""
        by = {SortField.NAME: self.locale, SortField.PRICE: self.channel.id}.get(self.sort, "")
        return f"{self.sort}.{self.direction}.{by}"


@dataclass(frozen=True)
class Listed:
    """A product and its place in the order."""

    product: Product
    tag: str
    value: Any

    @property
    def key(self) -> tuple[Any, ...]:
        """Return what a cursor holds."""
        shown = self.value.isoformat() if isinstance(self.value, date) else self.value
        return self.tag, shown, self.product.id


async def page(session: AsyncSession, listing: Listing, page: Page) -> list[Listed]:
    """Return one entry more than the page holds, if there is one. Raises BadInput."""
    value = _value(listing)
    query = select(Product, value.label("value")).where(*conditions(listing))
    if (key := page.key(3)) is not None:
        query = query.where(_after(listing, value, key))
    ordered = value.desc() if listing.direction is Direction.DESC else value.asc()
    query = query.order_by(ordered.nulls_last(), Product.id).limit(page.first + 1)
    rows = await session.execute(query, at(listing.now))
    return [Listed(row, listing.tag, value) for row, value in rows]


async def count(session: AsyncSession, listing: Listing) -> int:
    """Return how many products the whole listing has. Raises BadInput."""
    query = select(func.count()).select_from(Product).where(*conditions(listing))
    return await session.scalar(query, at(listing.now)) or 0


async def pages_with(
    session: AsyncSession,
    channel: Channel,
    ingredient_ids: Sequence[str],
    page: Page,
    now: datetime,
) -> dict[str, list[Listed]]:
    """Return for each ingredient its newest products, one more than the page holds."""
    listing = Listing(channel, channel.default_locale, now)
    value = _value(listing)
    asked = [*conditions(listing)]
    if (key := page.key(3)) is not None:
        asked.append(_after(listing, value, key))
    place = func.row_number().over(
        partition_by=ProductIngredient.ingredient_id,
        order_by=(value.desc().nulls_last(), Product.id),
    )
    ranked = (
        select(Product.id, ProductIngredient.ingredient_id, place.label("place"))
        .join(ProductIngredient, ProductIngredient.product_id == Product.id)
        .where(ProductIngredient.ingredient_id.in_(ingredient_ids), *asked)
        .subquery()
    )
    query = (
        select(ranked.c.ingredient_id, Product)
        .join(ranked, ranked.c.id == Product.id)
        .where(ranked.c.place <= page.first + 1)
        .order_by(ranked.c.ingredient_id, ranked.c.place)
    )
    found: dict[str, list[Listed]] = {id: [] for id in ingredient_ids}
    for id, row in await session.execute(query):
        found[id].append(Listed(row, listing.tag, row.released_on))
    return found


async def counts_with(session: AsyncSession, ingredient_ids: Sequence[str]) -> dict[str, int]:
    """Return how many products each ingredient is in."""
    query = (
        select(ProductIngredient.ingredient_id, func.count())
        .join(Product, Product.id == ProductIngredient.product_id)
        .where(ProductIngredient.ingredient_id.in_(ingredient_ids), Product.active)
        .group_by(ProductIngredient.ingredient_id)
    )
    found = dict.fromkeys(ingredient_ids, 0)
    for id, number in await session.execute(query):
        found[id] = number
    return found


def _value(listing: Listing) -> ColumnElement[Any]:
    match listing.sort:
        case SortField.NAME:
            return collate(func.lower(Product.name[listing.locale].astext), "C")
        case SortField.PRICE:
            return _lowest_price(listing.channel.id)
        case SortField.ABV:
            return Product.abv.expression
    return Product.released_on.expression


def _lowest_price(channel_id: str) -> ColumnElement[Any]:
    return (
        select(func.min(VariantPrice.amount))
        .join(Variant, Variant.id == VariantPrice.variant_id)
        .where(Variant.product_id == Product.id, VariantPrice.channel_id == channel_id)
        .where(sold_here(channel_id))
        .correlate(Product)
        .scalar_subquery()
    )


def _after(listing: Listing, value: ColumnElement[Any], key: list[Any]) -> ColumnElement[bool]:
    tag, shown, id = key
    if tag != listing.tag or not isinstance(id, str):
        raise BadInput(argument="after")
    if shown is None:
        return and_(value.is_(None), Product.id > id)
    at = _parsed(listing.sort, shown)
    beyond = value < at if listing.direction is Direction.DESC else value > at
    return or_(beyond, and_(value == at, Product.id > id), value.is_(None))


def _parsed(sort: SortField, shown: Any) -> Any:
    try:
        match sort:
            case SortField.RELEASED:
                return date.fromisoformat(shown)
            case SortField.NAME if isinstance(shown, str):
                return shown
            case SortField.PRICE if type(shown) is int and abs(shown) < 2**31:
                return shown
            case SortField.ABV if type(shown) in (int, float):
                return float(shown)
    except (TypeError, ValueError):
        pass
    raise BadInput(argument="after")


def conditions(listing: Listing) -> Iterator[ColumnElement[bool]]:
    """Tell what is asked of `Product`; run it with the parameters of `at`. Raises BadInput."""
    filter, channel_id = listing.filter, listing.channel.id
    yield Product.active.is_(True)
    if filter.category is not None:
        yield Product.category.in_(clean_all(filter.category, "filter.category"))
    if filter.abv is not None:
        yield from _within(Product.abv.expression, filter.abv, "filter.abv")
    if filter.tags is not None:
        tags = clean_all(filter.tags, "filter.tags")
        yield Product.story_tags.has_any(array(tags, type_=Product.sku.type))
    if filter.price is not None:
        price = VariantPrice.amount.expression
        yield _variant(channel_id, *_within(price, filter.price, "filter.price"))
    if filter.available is not None:
        buyable = _variant(channel_id, SELLABLE > 0)
        yield buyable if filter.available else not_(buyable)
    yield from _contents(filter)


def _contents(filter: Filter) -> Iterator[ColumnElement[bool]]:
    for id in clean_all(filter.ingredients or (), "filter.ingredients"):
        yield _made_with(Ingredient.id == id)
    if filter.without_allergens is not None:
        codes = clean_all(filter.without_allergens, "filter.withoutAllergens")
        # A code that nobody has is a slip of the pen, and must not look like "safe".
        if not set(codes) <= ALLERGENS.keys():
            raise BadInput(argument="filter.withoutAllergens")
        if codes:
            wanted = array(codes, type_=Product.sku.type)
            yield not_(Product.allergen_codes.has_any(wanted))
            yield not_(_made_with(Ingredient.allergen_codes.has_any(wanted)))
    if filter.text is not None and (text := clean(filter.text, "filter.text").strip()):
        yield _says(text)


def _within[N: (int, float)](
    value: ColumnElement[N], bounds: Range[N], argument: str
) -> Iterator[ColumnElement[bool]]:
    if bounds.min is not None and bounds.max is not None and bounds.min > bounds.max:
        raise BadInput(argument=argument)
    if bounds.min is not None:
        yield value >= bounds.min
    if bounds.max is not None:
        yield value <= bounds.max


def _variant(channel_id: str, *conditions: ColumnElement[bool]) -> ColumnElement[bool]:
    return exists(
        select(1)
        .select_from(Variant)
        .join(VariantPrice, VariantPrice.variant_id == Variant.id)
        .outerjoin(Stock, Stock.id == Variant.id)
        .where(Variant.product_id == Product.id, VariantPrice.channel_id == channel_id)
        .where(sold_here(channel_id), *conditions)
        .correlate(Product)
    )


def _made_with(condition: ColumnElement[bool]) -> ColumnElement[bool]:
    return exists(
        select(1)
        .select_from(ProductIngredient)
        .join(Ingredient, Ingredient.id == ProductIngredient.ingredient_id)
        .where(ProductIngredient.product_id == Product.id, Ingredient.active, condition)
        .correlate(Product)
    )


def _says(text: str) -> ColumnElement[bool]:
    like = pattern(text)
    own = (
        column[locale].astext.ilike(like, escape="\\")
        for column in (Product.name, Product.description)
        for locale in ("ko", "en")
    )
    inside = (Ingredient.name[locale].astext.ilike(like, escape="\\") for locale in ("ko", "en"))
    return or_(*own, Product.category.ilike(like, escape="\\"), _made_with(or_(*inside)))
