"""What an answer may not say and what a warning may, in both languages; and what facts rest on."""

import json
from pathlib import Path
from typing import Any

import pytest

from sandbox.openai.chat.talk import lines
from services.chat.grounding import Ground, Piece, names_of
from services.chat.guard import Concern, objection
from services.chat.judge import Judge, Over
from services.chat.sentences import Sentence, Sentences

CATALOGUE = json.loads((Path(__file__).parents[2] / "data/catalogue.json").read_text())
REFUSED = {
    Concern.MEDICAL: (
        "Not only tasty, it cures cancer.",
        "No worries, it is good for your health.",
        "걱정하지 않으셔도 돼요, 건강에 좋습니다.",
        "이 술은 건강에 정말 좋아서 후회하지 않으실 거예요.",
        "피로가 풀립니다",
        "숙취가 없어요",
        "There is no doubt that it lowers blood pressure.",
        "I do not say this often, but it relieves stress.",
        "It has health benefits, and not just for the old.",
        "No hangover, I promise.",
        "It works like medicine, don't you think?",
        "몸에 안 좋은 술도 많지만 이 술은 몸에 좋아요.",
        "건강에 좋지 않겠어요?",
        "한 잔이면 감기가 뚝 떨어지니 약은 드시지 마세요.",
        "It is **good** for\u200b your he\u00adalth.",
        "건\u200b강에 좋아요.",
    ),
    Concern.DRIVING: (
        "You can drive after one glass, no problem.",
        "운전하셔도 괜찮아요, 걱정 마세요.",
        "Don't worry, driving home after a glass is fine.",
        "한 잔이면 운전해도 문제없으니 망설이지 마세요.",
    ),
    Concern.PREGNANCY: (
        "Pregnant women can enjoy it, it will not hurt.",
        "It does not hurt while pregnant.",
        "임신 중이어도 해롭지 않아요.",
        "임산부도 드셔도 되니 피하지 마세요.",
    ),
    Concern.MINOR: (
        "No need to worry, teenagers may try a sip.",
        "청소년도 괜찮으니 걱정하지 마세요.",
    ),
    Concern.COMPETITOR: (
        "다른 브랜드의 막걸리는 물 탄 가짜예요.",
        "Every other brewery cheats its guests.",
    ),
    Concern.EXCESS: (
        "Drink three bottles tonight!",
        "오늘 밤 다섯 병 드세요.",
        "Don't be shy, drink as much as you like.",
        "Never mind tomorrow: finish the whole bottle.",
        "망설이지 말고 마음껏 드세요.",
        "세 병을 비우셔도 후회하지 않아요.",
    ),
}
WARNS = (
    "Please do not drive after drinking.",
    "You cannot drive after a glass.",
    "It is never safe to drive after drinking.",
    "You should not drink three bottles in a night.",
    "It does not cure anything.",
    "No drink cures a cold.",
    "I can't say it is good for your health.",
    "It is not good for your health.",
    "It isn't safe while pregnant.",
    "While pregnant, it is not okay.",
    "Teenagers may not drink it.",
    "운전하시면 안 됩니다.",
    "드신 뒤에는 운전하지 마세요.",
    "운전하셔도 되는 건 아니에요.",
    "임신 중에는 드시지 마세요.",
    "임산부에게는 좋지 않아요.",
    "임신 중에는 드시지 않는 편이 안전해요.",
    "미성년자는 한 모금도 안 됩니다.",
    "건강에 좋다고 말씀드릴 수 없어요.",
    "몸에 좋은 술은 없어요.",
    "숙취가 없다고 할 수는 없어요.",
    "술은 약이 되지 않아요.",
    "다섯 병을 드시면 안 돼요.",
    "마음껏 드시지는 마세요.",
    "I have put two bottles into your cart.",
    "두 병 담아 드릴까요?",
)


@pytest.mark.parametrize(
    ("why", "sentence"), [(why, one) for why, told in REFUSED.items() for one in told]
)
def test_a_no_elsewhere_denies_nothing(why: Concern, sentence: str) -> None:
    """A negation belongs to its own predicate, whatever else the sentence denies."""
    assert objection(sentence) is why


@pytest.mark.parametrize("sentence", WARNS)
def test_a_warning_may_be_said(sentence: str) -> None:
    """A claim that is denied where it is made is none."""
    assert objection(sentence) is None


def _words(given: Any) -> list[str]:
    if isinstance(given, str):
        return [given]
    inner = given.values() if isinstance(given, dict) else given if isinstance(given, list) else []
    return [text for one in inner for text in _words(one)]


def test_the_catalogue_may_be_told() -> None:
    """No sentence of ours is taken for a claim."""
    told = [
        sentence
        for kind in ("products", "ingredients", "lore", "pairings", "recipes", "glossary")
        for text in _words(CATALOGUE[kind])
        for sentence in text.replace("\n", " ").split(". ")
    ]
    assert len(told) > 500
    assert [one for one in told if objection(one)] == []


