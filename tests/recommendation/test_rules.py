"""Row R3: what somebody may not have is never shown, to whomever and however well it fits."""

import random
from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from sqlalchemy import select, update

from core.errors import BadInput
from core.viewer import AgeState, Viewer
from models.catalogue import Channel, Product, ProductIngredient, Stock
from models.taste import Liking
from models.world import Ingredient
from services.account import SANDBOX_PASSWORD
from services.catalogue.vocabulary import ALLERGENS
from services.recommendation.allergy import Told, each, told
from services.recommendation.allowed import facts_of
from services.recommendation.content import Asked, profile_of
from services.recommendation.evidence import Evidence
from services.recommendation.person import Person, known_of, limits_of, seeds_of
from services.recommendation.rank import Case, Judged, Ranked
from services.recommendation.recommend import fitting
from services.recommendation.rules import Facts, codes_of, permitted
from services.recommendation.shapes import Context
from services.recommendation.shelf import shelf_of
from services.recommendation.weights import Weights
from services.recommendation.wishes import read
from tests.catalogue.door import Door
from tests.catalogue.rows import add_product, change
from tests.recommendation.asked import PREFER, asked, ids, recommended
from tests.support.api import person

CUSTOMERS, AT_THE_DOOR = 10_000, 12
LIKES = ("sweet", "dry", "light", "deep", "fruity", "picnic", "gift", "no-sweet", "고소한")
LISTS = """{ trendingProducts(first: 100) { id }
  popularProducts(category: "Test", first: 100) { id }
  product(id: "test-00") { similar(first: 24) { id } } }"""


SAID: Mapping[str, set[str]] = {
    "no-wheat": {"wheat"},
    "no-tree-nut": {"tree-nut", "peanut"},
    "no nuts": {"tree-nut", "peanut"},
    "nut allergy": {"tree-nut", "peanut"},
    "wheat allergy": {"wheat"},
    "peanut-free": {"peanut"},
    "gluten-free": {"wheat", "barley"},
    "no-gluten": {"wheat", "barley"},
    "dairy and gluten free": {"milk", "wheat", "barley"},
    "no dairy": {"milk"},
    "no shellfish": {"crustacean"},
    "without eggs": {"egg"},
    "allergic to honey": {"honey"},
    "I\u2019m allergic to peanuts": {"peanut"},
    "I'm allergic to wheat, recommend me a honey wine": {"wheat"},
    "I cannot have eggs or milk": {"egg", "milk"},
    "Peanuts give me hives.": {"peanut"},
    "I have an allergy. Peanuts.": {"peanut"},
    "우유 제외": {"milk"},
    "땅콩 못 먹어요": {"peanut"},
    "우유 안 먹음": {"milk"},
    "견과류 알레르기가 있어요": {"tree-nut", "peanut"},
    "밀 알레르기가 있는데 꿀 술 추천해 주세요": {"wheat"},
    "밀알레르기": {"wheat"},
    "콩 빼고, 달걀도 빼고": {"soy", "egg"},
    "땅콩 알러지": {"peanut"},
    "유당불내증": {"milk"},
    "no-밀": {"wheat"},
    "메밀 제외": {"buckwheat"},
    "땅\u200b콩 없이": {"peanut"},
    "no-sweet": set(),
    "honey": set(),
    "milky": set(),
    "not too sweet, with honey please": set(),
    "feel free to suggest honey": set(),
    "no allergies": set(),
    "알레르기 없어요": set(),
    "술을 잘 못 마셔요": set(),
    "오늘 밤 부담 없이": set(),
    "이 술에 알레르기 유발 성분이 있나요?": set(),
}
WAYS = (
    *("no-{en}", "no {en}", "without any {en}", "{en} allergy", "allergic to {en}", "{en}-free"),
    *("i can't have {en}", "please avoid {en}", "{ko} 제외", "{ko} 알레르기", "{ko} 못 먹어요"),
    *("{ko} 안 먹음", "{ko} 빼고", "{ko}알레르기가 있어요", "{ko} 없는 술", "free from {en}"),
)


@pytest.mark.parametrize("said", SAID)
def test_what_words_rule_out(said: str) -> None:
    assert (each([said]), told([said])) == (Told(frozenset(SAID[said])),) * 2


@pytest.mark.parametrize(
    "said",
    [
        *("kiwi allergy", "allergic to rice", "allergies", "i'm allergic to peanuts and kiwi"),
        *("키위 알레르기", "땅콩과 키위 알레르기", "알레르기가 있어요", "kiwi intolerance"),
    ],
)
def test_an_allergy_that_no_label_names_is_not_taken_for_safe(said: str) -> None:
    assert each([said]).is_unclear
    assert told(["달콤한 술", said]).is_unclear
    assert each([said, "honey"]).is_unclear, "a preference stands for itself"


