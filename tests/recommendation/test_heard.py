"""What people say of their likes: what is read off it, and what is not."""

from typing import Any

import orjson
import pytest

from core.settings import ROOT
from services.chat.grounding import World, names_of
from services.recommendation.heard import Heard, hear
from services.recommendation.price import Price, price_of
from services.recommendation.shelf import Drink, Shelf
from services.search.lexicon import lexicon_of


@pytest.fixture(scope="module")
def shelf() -> Shelf:
    """The drinks that are shipped."""
    file = orjson.loads((ROOT / "data" / "catalogue.json").read_bytes())
    drinks = {
        one["id"]: Drink(
            one["id"], one["name"], one["category"], one["abv"], {}, frozenset(), frozenset()
        )
        for one in file["products"]
    }
    return Shelf(drinks, {}, lexicon_of(file["synonyms"], file["glossary"]))


@pytest.fixture(scope="module")
def names(shelf: Shelf) -> World:
    """Their names."""
    return names_of((id, list(drink.name.values())) for id, drink in shelf.drinks.items())


SAID: list[tuple[str, dict[str, Any]]] = [
    (
        "I love sour and sparkling drinks, but I hate sweet ones.",
        {"tastes": {"sour": 1, "fizz": 1, "sweet": -1}, "tags": {"sparkling": 1}},
    ),
    ("저는 새콤한 술을 좋아해요. 단 건 싫어요.", {"tastes": {"sour": 1, "sweet": -1}}),
    ("달지 않은 게 좋아요", {"tastes": {"sweet": -1}}),
    ("드라이한 건 싫어요", {"tastes": {"sweet": 1}}),
    ("I don't like dry drinks", {"tastes": {"sweet": 1}}),
    ("저는 드라이한 취향이에요", {"tastes": {"sweet": -1}}),
    ("I can't stand sweet drinks", {"tastes": {"sweet": -1}}),
    (
        "새콤하고 가벼운 술이 좋아요",
        {"tastes": {"sour": 1}, "tags": {"light": 1}, "strength": -1},
    ),
    ("독한 술은 싫어요", {"strength": -1}),
    (
        "I don't like strong drinks, I prefer something light",
        {"strength": -1, "tags": {"light": 1}},
    ),
    ("NERD7 Yuja is not my thing", {"drinks": {"nerd7-yuja": -1}}),
    ("너드7 유자는 별로였어요", {"drinks": {"nerd7-yuja": -1}}),
    ("너드7 유자는 좋아하지 않아요", {"drinks": {"nerd7-yuja": -1}}),
    ("너드7 유자는 좋아하진 않아요", {"drinks": {"nerd7-yuja": -1}}),
    ("너드7 유자는 제 취향이 아니에요", {"drinks": {"nerd7-yuja": -1}}),
    ("너드7 유자는 입에 맞진 않아요", {"drinks": {"nerd7-yuja": -1}}),
    ("너드7 유자가 마음에 들어요", {"drinks": {"nerd7-yuja": 1}}),
    (
        "I love NERD12 Signature. I hate NERD6 Daily!",
        {"drinks": {"nerd12-signature": 1, "nerd6-daily": -1}},
    ),
    ("너드12 시그니처가 좋아서 두 병 살게요", {"drinks": {"nerd12-signature": 1}}),
    ("단 건 싫어서 너드12 시그니처로 주세요", {"tastes": {"sweet": -1}}),
    ("I don't like sweet drinks, so send me NERD12 Signature", {"tastes": {"sweet": -1}}),
    ("막걸리를 좋아하고 약주는 싫어요", {"categories": {"Makgeolli": 1, "Yakju": -1}}),
    ("I like Takju and I don't like Yakju", {"categories": {"Takju": 1, "Yakju": -1}}),
    ("2만원 이하로 추천해 주세요", {"price": Price("KRW", most=20_000)}),
    ("2만 5,000원 이하요", {"price": Price("KRW", most=25_000)}),
    ("2만5000원 이하요", {"price": Price("KRW", most=25_000)}),
    ("예산은 3만 5천원이에요", {"price": Price("KRW", most=35_000)}),
    ("15,000원까지 괜찮아요", {"price": Price("KRW", most=15_000)}),
    ("₩12,000 이상 2만원 이하요", {"price": Price("KRW", 12_000, 20_000)}),
    ("3만원 넘는 건 부담스러워요", {"price": Price("KRW", most=30_000)}),
    ("Something under $20, please", {"price": Price("USD", most=2_000)}),
    ("Under $1,000", {"price": Price("USD", most=100_000)}),
    ("no more than $30", {"price": Price("USD", most=3_000)}),
    ("I won't pay more than $30", {"price": Price("USD", most=3_000)}),
    ("my budget is 24.50 dollars", {"price": Price("USD", most=2_450)}),
]
# Questions, orders, complaints, kindness, other people, other sums.
UNHEARD = [
    "What do you like?",
    "어떤 술이 좋아요?",
    "선물로 뭐가 좋아요",
    "너드7 유자 좋아하세요",
    "너드7 유자 별로인가요",
    "너드7 유자 좋아하는 사람 많아요?",
    "I'd like two bottles of NERD12 Signature",
    "너드12 시그니처 두 병 주세요",
    "주문한 너드12 시그니처 수량이 안 맞아요",
    "너드7 유자는 별로 안 달아서 좋네요",
    "NERD12 Signature is not for me, it's a gift",
    "엄마가 너드7 유자를 싫어하세요",
    "친구가 너드7 유자를 좋아해요",
    "My wife likes NERD7 Yuja",
    "너드6 데일리보다 너드12 시그니처가 좋아요",
    "싫지 않아요, 새콤한 거",
    "도수가 높으면 부담스러워요",
    "drinks I can mix",
    "오늘 날씨가 좋네요",
    "5만원 이상이면 무료배송이라던데요",
    "5만원 이상이면 무료배송인가요?",
    "I got $5 off",
    "",
    "좋아" * 5_000,
    "2만" + " " * 1_990 + "x",
    "₩" + "1," * 990,
    "좋아해. " * 500,
]
SAID += [(one, {}) for one in UNHEARD]


@pytest.mark.parametrize(
    ("said", "heard"), SAID, ids=[said.strip()[:40] or "nothing" for said, _ in SAID]
)
def test_likes_are_read_off_what_is_said(
    said: str, heard: dict[str, Any], shelf: Shelf, names: World
) -> None:
    found = hear(said, names.named, shelf)
    assert found == Heard(**heard)
    assert Heard.of(orjson.loads(orjson.dumps(found.document))) == found


def test_what_is_said_later_counts() -> None:
    first = Heard(tastes={"sweet": 1, "sour": 1}, strength=1, price=Price("KRW", most=10_000))
    later = Heard(tastes={"sweet": -1}, price=Price("KRW", least=20_000))
    assert first.under(later) == Heard(
        tastes={"sweet": -1, "sour": 1}, strength=1, price=Price("KRW", least=20_000)
    )


def test_a_price_fits_the_less_the_further_it_is_beyond() -> None:
    most, least = Price("KRW", most=20_000), Price("KRW", least=10_000)
    assert [most.fits(amount) for amount in (0, 20_000, 25_000, 40_000, 90_000)] == [
        1,
        1,
        0.75,
        0,
        0,
    ]
    assert [least.fits(amount) for amount in (5_000, 10_000, 99_000)] == [0.5, 1, 1]


def test_a_wish_of_many_spaces_is_read_at_once() -> None:
    assert price_of("2만" + " " * 190 + "원 이하") == Price("KRW", most=20_000)
    assert price_of("2만" + " 원" * 90) is None
