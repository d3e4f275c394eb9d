"""Reads the catalogue's file and finds everything that is wrong with it before a row is written."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import orjson
from pydantic import ValidationError

from core.money import EXPONENTS
from services.catalogue.check_selling import selling_problems
from services.catalogue.check_world import world_problems
from services.catalogue.document import Document
from services.catalogue.entries import ProductEntry
from services.catalogue.index import Index, Problem, missing
from services.catalogue.places import PREFIX

MAX_BYTES = 50_000_000


@dataclass
class CatalogueInvalid(Exception):
    """The file cannot be loaded; nothing was changed. Each problem names its place."""

    file: str
    problems: list[Problem]

    def __str__(self) -> str:
        lines = [f"{self.file}: {path}: {reason}" for path, reason in self.problems]
        return f"{len(lines)} problem(s)\n" + "\n".join(lines)


def read(path: Path) -> Document:
    """Return the file's content. Raises CatalogueInvalid with every problem found."""
    try:
        if path.stat().st_size > MAX_BYTES:
            raise CatalogueInvalid(str(path), [("$", f"is larger than {MAX_BYTES} bytes")])
        document = Document.model_validate(orjson.loads(path.read_bytes()))
    except OSError as error:
        raise CatalogueInvalid(str(path), [("$", error.strerror or "cannot be read")]) from error
    except orjson.JSONDecodeError as error:
        raise CatalogueInvalid(str(path), [("$", f"is not JSON: {error}")]) from error
    except ValidationError as error:
        raise CatalogueInvalid(str(path), _shape_problems(error)) from error
    problems = list(_problems(document))
    if problems:
        raise CatalogueInvalid(str(path), problems)
    return document


def _shape_problems(error: ValidationError) -> list[Problem]:
    found = []
    for fault in error.errors(include_url=False, include_input=False):
        parts = (f"[{p}]" if isinstance(p, int) else f".{p}" for p in fault["loc"])
        found.append(("$" + "".join(parts), fault["msg"]))
    return found


def _problems(document: Document) -> Iterator[Problem]:
    index = Index(document)
    yield from _ids(document)
    yield from _channels(document)
    yield from _products(document, index)
    yield from _sold(document, index)
    yield from _told(document, index)
    yield from world_problems(document, index)
    yield from selling_problems(document, index)


def _ids(document: Document) -> Iterator[Problem]:
    places: dict[str, str] = {}
    for path, entry in Index.nodes(document):
        if entry.id in places:
            yield f"{path}.id", f"{entry.id!r} is already the id of {places[entry.id]}"
        places.setdefault(entry.id, path)
    for path, entry in Index.nodes(document):
        if entry.id.startswith(PREFIX):
            yield f"{path}.id", f"{entry.id!r} begins as ids of places do"
    for section in ("tasting_sets", "club_plans", "curations", "promotions", "gift_cards"):
        yield from _twice(f"$.{section}", [e.id for e in getattr(document, section)])
    for section in ("shipping", "personas", "chat_eval"):
        yield from _twice(f"$.{section}", [e.id for e in getattr(document, section)])
    yield from _twice("$.products", [p.sku for p in document.products])
    yield from _twice("$.ar_experiences", [e.label_marker for e in document.ar_experiences])
    yield from _twice("$.ar_experiences", [e.product for e in document.ar_experiences])


def _twice(path: str, values: list[str]) -> Iterator[Problem]:
    for value, times in Counter(values).items():
        if times > 1:
            yield path, f"{value!r} stands here {times} times"


def _channels(document: Document) -> Iterator[Problem]:
    for at, channel in enumerate(document.channels):
        path = f"$.channels[{at}]"
        if channel.currency_exponent != EXPONENTS[channel.currency]:
            expected = EXPONENTS[channel.currency]
            yield f"{path}.currency_exponent", f"is {expected} for {channel.currency}"
        if channel.default_locale not in channel.locales:
            yield f"{path}.default_locale", "is not one of the channel's locales"


