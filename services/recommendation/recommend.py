"""Recommends: who it is for, three scores at once, the rules on rows of now, and the reasons."""

import asyncio
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace

import orjson
from prometheus_client import Histogram

from core.errors import BadInput
from core.telemetry import SECONDS
from models.world import WorldKind
from services import world
from services.catalogue.inputs import clean
from services.recommendation import allergy, collaborative, popular
from services.recommendation.allowed import first_allowed, prices_of
from services.recommendation.cache import API_SECONDS, PROFILE_SECONDS
from services.recommendation.content import Asked, Profile, profile_of
from services.recommendation.crowd import liked, usual
from services.recommendation.evidence import RELATIONS, Evidence, evidence
from services.recommendation.heard import Heard
from services.recommendation.meaning import MOST_ANCHORS, MOST_NEAR, near_to, nearness, text_of
from services.recommendation.person import Person, person_of
from services.recommendation.price import Price, price_of
from services.recommendation.rank import Case, Judged, Ranked, rank
from services.recommendation.reason import Telling, reason
from services.recommendation.shapes import Ask, Context, Item, Recommended, Sources, Stores
from services.recommendation.shelf import Shelf, shelf_of
from services.recommendation.wishes import Wish, read
from services.search.words import fold
from services.world import Thing, Way

GENERATION = Histogram(
    "recommendation_generation_time",
    "Seconds to make a list of recommendations",
    buckets=SECONDS,
)
SPOKEN_OF = 0.8
# How much somebody's history counts where they ask for something.
BESIDE = 0.25


async def recommend(sources: Sources, ask: Ask) -> Recommended:
    """Return what fits best of what may be shown; opens its own sessions. Raises BadInput.

    What a service that is down would have said is left out, and the service is named.
    """
    with GENERATION.time():
        shelf = await shelf_of(sources.db)
        context = _checked(ask.context, shelf)
        person = await _person(sources, ask, context)
        if person.limits.withheld is not None:
            return Recommended(withheld=person.limits.withheld)
        wish = read(context.said, shelf.lexicon)
        profile = _with_words(await _profile(sources, person, shelf), person.heard)
        price, prices = await _spending(sources, ask, context, person)
        walker = world.Walker(
            sources.db, sources.graph, sources.now(), RELATIONS, sources.graph.deadline
        )
        starts = _starts(person, context, shelf)
        (judged, missing), found = await asyncio.gather(
            _judged(sources, ask, context, person, shelf, wish), evidence(walker, starts)
        )
        if found.is_degraded:
            missing |= {"world"}
        against = _asked(shelf, profile, wish, context, starts)
        against = replace(against, price=price, prices=prices)
        case = Case(against, found, judged, ask.weights)
        ranked = fitting(person, context, case)
        items = await _items(sources, ask, person, case, ranked, shelf)
    return Recommended(items, missing)


def _checked(context: Context, shelf: Shelf) -> Context:
    if context.product_id is not None and context.product_id not in shelf.drinks:
        raise BadInput(argument="context.productId")
    if context.pairing_id is not None and context.pairing_id not in shelf.dishes:
        raise BadInput(argument="context.pairingId")
    return replace(
        context,
        occasion=clean(context.occasion, "context.occasion").strip(),
        wish=clean(context.wish, "context.wish").strip(),
        region=clean(context.region, "context.region") if context.region else None,
    )


async def _person(sources: Sources, ask: Ask, context: Context) -> Person:
    async with sources.db.read() as session:
        person = await person_of(
            session, sources.settings, ask.viewer, ask.channel, sources.now(), context.region
        )
    said = allergy.told([*context.earlier, *context.said]) | allergy.Told(context.avoids)
    return replace(person, limits=person.limits.also(said))


