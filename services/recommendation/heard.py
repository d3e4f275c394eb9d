"""What people say that they like, dislike and want to spend: read off a message, no model asked.

It reads rather too little than too much: a question says nothing of who asks it, an order nothing
of a drink, and neither does a sentence without a word of liking or about somebody else.
"""

import unicodedata
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from services.recommendation.phrases import (
    ASKS,
    DISLIKES,
    LIKES,
    NEITHER,
    ORDERS,
    OTHERS,
    PARTS,
)
from services.recommendation.price import Price, price_in
from services.recommendation.shelf import Shelf
from services.recommendation.wishes import LIGHT, STRONG, Wish, mentioned, read
from services.search.tags import TAGS

LONGEST, MOST_PARTS = 2_000, 30
# "I can't stand it" is not about cans.
SPOKEN = {tag: korean for tag, korean in TAGS.items() if tag != "can"}
KINDS = ("drinks", "tastes", "tags", "categories")


@dataclass(frozen=True)
class Heard:
    """Likings by id, taste, story tag and category: 1 likes it, -1 does not."""

    drinks: Mapping[str, int] = field(default_factory=dict)
    tastes: Mapping[str, int] = field(default_factory=dict)
    tags: Mapping[str, int] = field(default_factory=dict)
    categories: Mapping[str, int] = field(default_factory=dict)
    strength: int = 0
    price: Price | None = None

    def __bool__(self) -> bool:
        return self != NOTHING

    def under(self, newer: "Heard") -> "Heard":
        """Return both; what was said later goes first."""
        return Heard(
            {**self.drinks, **newer.drinks},
            {**self.tastes, **newer.tastes},
            {**self.tags, **newer.tags},
            {**self.categories, **newer.categories},
            newer.strength or self.strength,
            newer.price or self.price,
        )

    @property
    def wish(self) -> Wish:
        """What of it a wish says: tags that are not liked ask for nothing."""
        tags = frozenset(tag for tag, liking in self.tags.items() if liking > 0)
        return Wish(self.tastes, self.strength, tags)

    @property
    def document(self) -> dict[str, Any]:
        """What is kept of it."""
        price = self.price and vars(self.price)
        told = {name: dict(value) for name, value in vars(self).items() if name in KINDS}
        return {**told, "strength": self.strength, "price": price}

    @classmethod
    def of(cls, document: Mapping[str, Any]) -> "Heard":
        """Read what was kept."""
        price = document["price"] and Price(**document["price"])
        kinds = {name: document[name] for name in KINDS}
        return cls(**kinds, strength=document["strength"], price=price)


NOTHING = Heard()


def hear(text: str, named: Callable[[str], Collection[str]], shelf: Shelf) -> Heard:
    """Read a message; `named` tells the ids of what a text names."""
    found = NOTHING
    for part in parts_of(text):
        if ASKS.search(part) or OTHERS.search(part):
            continue
        liking = _liking(part)
        price = price_in(part, is_unwanted=liking < 0)
        found = found.under(Heard(price=price))
        if liking:
            found = found.under(_of_part(part, liking, named, shelf))
    return found


def parts_of(text: str) -> list[str]:
    """Return the parts of sentences, thirty at most, casefolded and without runs of spaces."""
    plain = unicodedata.normalize("NFKC", text[:LONGEST]).casefold().replace("\u2019", "'")
    lines = (" ".join(line.split()) for line in plain.splitlines())
    return [part for line in lines for part in PARTS.split(line) if part.strip()][:MOST_PARTS]


def _liking(part: str) -> int:
    if NEITHER.search(part):
        return 0
    return -1 if DISLIKES.search(part) else 1 if LIKES.search(part) else 0


def _of_part(
    part: str, liking: int, named: Callable[[str], Collection[str]], shelf: Shelf
) -> Heard:
    if drinks := [id for id in named(part) if id in shelf.drinks]:
        # Its name may hold words of taste, and why they do not like it says little of others.
        return NOTHING if ORDERS.search(part) else Heard(drinks=dict.fromkeys(drinks, liking))
    # Without the words of liking, which turn tastes about; `취향` holds the word for scent.
    bare = DISLIKES.sub(" ", LIKES.sub(" ", part) if liking > 0 else part)
    asked = read([bare.replace("취향", " ")], shelf.lexicon)
    is_clear = not (LIGHT.search(bare) and STRONG.search(bare))
    return Heard(
        tastes={name: much * liking for name, much in asked.tastes.items()},
        tags=dict.fromkeys(mentioned(bare, SPOKEN, shelf.lexicon), liking),
        categories=dict.fromkeys(mentioned(bare, shelf.kinds, shelf.lexicon), liking),
        strength=asked.strength * liking if is_clear else 0,
    )


def merged(heard: Iterable[Heard]) -> Heard:
    """Merge what was said, the oldest first."""
    found = NOTHING
    for one in heard:
        found = found.under(one)
    return found
