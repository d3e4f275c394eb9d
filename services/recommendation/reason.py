"""Why something is recommended, in Korean and in English: the two things that say the most."""

from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from core.i18n import Text, pick, with_particles
from models.world import WorldKind, WorldRelation
from services.recommendation.content import SCALE, closeness
from services.recommendation.evidence import Lead
from services.recommendation.rank import Case, Ranked
from services.recommendation.shelf import Drink
from services.recommendation.wishes import Wish, label, strength_fit
from services.search.lexicon import EMPTY, Lexicon
from services.search.tags import TAGS
from services.world import Thing, name_of

MOST, HALF, CLEARLY, ENOUGH = 2, 0.5, 0.8, 0.25
AND: Text = {"ko": "와(과) ", "en": " and "}
# In Korean how it goes on, and how it ends; in English what follows "It".
CLAUSES: Mapping[str, Text] = {
    "alike": {"ko": "{a}와(과) |닮았고|닮았습니다", "en": "is akin to {a}"},
    "ingredient": {
        "ko": "{a}처럼 {m}(으)로 |빚었고|빚었습니다",
        "en": "is made with {m}, as is {a}",
    },
    "pairing": {
        "ko": "{a}처럼 {m}와(과) 잘 |어울리고|어울립니다",
        "en": "goes well with {m}, as does {a}",
    },
    "lore": {
        "ko": "{a}와(과) 함께 ‘{m}’ 이야기에 |나오고|나옵니다",
        "en": "shares the story “{m}” with {a}",
    },
    "dish": {"ko": "{a}와(과) 잘 |어울리고|어울립니다", "en": "goes well with {a}"},
    "wish.tastes": {
        "ko": "찾으시는 {tastes}을(를) |갖췄고|갖췄습니다",
        "en": "has the {tastes} you ask for",
    },
    "likes.tastes": {
        "ko": "즐기시는 {tastes}을(를) |갖췄고|갖췄습니다",
        "en": "has the {tastes} you like",
    },
    "light": {"ko": "{abv}도로 |가볍고|가볍습니다", "en": "is light, at {abv} percent"},
    "strong": {"ko": "{abv}도로 |힘이 있고|힘이 있습니다", "en": "is strong, at {abv} percent"},
    "tags": {"ko": "‘{tags}’에 잘 |맞고|맞습니다", "en": "suits “{tags}”"},
    "category": {
        "ko": "좋아하신다던 {kind}|이고|입니다",
        "en": "is a {kind}, as you said you like",
    },
    "taste": {
        "ko": "좋아하시는 술과 맛의 결이 |비슷하고|비슷합니다",
        "en": "tastes much like what you care for",
    },
    "people": {
        "ko": "취향이 비슷한 분들이 |좋아하고|좋아합니다",
        "en": "is liked by people of your taste",
    },
    "many": {"ko": "많은 분이 |찾고|찾습니다", "en": "is what many people choose"},
    "meaning": {"ko": "찾으시는 느낌에 |가깝고|가깝습니다", "en": "is close to what you are after"},
    "plain": {"ko": "{abv}도의 {kind}|이고|입니다", "en": "is a {kind} of {abv} percent"},
}
YOURS: Text = {"ko": "좋아하시는 {a}", "en": "{a}, which you like"}


@dataclass(frozen=True)
class Telling:
    """What reasons are told with: what was asked, names by thing, what is liked, the language."""

    case: Case
    rows: Mapping[Thing, Any]
    liked: Container[str]
    locale: str
    lexicon: Lexicon = EMPTY

    def plain(self, ranked: Ranked) -> str:
        """Say what a drink is: there is always that."""
        kind = pick(self.lexicon.label(ranked.drink.category), self.locale)
        return self.said("plain", abv=f"{ranked.drink.abv:g}", kind=kind)

    def said(self, clause: str, **names: str) -> str:
        """Say a clause, of which Korean has two ends."""
        return pick(CLAUSES[clause], self.locale).format(**names)

    def name(self, thing: Thing) -> str:
        """Name a thing."""
        return pick(name_of(self.rows[thing]), self.locale)


def reason(ranked: Ranked, leads: Sequence[Lead], telling: Telling) -> str:
    """Say why, in a sentence; what says nothing by itself comes last."""
    said = list(dict.fromkeys(_clauses(ranked, leads, telling)))[:MOST] or [telling.plain(ranked)]
    if telling.locale != "ko":
        return f"It {', and '.join(said)}."
    whole = [one.rsplit("|", 2) for one in said]
    told = [f"{words}{on}," for words, on, _ in whole[:-1]]
    return with_particles(" ".join([*told, f"{whole[-1][0]}{whole[-1][2]}."]))


def _clauses(ranked: Ranked, leads: Sequence[Lead], telling: Telling) -> Iterator[str]:
    signals, profile = ranked.content.signals, telling.case.asked.profile
    for name, share in sorted(signals.items(), key=lambda one: (-one[1], one[0])):
        if name == "graph" and leads:
            yield _of_lead(leads[0], telling)
        elif share > 0 and "." in name:
            yield from _of_words(name, ranked, telling)
    if profile.taste and closeness(ranked.drink.tasting, profile.taste) >= HALF:
        yield telling.said("taste")
    if ranked.parts.collaborative >= ENOUGH * telling.case.weights.collaborative > 0:
        yield telling.said("many" if telling.case.judged.is_usual else "people")
    if ranked.parts.ai >= ENOUGH * telling.case.weights.ai > 0:
        yield telling.said("meaning")


def _of_words(name: str, ranked: Ranked, telling: Telling) -> Iterator[str]:
    whose, _, kind = name.partition(".")
    asked = telling.case.asked.wish if whose == "wish" else telling.case.asked.profile.likes
    drink = ranked.drink
    if kind == "tastes":
        if tastes := _tastes(drink, asked, telling.locale):
            yield telling.said(name, tastes=tastes)
    elif kind == "strength":
        if strength_fit(drink.abv, asked.strength) >= CLEARLY:
            clause = "light" if asked.strength < 0 else "strong"
            yield telling.said(clause, abv=f"{drink.abv:g}")
    elif kind == "category":
        if telling.case.asked.profile.heard.categories.get(drink.category, 0) > 0:
            kind = pick(telling.lexicon.label(drink.category), telling.locale)
            yield telling.said("category", kind=kind)
    elif kind == "tags" and (tags := sorted(asked.tags & drink.tags)):
        names = [TAGS[tag] if telling.locale == "ko" else tag.replace("-", " ") for tag in tags]
        yield telling.said("tags", tags=", ".join(names))


def _tastes(drink: Drink, asked: Wish, locale: str) -> str:
    there = [
        pick(label(name, wanted), locale)
        for name, wanted in asked.tastes.items()
        if (drink.tasting.get(name, 0.0) / SCALE >= HALF) == (wanted > 0)
    ]
    return pick(AND, locale).join(there)


def _of_lead(lead: Lead, telling: Telling) -> str:
    start, middle = lead.steps[0].start, lead.steps[0].end
    name = telling.name(start)
    if start.kind is WorldKind.PRODUCT and start.id in telling.liked:
        name = pick(YOURS, telling.locale).format(a=name)
    if len(lead.steps) == 1:
        is_alike = lead.steps[0].relation is WorldRelation.RELATED_TO
        return telling.said("alike" if is_alike else "dish", a=name)
    return telling.said(middle.kind.value, a=name, m=telling.name(middle))
