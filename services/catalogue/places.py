"""Places: where ingredients come from. The file has no list of them, so they are read off it."""

import re
import unicodedata
from collections.abc import Iterable, Mapping

from models.world import Ingredient, Place

PREFIX = "place-"
ASIDE = re.compile(r"\s*\([^)]*\)\s*$")
NO_WORD = re.compile(r"[^a-z0-9]+")
# What an id may hold, without the prefix.
MOST = 80 - len(PREFIX)


def place_id(name: Mapping[str, str]) -> str:
    """Return the id of a place: its English name as a slug, without what is said in brackets."""
    plain = unicodedata.normalize("NFKD", ASIDE.sub("", name["en"])).encode("ascii", "ignore")
    slug = NO_WORD.sub("-", plain.decode().lower()).strip("-")
    if not slug:
        slug = "-".join(f"{ord(letter):x}" for letter in ASIDE.sub("", name["ko"]))
    return PREFIX + slug[:MOST].strip("-")


def place_of(ingredient: Ingredient) -> Place:
    """Return the place that an ingredient comes from, as a row of no session."""
    name = {locale: ASIDE.sub("", text) for locale, text in ingredient.origin_name.items()}
    return Place(
        id=place_id(ingredient.origin_name),
        name=name,
        latitude=ingredient.latitude,
        longitude=ingredient.longitude,
        active=True,
    )


def places(ingredients: Iterable[Ingredient]) -> dict[str, Place]:
    """Return each place once, as the first ingredient has it."""
    found: dict[str, Place] = {}
    for ingredient in ingredients:
        place = place_of(ingredient)
        found.setdefault(place.id, place)
    return found