async def _profile(sources: Sources, person: Person, shelf: Shelf) -> Profile:
    """Return what their likes come to; it is kept as long as they are the same."""
    if person.customer_id is None:
        return Profile()
    key, basis = f"user:preference:{person.customer_id}", person.basis + shelf.version
    if (kept := await sources.cache.get(key, basis)) is not None:
        asked = Wish(kept["tastes"], kept["strength"], frozenset(kept["tags"]))
        return Profile(kept["taste"], kept["unwanted"], asked)
    likes = read([f"{one}." for one in person.preferences], shelf.lexicon)
    made = profile_of(person, shelf, likes)
    told = {
        "taste": made.taste,
        "unwanted": made.unwanted,
        "tastes": likes.tastes,
        "strength": likes.strength,
        "tags": sorted(likes.tags),
    }
    await sources.cache.put(key, basis, told, PROFILE_SECONDS)
    return made


def _with_words(profile: Profile, heard: Heard) -> Profile:
    """Add what was said in chats: after what is kept, so that it goes with its chat at once."""
    if not heard:
        return profile
    likes, said = profile.likes, heard.wish
    merged = Wish(
        {**likes.tastes, **said.tastes}, said.strength or likes.strength, likes.tags | said.tags
    )
    return replace(profile, likes=merged, heard=heard)


async def _spending(
    sources: Sources, ask: Ask, context: Context, person: Person
) -> tuple[Price | None, Mapping[str, int]]:
    """Return what they want to spend, as asked for or else said in chats, and what drinks cost."""
    asked = price_of(". ".join(context.said))
    price = asked or person.heard.price
    if price is None or price.currency != ask.channel.currency:
        return None, {}
    return price, await prices_of(sources.db, ask.channel.id)


def _starts(person: Person, context: Context, shelf: Shelf) -> dict[Thing, float]:
    """Return where walks begin: what it is for, else what they like."""
    if context.product_id is not None:
        return {Thing(WorldKind.PRODUCT, context.product_id): 1.0}
    if context.pairing_id is not None:
        return {Thing(WorldKind.PAIRING, context.pairing_id): 1.0}
    starts = {Thing(WorldKind.PRODUCT, id): score for id, score in person.liked}
    said = f" {fold(' '.join(context.said))} "
    for id, names in shelf.dishes.items() if context.said else ():
        if any(f" {fold(name)}" in said for name in names.values() if len(name) > 1):
            starts[Thing(WorldKind.PAIRING, id)] = SPOKEN_OF
    return starts


def _asked(
    shelf: Shelf, profile: Profile, wish: Wish, context: Context, starts: Mapping[Thing, float]
) -> Asked:
    """Weigh what is asked for against what is known of them: the first goes before."""
    is_placed = not context.said or any(one.kind is WorldKind.PAIRING for one in starts)
    own = 1.0 if context.is_plain else BESIDE
    return Asked(shelf, profile, wish, own, 1.0 if is_placed else own)


def fitting(person: Person, context: Context, case: Case) -> list[Ranked]:
    """Return what fits of the channel, the best first; the rules on rows are asked after it."""
    return rank(case.asked.shelf.of(person.limits.channel_id), case, _without(person, context))


def _without(person: Person, context: Context) -> set[str]:
    """Return what is not to be recommended: what they do not like, and what is no news."""
    gone = {
        *person.refused,
        *person.disliked,
        *([context.product_id] if context.product_id else []),
    }
    return gone | person.known if context.is_plain else gone


