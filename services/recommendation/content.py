"""How well what is known of a drink fits what is known of somebody: no I/O, and no secrets."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from services.recommendation.heard import NOTHING, Heard
from services.recommendation.person import Person
from services.recommendation.price import Price
from services.recommendation.shelf import Drink, Shelf
from services.recommendation.wishes import Wish, strength_fit

# What each signal counts where there is one; what there is none of counts nothing.
GRAPH, TASTE, WISHED, STRENGTH, TAGS, LIKES = 0.6, 0.25, 0.5, 0.3, 0.25, 0.15
# A budget is one whatever else is asked for.
PRICE = 0.5
SCALE, SPREAD = 5.0, 2.5
TOP = 8


@dataclass(frozen=True)
class Profile:
    """What somebody likes of a drink: their own taste, and tastes that they want none of."""

    taste: Mapping[str, float] = field(default_factory=dict)
    unwanted: Sequence[Mapping[str, float]] = ()
    likes: Wish = field(default_factory=Wish)
    """What their preferences ask for."""
    heard: Heard = NOTHING
    """What they said in chats; its tastes, strength and tags are within `likes`."""


def profile_of(person: Person, shelf: Shelf, likes: Wish) -> Profile:
    """Merge the tastes of what somebody likes, each by how much they do."""
    liked = [
        (shelf.drinks[id].tasting, weight)
        for id, weight in person.liked[:TOP]
        if id in shelf.drinks and shelf.drinks[id].tasting
    ]
    total = sum(weight for _, weight in liked)
    names = sorted({name for tasting, _ in liked for name in tasting})
    taste = {
        name: sum(tasting.get(name, 0.0) * weight for tasting, weight in liked) / total
        for name in names
    }
    unwanted = [shelf.drinks[id].tasting for id in person.disliked[:TOP] if id in shelf.drinks]
    return Profile(taste, [tasting for tasting in unwanted if tasting], likes)


def closeness(one: Mapping[str, float], other: Mapping[str, float]) -> float:
    """Tell how alike two tastings are, 0 to 1."""
    names = one.keys() | other.keys()
    if not one or not other:
        return 0.0
    apart = sum(abs(one.get(name, 0.0) - other.get(name, 0.0)) for name in names)
    return max(0.0, 1 - SPREAD * apart / (SCALE * len(names)))


@dataclass(frozen=True)
class Content:
    """The score of a drink's content, 0 to 1, and what made it, the greatest first."""

    score: float
    signals: Mapping[str, float]


@dataclass(frozen=True)
class Asked:
    """What drinks are scored against; `own` is how much the history of somebody counts.

    `graph` is how much the graph does.
    """

    shelf: Shelf
    profile: Profile
    wish: Wish
    own: float = 1.0
    graph: float = 1.0
    price: Price | None = None
    prices: Mapping[str, int] = field(default_factory=dict)
    """What the cheapest bottle of each drink costs, where a price was spoken of."""


def content(drink: Drink, asked: Asked, evidence: float | None) -> Content:
    """Score a drink; `evidence` is what the graph says, None where it was not asked."""
    found = dict(_signals(drink, asked))
    if evidence is not None:
        found["graph"] = (evidence, GRAPH * asked.graph)
    total = sum(weight for _, weight in found.values())
    if not total:
        return Content(0.0, {})
    shares = {name: value * weight / total for name, (value, weight) in found.items()}
    return Content(min(1.0, sum(shares.values())), shares)


def _signals(drink: Drink, asked: Asked) -> Iterator[tuple[str, tuple[float, float]]]:
    profile = asked.profile
    if profile.taste or profile.unwanted:
        yield "taste", (_taste(drink, profile), TASTE * asked.own)
    liked = LIKES / WISHED * asked.own
    for name, wish, scale in (("wish", asked.wish, 1.0), ("likes", profile.likes, liked)):
        if wish.tastes:
            yield f"{name}.tastes", (_wished(drink, wish, asked.shelf), WISHED * scale)
        if wish.strength:
            yield f"{name}.strength", (strength_fit(drink.abv, wish.strength), STRENGTH * scale)
        if wish.tags:
            share = len(wish.tags & drink.tags) / min(len(wish.tags), 2)
            yield f"{name}.tags", (min(1.0, share), TAGS * scale)
    yield from _spoken(drink, asked, liked)


def _spoken(drink: Drink, asked: Asked, scale: float) -> Iterator[tuple[str, tuple[float, float]]]:
    heard = asked.profile.heard
    if heard.categories:
        fit = (1 + heard.categories.get(drink.category, 0)) / 2
        yield "likes.category", (fit, TAGS * scale)
    if unwanted := {tag for tag, liking in heard.tags.items() if liking < 0}:
        yield "likes.without", (float(not unwanted & drink.tags), TAGS * scale)
    if asked.price and (amount := asked.prices.get(drink.id)) is not None:
        yield "price", (asked.price.fits(amount), PRICE)


def _taste(drink: Drink, profile: Profile) -> float:
    near = closeness(drink.tasting, profile.taste) if profile.taste else 1.0
    far = max((closeness(drink.tasting, one) for one in profile.unwanted), default=0.0)
    return near * (1 - 0.5 * far)


def _wished(drink: Drink, wish: Wish, shelf: Shelf) -> float:
    fits = [
        shelf.has(drink, name) if wanted > 0 else 1 - shelf.has(drink, name)
        for name, wanted in wish.tastes.items()
    ]
    return sum(fits) / len(fits)