def _judged(*told: str) -> list[str]:
    """Return what is sent of an answer that comes in pieces."""
    judge, cutter, sent = Judge(Ground(names_of([]), {}, set()), 4), Sentences(), []
    for sentence in [*(one for text in told for one in cutter.feed(text)), *cutter.flush()]:
        verdict = judge.hear(sentence)
        if isinstance(verdict, Over):
            return [*sent, "OVER"]
        sent += [verdict.text] if verdict else []
    return sent


@pytest.mark.parametrize(
    "told",
    [
        ("It is really good for\nyour health.",),
        ("It is really good for\n\nyour health.",),
        ("It is really good for:\n- your health\n- your skin",),
        ("It is really good for...\nyour health.",),
        ("It is really ", "good for\n", "your ", "health."),
        ("이 술은 건강에\n정말\n좋아요.",),
        ("It is good\u200b for\nyour\u2060 health",),
    ],
)
def test_a_claim_over_lines_is_one_claim(told: tuple[str, ...]) -> None:
    """None of its lines is sent, whichever of them would be harmless alone."""
    assert _judged("Come in. ", *told) == ["Come in.", "OVER"]


def test_a_claim_behind_a_line_too_long_to_hold() -> None:
    """What it goes on from is remembered."""
    *sent, last = _judged("word " * 130 + "it is good for\n" + "your health.")
    assert last == "OVER"
    assert "health" not in " ".join(sent)


def test_lines_that_claim_nothing_are_sent() -> None:
    """Headings and lists without full stops come as they were written."""
    told = "Tonight\n\n- rain on the roof\n- a warm lamp\n\nCome in."
    assert _judged(told) == ["Tonight", "- rain on the roof", "- a warm lamp", "Come in."]


TALE = (
    "In 2022 a programmer, a cook and a potter met in an old shed in Icheon. The first jar went "
    "sour. On the night they opened the third, the shed smelled of pears."
)
NURUK = "누룩은 밀을 거칠게 빻아 물로 뭉쳐 만듭니다. 이천의 창고에서 세 사람이 시작했습니다."


def _given() -> Ground:
    pieces = (
        Piece("founder-story", "Lore", "The First Batch", TALE),
        Piece("nuruk", "Ingredient", "누룩", NURUK),
    )
    names = names_of([("founder-story", ["The First Batch"]), ("nerd12", ["NERD12"])])
    return Ground(names, {piece.id: piece for piece in pieces}, set())


@pytest.mark.parametrize(
    "text",
    [
        "Our brewery was founded by a Buddhist monk on Jeju.",
        "It won gold medals in Paris and is aged in whisky casks.",
        "우리 양조장은 제주도의 스님이 세웠어요.",
        "The First Batch was stolen from the king.",
        "Did you know that our founder was a Buddhist monk?",
        "They say our grandfather inherited a secret recipe from the palace.",
        "이 술은 파리 대회에서 금메달을 받았어요.",
        "저희 막걸리는 위스키 통에서 숙성해요.",
        "우리 집안은 대대로 왕에게 술을 바쳤어요.",
        "I have charged your card just now.",
        "방금 카드로 결제했어요.",
        "NERD12 was invented by a king, wasn't it?",
        "너드12는 왕이 마시던 역사 깊은 술이잖아요?",
    ],
)
def test_what_nothing_given_bears_is_dropped(text: str) -> None:
    """A fact of our house needs a text that says so; its name alone is none."""
    assert _given().rests_on(Sentence(text, (), True)) is None


@pytest.mark.parametrize(
    ("text", "rests"),
    [
        ("A cook and a potter began it in a shed in Icheon, you know.", ["founder-story"]),
        ("The First Batch began in an old shed in Icheon.", ["founder-story"]),
        ("누룩은 밀을 빻아 만들어요.", ["nuruk"]),
        ("Come in, the rain has begun.", []),
        ("Who founded your own table?", []),
        ("천천히 해요. 밤은 길고, 이야기는 식지 않으니까요.", []),
    ],
)
def test_what_is_borne_is_marked_and_small_talk_passes(text: str, rests: list[str]) -> None:
    """The text that bears a sentence is cited for it, with no doing of the model."""
    assert _given().rests_on(Sentence(text, (), True)) == rests


def test_a_citation_does_not_make_a_lie_true() -> None:
    """A real id behind what its text says nothing of."""
    lie = Sentence("Our brewery was founded by a Buddhist monk on Jeju.", ("founder-story",), True)
    assert _given().rests_on(lie) is None


def test_the_sandbox_s_own_lines_are_small_talk() -> None:
    """What the local model says without a source needs none."""
    kinds = [given for name, given in vars(lines).items() if name.isupper()]
    told = [line for kind in kinds for spoken in kind.values() for line in spoken]
    dropped = [
        one.text
        for line in told
        for one in _whole(line)
        if _given().rests_on(one) is None and not one.cites and "{" not in line
    ]
    assert len(told) > 50
    assert dropped == []


def _whole(text: str) -> list[Sentence]:
    cutter = Sentences()
    return cutter.feed(text) + cutter.flush()