async def _judged(
    sources: Sources, ask: Ask, context: Context, person: Person, shelf: Shelf, wish: Wish
) -> tuple[Judged, frozenset[str]]:
    """Score by people and by meaning; kept as long as whom and what it is for are the same."""
    async with sources.db.read() as session:
        trained = await collaborative.trained_at(session)
    made_of = (person.basis, shelf.version, ask.locale, sources.vectors.model, trained)
    key, basis = _key(person, context), " ".join(map(str, made_of))
    if (kept := await sources.cache.get(key, basis)) is not None:
        return Judged(**kept), frozenset()
    near, is_degraded = await _meant(sources, ask, context, person, shelf, wish)
    async with sources.db.read() as session:
        alike = await liked(session, person, list(shelf.drinks))
    heat = {} if alike else await popularity(sources)
    others = alike or usual(heat, list(shelf.drinks), context.is_plain)
    judged = Judged(others, near, is_usual=not alike)
    if is_degraded:
        return judged, frozenset({"embeddings"})
    # Vectors of drinks that are new are being made.
    if not near or len(near) >= min(MOST_NEAR, len(shelf.drinks)):
        await sources.cache.put(key, basis, asdict(judged), API_SECONDS)
    return judged, frozenset()


async def _meant(
    sources: Sources, ask: Ask, context: Context, person: Person, shelf: Shelf, wish: Wish
) -> tuple[Mapping[str, float], bool]:
    """Return how near each drink is to what is asked for or liked, and whether that is all."""
    settings, anchors = sources.settings, _anchors(context, shelf)
    if anchors and not context.said:
        return await near_to(sources.db, anchors, settings.search_similarity), False
    text = text_of(person, context.said, shelf, wish, ask.locale)
    seconds, similarity = settings.search_embedding_seconds, settings.search_similarity
    told = await nearness(sources.db, sources.vectors, text, seconds, similarity)
    return told.scores, told.is_degraded


def _anchors(context: Context, shelf: Shelf) -> list[str]:
    """Return the drinks that it is to be like: the one named, or those of the dish."""
    if context.product_id is not None:
        return [context.product_id]
    if context.pairing_id is not None:
        goes = [d.id for d in shelf.drinks.values() if context.pairing_id in d.pairings]
        return sorted(goes)[:MOST_ANCHORS]
    return []


def _key(person: Person, context: Context) -> str:
    key = f"rec:user:{person.customer_id or '-'}"
    if context.is_plain:
        return key
    said = [context.product_id, context.pairing_id, context.occasion, context.wish]
    return f"{key}:{hashlib.sha256(orjson.dumps(said)).hexdigest()[:16]}"


async def popularity(stores: Stores, category: str | None = None) -> Mapping[str, float]:
    """Return what many care for in the long run."""
    key = f"rec:popular:category:{category or '*'}"
    if kept := await stores.cache.ranking(key):
        return kept
    async with stores.db.read() as session:
        found = await popular.heat(session, popular.POPULAR, stores.now(), category)
    await stores.cache.rank(key, found, API_SECONDS)
    return found


async def _items(
    sources: Sources,
    ask: Ask,
    person: Person,
    case: Case,
    ranked: Sequence[Ranked],
    shelf: Shelf,
) -> list[Item]:
    ids = [one.drink.id for one in ranked]
    limits, now = person.limits, sources.now()
    rows = await first_allowed(sources.db, ask.channel, limits, ids, ask.first, now)
    things = await _things(sources, case.evidence, [row.id for row in rows])
    loved = {id for id, _ in person.liked}
    telling = Telling(case, things, loved, ask.locale, shelf.lexicon)
    known = {one.drink.id: one for one in ranked}
    items = []
    for row in rows:
        leads = [
            lead
            for lead in case.evidence.best(row.id)
            if all(end in things for step in lead.steps for end in (step.start, step.end))
        ]
        ways = [Way(lead.steps, things) for lead in leads]
        items.append(Item(row, known[row.id].parts, reason(known[row.id], leads, telling), ways))
    return items


async def _things(sources: Sources, found: Evidence, ids: Sequence[str]) -> Mapping[Thing, object]:
    """Return the rows of what is on the ways that are shown."""
    wanted = {
        end
        for id in ids
        for lead in found.best(id)
        for step in lead.steps
        for end in (step.start, step.end)
    }
    if not wanted:
        return {}
    async with sources.db.read() as session:
        return await world.rows_of(session, wanted)