def test_every_allergen_is_understood_in_every_way() -> None:
    for code, names in ALLERGENS.items():
        for way in WAYS:
            for en in (code, names["en"].lower()):
                found = told([way.format(en=en, ko=names["ko"])])
                assert code in found.codes, (way, code)
                assert not found.is_unclear, (way, code)


def test_a_code_that_nobody_has_is_refused() -> None:
    assert codes_of(["milk", "egg"]) == {"milk", "egg"}
    with pytest.raises(BadInput):
        codes_of(["mlik"])


async def stocked(door: Door) -> list[str]:
    """Put drinks on sale that many may not have, and sell some out; return those."""
    chance, gone = random.Random(5), []
    codes = sorted(ALLERGENS)
    for at in range(16):
        id = f"test-{at:02d}"
        own = sorted(chance.sample(codes, chance.randint(0, 3)))
        channels = chance.choice((["kr"], ["kr", "us"], ["us"]))
        tasting = {name: round(chance.uniform(0, 5), 1) for name in ("sweet", "sour", "body")}
        tags = chance.sample(("light", "gift", "nutty", "picnic"), 2)
        await add_product(
            door, id, allergen_codes=own, channels=channels, tasting=tasting, story_tags=tags
        )
        if at % 5 == 4:
            gone.append(id)
    mine = [f"{id}-500" for id in gone]
    await change(door, update(Stock).where(Stock.id.in_(mine)).values(on_hand=0))
    # What an ingredient brings, the label of the drink may have forgotten.
    part = {"product_id": "test-00", "ingredient_id": "wild-honey", "position": 0}
    async with door.db.write.begin() as session:
        ingredient = await session.scalar(
            select(Ingredient.id).where(Ingredient.allergen_codes.contains(["honey"]))
        )
        session.add(ProductIngredient(id="test-00:honey", **{**part, "ingredient_id": ingredient}))
    return gone


class Rows:
    """What there is, as the tables say: the measure of what is shown."""

    def __init__(self, products: Sequence[Product], honeyed: set[str], gone: Sequence[str]) -> None:
        self.products = {row.id: row for row in products}
        self.honeyed, self.gone = honeyed, set(gone)

    def forbids(self, id: str, channel: str, codes: set[str]) -> bool:
        """Whether somebody who avoids these may not have it in this channel."""
        row = self.products[id]
        inside = set(row.allergen_codes) | ({"honey"} if id in self.honeyed else set())
        return channel not in row.channels or bool(inside & codes) or id in self.gone


async def rows_of(door: Door, gone: Sequence[str]) -> Rows:
    """Read them."""
    async with door.db.read() as session:
        products = list(await session.scalars(select(Product)))
        honeyed = select(ProductIngredient.product_id).join(
            Ingredient, Ingredient.id == ProductIngredient.ingredient_id
        )
        found = await session.scalars(honeyed.where(Ingredient.allergen_codes.contains(["honey"])))
        return Rows(products, set(found), gone)


def phrase(chance: random.Random, code: str, ways: Sequence[str] | None = None) -> str:
    """Say, in one of the ways that people do, that it must be without an allergen."""
    meant = [said for said, codes in SAID.items() if code in codes] if ways is None else []
    en = chance.choice((code, ALLERGENS[code]["en"].lower()))
    return chance.choice([*meant, *(ways or WAYS)]).format(en=en, ko=ALLERGENS[code]["ko"])


def somebody(
    chance: random.Random, drinks: Sequence[str], channels: Sequence[Channel]
) -> tuple[Person, set[str]]:
    """Make up a customer, with the allergens that they avoid."""
    codes = set(chance.sample(sorted(ALLERGENS), chance.choice((0, 0, 1, 2, 4))))
    likes = [phrase(chance, code) for code in sorted(codes)]
    likes += chance.sample(LIKES, chance.randint(0, 3))
    rated = {id: chance.choice(list(Liking)) for id in chance.sample(drinks, chance.randint(0, 3))}
    cared = {id: chance.random() for id in chance.sample(drinks, chance.randint(0, 4))}
    age = chance.choice((AgeState.UNKNOWN, AgeState.DECLARED, AgeState.VERIFIED, AgeState.MINOR))
    channel, where = chance.choice(channels), frozenset[str]()
    if channel.blocked_regions and chance.random() < 0.2:
        where = frozenset(chance.sample(sorted(channel.blocked_regions), 1))
    limits = limits_of(Viewer(customer_id="cus_x", age=age), channel, where, likes)
    seeds, known = seeds_of(cared, rated), known_of(cared, rated)
    return Person("cus_x", limits, likes, seeds, known), codes