def _products(document: Document, index: Index) -> Iterator[Problem]:
    for at, product in enumerate(document.products):
        path = f"$.products[{at}]"
        parts = [entry.ingredient for entry in product.ingredients]
        yield from missing(f"{path}.ingredients", parts, index.ingredients, "ingredient")
        yield from _twice(f"{path}.ingredients", parts)
        yield from missing(f"{path}.pairings", product.pairings, index.pairings, "pairing")
        yield from missing(f"{path}.lore", product.lore, index.lore, "lore")
        yield from missing(f"{path}.related", product.related, index.products, "product")
        yield from missing(f"{path}.cocktails", product.cocktails, index.recipes, "recipe")
        warnings = document.legal.health_warnings
        yield from missing(f"{path}.warnings", product.warnings, warnings, "health warning")
        yield from missing(f"{path}.available", product.available, index.channels, "channel")
        if product.id in product.related:
            yield f"{path}.related", "names the product itself"
        if sum(entry.share or 0 for entry in product.ingredients) > 1 + 1e-9:
            yield f"{path}.ingredients", "the shares are more than the whole"
        if product.serve and product.serve.temp_c[0] > product.serve.temp_c[1]:
            yield f"{path}.serve.temp_c", "is from warm to cold; put the lower degree first"
        declared = set(product.allergens)
        for code in sorted(index.allergens_inside(product) - declared):
            yield f"{path}.allergens", f"{code!r} is in an ingredient or a part, but not named here"


def _sold(document: Document, index: Index) -> Iterator[Problem]:
    for at, product in enumerate(document.products):
        path = f"$.products[{at}]"
        for number, variant in enumerate(product.variants):
            here = f"{path}.variants[{number}]"
            yield from missing(f"{here}.price", variant.price, index.channels, "channel")
            if (variant.kind == "bundle") != (variant.stock is None):
                yield f"{here}.stock", "is null for a bundle, and a number for all else"
            if variant.kind == "bundle" and not (variant.stock_from_bundle and product.bundle):
                yield f"{here}.stock_from_bundle", "a bundle needs this and `bundle` with its parts"
        sold = {c for c, open_ in product.available.items() if open_}
        for channel in sorted(sold - {c for v in product.variants for c in v.price}):
            yield f"{path}.available.{channel}", "no variant has a price there"
        yield from _bundle(f"{path}.bundle", product, index)


def _bundle(path: str, product: ProductEntry, index: Index) -> Iterator[Problem]:
    yield from missing(path, [p.variant for p in product.bundle], index.variants, "variant")
    parts = [index.variants[p.variant] for p in product.bundle if p.variant in index.variants]
    if any(part.kind == "bundle" for part in parts):
        yield path, "a bundle cannot hold a bundle"
    for variant in product.variants:
        if variant.kind != "bundle":
            continue
        for channel in variant.price:
            if any(channel not in part.price for part in parts):
                yield path, f"a part has no price in channel {channel!r}"


def _told(document: Document, index: Index) -> Iterator[Problem]:
    for at, product in enumerate(document.products):
        path = f"$.products[{at}]"
        if product.tasting:
            known = index.tasting_sets.get(product.tasting.set)
            if known is None:
                yield f"{path}.tasting.set", f"there is no tasting set {product.tasting.set!r}"
                continue
            dimensions = {dimension.id for dimension in known.dimensions}
            scores = f"{path}.tasting.scores"
            yield from missing(scores, product.tasting.scores, dimensions, "dimension")
            for name, score in product.tasting.scores.items():
                if not known.scale[0] <= score <= known.scale[1]:
                    yield f"{scores}.{name}", f"is not within {known.scale}"
        experience = index.experiences.get(product.ar_experience or "")
        if product.ar_experience and (
            not experience
            or experience.product != product.id
            or experience.label_marker != product.ar_marker
        ):
            yield f"{path}.ar_experience", "no such experience with this product and marker"
