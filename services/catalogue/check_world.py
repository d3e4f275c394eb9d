"""Checks of stories, people, films and what belongs to them."""

import re
from collections.abc import Iterator

from models.catalogue import LikenessKind, LikenessStatus
from models.world import LoreUnlock
from services.catalogue.document import Document, TemplateEntry
from services.catalogue.index import Index, Problem, missing

PLACEHOLDERS = {"{user_name}", "{user_face}", "{product}"}


def world_problems(document: Document, index: Index) -> Iterator[Problem]:
    """Yield what is wrong with everything but the products themselves."""
    if set(document.locales) != {"ko", "en"}:
        yield "$.locales", "must be ko and en"
    yield from _lore(document, index)
    yield from _people(document, index)
    for at, template in enumerate(document.templates):
        yield from _template(f"$.templates[{at}]", template, index)
    yield from _around(document, index)
    yield from _later(document, index)


def _lore(document: Document, index: Index) -> Iterator[Problem]:
    opened = {a.unlocks_lore for e in document.ar_experiences for a in e.animations}
    for at, lore in enumerate(document.lore):
        path = f"$.lore[{at}]"
        features = lore.features
        yield from missing(f"{path}.features", features.products, index.products, "product")
        yield from missing(
            f"{path}.features", features.ingredients, index.ingredients, "ingredient"
        )
        yield from missing(f"{path}.features", features.characters, index.characters, "character")
        knowers = {**index.characters, **index.likenesses}
        yield from missing(f"{path}.known_by", lore.known_by, knowers, "character or likeness")
        telling = {product.id for product in document.products if lore.id in product.lore}
        for id in sorted(telling ^ set(features.products)):
            yield f"{path}.features.products", f"{id!r}: product and lore do not name each other"
        knowing = {c.id for c in document.characters if lore.id in c.knows}
        for id in sorted(knowing ^ (set(lore.known_by) & set(index.characters))):
            yield f"{path}.known_by", f"{id!r}: character and lore do not name each other"
        if lore.unlock is LoreUnlock.AR and lore.id not in opened:
            yield f"{path}.unlock", "no AR experience unlocks it"
        if lore.unlock is LoreUnlock.ORDER and not features.products:
            yield f"{path}.unlock", "an order must open it, but it features no product"


def _people(document: Document, index: Index) -> Iterator[Problem]:
    for at, character in enumerate(document.characters):
        path = f"$.characters[{at}]"
        yield from missing(f"{path}.knows", character.knows, index.lore, "lore")
        yield from missing(f"{path}.handoff.to", [character.handoff.to], index.characters, "one")
    for at, likeness in enumerate(document.likenesses):
        real = likeness.kind is LikenessKind.REAL_PERSON
        live = likeness.status is LikenessStatus.APPROVED
        if live and not likeness.license:
            yield f"$.likenesses[{at}].license", "an approved likeness needs a licence"
        if live and real and not likeness.licensed_until:
            yield f"$.likenesses[{at}].licensed_until", "a real person's licence has an end"


def _template(path: str, template: TemplateEntry, index: Index) -> Iterator[Problem]:
    seconds = sum(shot.seconds for shot in template.shots) + template.outro.seconds
    if seconds != template.duration:
        yield f"{path}.duration", f"is {template.duration}, but shots and outro last {seconds}"
    if [shot.n for shot in template.shots] != list(range(1, len(template.shots) + 1)):
        yield f"{path}.shots", "are not numbered 1, 2, 3, …"
    host = [template.guest_likeness]
    yield from missing(f"{path}.guest_likeness", host, index.likenesses, "likeness")
    products = template.allowed_products
    yield from missing(f"{path}.allowed_products", products, index.products, "product")
    if template.lore:
        yield from missing(f"{path}.lore", [template.lore], index.lore, "lore")
    texts = [shot.outline for shot in template.shots] + [template.outro.text]
    for text in (words for both in texts for words in (both.ko, both.en)):
        for name in re.findall(r"\{[^}]*\}", text):
            if name not in PLACEHOLDERS:
                yield f"{path}.shots", f"nothing fills {name}"


def _around(document: Document, index: Index) -> Iterator[Problem]:
    for at, experience in enumerate(document.ar_experiences):
        path = f"$.ar_experiences[{at}]"
        yield from missing(f"{path}.product", [experience.product], index.products, "product")
        for number, animation in enumerate(experience.animations):
            here = f"{path}.animations[{number}]"
            stories = [name for name in (animation.lore, animation.unlocks_lore) if name]
            yield from missing(here, stories, index.lore, "lore")
            yield from missing(here, animation.recipes, index.recipes, "recipe")
    for at, recipe in enumerate(document.recipes):
        path = f"$.recipes[{at}]"
        yield from missing(f"{path}.product", [recipe.product], index.products, "product")
        used = [item.variant_of for item in recipe.items if item.variant_of]
        yield from missing(f"{path}.items", used, index.products, "product")
        product = index.products.get(recipe.product)
        if product and recipe.id not in product.cocktails:
            yield f"{path}.product", "the product does not name it among its cocktails"
        if len(recipe.steps.ko) != len(recipe.steps.en):
            yield f"{path}.steps", "ko and en do not have the same number of steps"


def _later(document: Document, index: Index) -> Iterator[Problem]:
    for at, persona in enumerate(document.personas):
        path = f"$.personas[{at}]"
        yield from missing(f"{path}.channel", [persona.channel], index.channels, "channel")
        liked = [name for name, _ in persona.interested]
        yield from missing(f"{path}.interested", liked, index.products, "product")
    for at, curation in enumerate(document.curations):
        yield from missing(f"$.curations[{at}].picks", curation.picks, index.products, "product")
    for at, farm in enumerate(document.farms):
        grown = [farm.ingredient]
        yield from missing(f"$.farms[{at}].ingredient", grown, index.ingredients, "ingredient")
    for at, lot in enumerate(document.lots):
        path = f"$.lots[{at}]"
        yield from missing(f"{path}.product", [lot.product], index.products, "product")
        yield from missing(f"{path}.farm", [lot.farm], index.farms, "farm")
        if lot.bottled < lot.brewed:
            yield f"{path}.bottled", "is before it was brewed"
        if f"/01/{lot.gtin}/10/{lot.code}" not in lot.digital_link:
            yield f"{path}.digital_link", f"does not lead to {lot.gtin} and {lot.code}"