async def test_ten_thousand_customers_are_never_shown_what_they_may_not_have(door: Door) -> None:
    gone = await stocked(door)
    shelf, rows = await shelf_of(door.db), await rows_of(door, gone)
    facts: dict[str, dict[str, Facts]] = {}
    channels = [await door.host.channels.choose(name) for name in ("kr", "us")]
    async with door.db.read() as session:
        for channel in channels:
            known = await facts_of(session, channel, list(shelf.drinks), door.begin.now())
            facts[channel.id] = {row.id: one for row, one in known}
    chance, weights = random.Random(20_261_122), Weights.of(door.host.settings)
    drinks, seen, withheld = sorted(shelf.drinks), 0, 0
    for _ in range(CUSTOMERS):
        one, codes = somebody(chance, drinks, channels)
        wish = read(chance.sample(LIKES, 1))
        judged = Judged({id: chance.random() for id in drinks}, {})
        profile = profile_of(one, shelf, read(one.preferences))
        case = Case(Asked(shelf, profile, wish), Evidence(), judged, weights)
        here = facts[one.limits.channel_id]
        fits = fitting(one, Context(), case)
        assert_parts_are_shares(fits, weights)
        found = set(permitted((here[rank.drink.id] for rank in fits), one.limits))
        if one.limits.age is AgeState.MINOR or one.limits.is_blocked:
            withheld += 1
            assert found == set(), one
        assert not [id for id in found if rows.forbids(id, one.limits.channel_id, codes)], one
        assert not found & one.known
        seen += len(found)
    assert withheld > CUSTOMERS / 4
    assert seen > CUSTOMERS
    await at_the_door(door, rows, chance, channels)


def assert_parts_are_shares(fits: Sequence[Ranked], weights: Weights) -> None:
    """Row R1: each part is a share of its weight."""
    most = weights.content, weights.collaborative, weights.ai
    for rank in fits:
        parts = rank.parts.content, rank.parts.collaborative, rank.parts.ai
        assert all(0 <= part <= weight + 1e-9 for part, weight in zip(parts, most, strict=True))


async def at_the_door(
    door: Door, rows: Rows, chance: random.Random, channels: Sequence[Channel]
) -> None:
    """Ask as real customers, in each channel: the recommendations, and the lists for many."""
    async with person(door.url, locale="en") as guest:
        await guest.guest()
        for turn in range(AT_THE_DOOR):
            codes = set(chance.sample(sorted(ALLERGENS), chance.choice((0, 1, 3))))
            likes = [phrase(chance, code, WAYS) for code in sorted(codes)]
            assert "preferences" in await guest.one(PREFER, input={"preferences": likes})
            guest.headers["x-channel"] = channel = ("kr", "us")[turn % 2]
            extra, said = chance.sample(sorted(ALLERGENS), 2)
            found = await asked(guest, first=100, avoidAllergens=[extra], wish=phrase(chance, said))
            assert found["withheld"] is None
            avoided = codes | {extra, said}
            assert not [id for id in ids(found) if rows.forbids(id, channel, avoided)]
            lists = await guest.ask(LISTS)
            many = [*lists["trendingProducts"], *lists["popularProducts"]]
            shown = [*many, *lists["product"]["similar"]]
            assert not [one for one in shown if rows.forbids(one["id"], channel, codes)]


async def test_nothing_is_shown_to_minors_or_where_nothing_may_be_sent(door: Door) -> None:
    async with person(door.url, channel="us") as stranger:
        found = await asked(stranger, region="Utah")
        assert (found["withheld"], found["items"]) == ("BLOCKED_REGION", [])
        assert (await asked(stranger, region="84101"))["withheld"] == "BLOCKED_REGION"
        assert (await asked(stranger, region="CA"))["items"] != []
    async with person(door.url) as guest:
        await guest.guest()
        assert "preferences" in await guest.one(PREFER, input={"preferences": ["키위 알레르기"]})
        assert (await asked(guest))["withheld"] == "UNKNOWN_ALLERGY"
        assert (await guest.ask("{ trendingProducts { id } }"))["trendingProducts"] == []
        assert await guest.one(PREFER, input={"preferences": []})
        told = await asked(guest, wish="sweet; I am allergic to kiwi")
        assert (told["withheld"], told["items"]) == ("UNKNOWN_ALLERGY", [])
        assert (await asked(guest, wish="sweet"))["items"]
    async with person(door.url) as teen:
        await teen.sign_in("demo-teen@example.com", SANDBOX_PASSWORD)
        found = await asked(teen)
        assert (found["withheld"], found["items"]) == ("UNDER_AGE", [])
        lists: Any = await teen.ask(LISTS.replace("test-00", "nerd6-daily"))
        assert lists == {
            "trendingProducts": [], "popularProducts": [], "product": {"similar": []}
        }  # fmt: skip


async def test_what_is_sold_out_is_gone_at_once(door: Door) -> None:
    async with person(door.url) as api:
        first, second = (await recommended(api))[:2]
        mine = select(Stock.id).where(Stock.id.startswith(first))
        empty = update(Stock).where(Stock.id.in_(mine)).values(on_hand=0)
        await change(door, empty.execution_options(synchronize_session=False))
        left = await recommended(api)
        assert left[0] == second
        assert first not in left
        code = await api.answer(
            "query($c: RecommendationContext) { recommendations(context: $c) { degraded } }",
            c={"avoidAllergens": ["mlik"]},
        )
        assert code["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"
