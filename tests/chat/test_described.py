"""Sentences that tell of a drink without its name rest on it, or are not said (C3)."""

import json
from pathlib import Path

import pytest

from sandbox.openai.chat.talk import lines
from services.chat import persona
from services.chat.described import describes
from services.chat.grounding import Ground, Piece, names_of
from services.chat.sentences import Sentence, Sentences

CLOUD = Piece(
    "nerd9-cloud",
    "Product",
    "NERD9 Cloud 너드9 구름",
    "A creamy, unfiltered brew with pear and rice; sweetness 4/5. Pairs with kimchi pancake."
    " 배와 쌀 향이 나는 걸쭉하고 달콤한 술. 김치전과 어울립니다.",
)
BLACK = Piece(
    "nerd12-black", "Product", "NERD12 Black 너드12 블랙", "Dark and dry, with cacao. 카카오."
)
TALE = Piece(
    "mango-tale", "Lore", "The Mango", "A mango once rolled into the yard. 망고가 굴러 왔다."
)


def ground() -> Ground:
    given = {piece.id: piece for piece in (BLACK, CLOUD, TALE)}
    return Ground(names_of([("nerd9-cloud", ["NERD9 Cloud", "너드9 구름"])]), given, set())


@pytest.mark.parametrize(
    "text",
    [
        "It tastes of mango.",
        "It has a hint of vanilla on the nose.",
        "This one is smoky.",
        "The finish is all mango and peach.",
        "It pairs beautifully with oysters.",
        "Its aroma is of roses.",
        "Tastes like peaches and cream soda!",
        "이 술은 망고 맛이 나요.",
        "망고 향이 나요.",
        "장미 향기가 은은하게 퍼져요.",
        "이건 살짝 쌉쌀해요.",
        "그 술은 굴과 잘 어울려요.",
        "바닐라 풍미가 있어요.",
        "끝맛이 초콜릿이에요.",
        "You'll taste mango and vanilla.",
        "There's a hint of vanilla.",
        "Expect a mango aroma.",
        "이 술은 망고 향을 느낄 수 있어요.",
        "망고 향이 은은해요.",
        "초콜릿 향이 가득해요.",
        "망고처럼 달콤해요.",
    ],
)
def test_what_no_given_drink_bears_is_not_said(text: str) -> None:
    """Whatever a tale says of mangoes."""
    assert ground().rests_on(Sentence(text, (), True)) is None


@pytest.mark.parametrize(
    "text",
    [
        "It tastes of pear.",
        "It is creamy.",
        "It pairs well with kimchi pancake.",
        "이 술은 배 향이 나요.",
        "이 술은 달콤해요.",
        "이 술은 김치전과 잘 어울려요.",
    ],
)
def test_what_a_drink_bears_is_given_its_id(text: str) -> None:
    """The reader sees which."""
    assert ground().rests_on(Sentence(text, (), True)) == ["nerd9-cloud"]


@pytest.mark.parametrize(
    ("text", "cites"),
    [
        ("It tastes of mango.", ("nerd9-cloud",)),
        ("NERD9 Cloud tastes of mango.", ()),
        ("너드9 구름은 망고 향이 나요.", ()),
        ("망고 향이 나는 술이에요.", ("nerd9-cloud",)),
    ],
)
def test_neither_a_name_nor_an_id_makes_a_taste_true(text: str, cites: tuple[str, ...]) -> None:
    """The text of the drink does."""
    assert ground().rests_on(Sentence(text, cites, True)) is None
    true = text.replace("mango", "pear").replace("망고", "배")
    assert ground().rests_on(Sentence(true, cites, True)) == ["nerd9-cloud"]


def test_a_purchase_tells_of_no_taste() -> None:
    """What somebody bought is known; how it tastes was not told."""
    given = Ground(names_of([("nerd6-daily", ["NERD6 Daily"])]), {}, set())
    given.know([Piece("nerd6-daily", "Product", "NERD6 Daily", "Bought: 2 of NERD6 Daily")])
    assert given.knowledge() == []
    assert given.rests_on(Sentence("You bought 2 of NERD6 Daily.", (), True)) == ["nerd6-daily"]
    assert given.rests_on(Sentence("NERD6 Daily pairs with oysters.", (), True)) is None
    spoken = Ground(names_of([]), {CLOUD.id: CLOUD, BLACK.id: BLACK}, set())
    assert spoken.rests_on(Sentence("Black waits for you.", ("nerd12-black",), True))
    assert spoken.rests_on(Sentence("It tastes of pear.", (), True)) is None, "cloud does, not it"


def test_it_is_what_was_spoken_of_last() -> None:
    """Of two that bear nothing against it."""
    given = ground()
    assert given.rests_on(Sentence("NERD9 Cloud waits for you.", (), True)) == ["nerd9-cloud"]
    assert given.rests_on(Sentence("It tastes wonderful.", (), True)) == ["nerd9-cloud"]


@pytest.mark.parametrize(
    "text",
    [
        "What a sweet thing to say.",
        "It is a fine evening for it.",
        "It is a light question, and a good one.",
        "Come in, the rain has begun.",
        "The night is long and a story does not go cold.",
        "What does it taste like to you?",
        "오늘 같은 밤이 참 좋네요.",
        "그런 날에는 말보다 자리가 먼저지요.",
        "어떤 맛을 좋아하세요?",
        "천천히 오셔도 됩니다.",
        "이 이야기는 조금 뒤에 이어 갈게요.",
        "I do not know how it tastes.",
        "이 술이 어떤 맛이 나는지는 모르겠어요.",
        "달콤한 술이 고객님 취향입니다.",
        "맛있는 안주와 함께 즐거운 저녁 되세요.",
        "The total on the card matches your cart.",
        "Finish the order whenever you like.",
        "Tell me the flavours you enjoy.",
        "It is a matter of taste.",
        "It is clear that you love rain.",
    ],
)
def test_small_talk_is_none_of_it(text: str) -> None:
    """Words of taste alone tell of no drink."""
    assert ground().rests_on(Sentence(text, (), True)) == []


def ours() -> list[str]:
    """All that the characters and the house's own model say of their own accord."""
    catalogue = json.loads((Path(__file__).parents[2] / "data/catalogue.json").read_text())
    told = [one["handoff"]["line"] for one in catalogue["characters"] if "handoff" in one]
    spoken = [text for line in told for text in line.values()]
    tables = [one for one in vars(lines).values() if isinstance(one, dict) and "ko" in one]
    spoken += [text for table in tables for said in table.values() for text in said]
    for table in (*persona.CLOSING.values(), *persona.UNKNOWN.values(), persona.FAILED):
        spoken += table.values()
    return spoken


def test_what_we_say_ourselves_tells_of_no_drink() -> None:
    """Else a reply would lose its courtesies."""
    found = ours()
    assert len(found) > 40
    for text in found:
        cutter = Sentences()
        for one in (*cutter.feed(text), *cutter.flush()):
            assert not describes(one.text), one.text
