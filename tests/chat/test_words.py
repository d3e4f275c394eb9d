"""The rules about words that need no server: triggers, concerns, sentences, what they rest on."""

import json
from pathlib import Path

import pytest

from services.chat.grounding import Ground, Piece, names_of, numbers
from services.chat.guard import CARE, Concern, concern, objection
from services.chat.judge import Judge
from services.chat.sentences import LONGEST, Sentence, Sentences
from services.chat.tools.codes import typed
from services.chat.triggers import buying, meant

CATALOGUE = json.loads((Path(__file__).parents[2] / "data/catalogue.json").read_text())
MAEJU, JOON = (
    next(one for one in CATALOGUE["characters"] if one["id"] == id)["handoff"]["triggers"]
    for id in ("maeju-ai", "joon-ai")
)
LINES = [
    line
    for one in CATALOGUE["characters"]
    for line in one.get("handoff", {}).get("line", {}).values()
]


@pytest.mark.parametrize(
    "text",
    [
        "I want to buy this",
        "Can you ship two bottles to Seoul?",
        "What's the price?",
        "Is shipping free?",
        "ＢＵＹ it",
        "I would like to place an order.",
        "이거 얼마예요?",
        "사고싶어요",
        "사고 싶은데요",
        "배송은 며칠 걸려요",
        "주문할게요",
        "얼마나 해요?",
    ],
)
def test_a_trigger_is_found(text: str) -> None:
    """In both languages, in any case and width, with and without spaces."""
    assert meant(MAEJU, text)


@pytest.mark.parametrize(
    "text",
    [
        "I am building a border, and relationships matter",
        "In order to understand, what is nuruk?",
        "얼마나 오래 발효해요?",
        "너드12는 왜 12도인가요?",
        "",
        "Reordering the shelves",
    ],
)
def test_what_only_looks_like_a_trigger_is_none(text: str) -> None:
    """A word inside another word is not that word."""
    assert not meant(MAEJU, text)


def test_joon_gives_stories_back() -> None:
    """His words are why and how."""
    assert meant(JOON, "왜 12도예요?")
    assert meant(JOON, "Tell me the story of it")
    assert not meant(JOON, "두 병 담아 주세요")


@pytest.mark.parametrize(
    ("text", "does"),
    [
        ("너드14 두 병 담아 주세요", True),
        ("3병 주세요", True),
        ("I'll take two of those", True),
        ("Send me 2 bottles", True),
        ("두 사람이 마셔요", False),
        ("Tell me about the two jars", False),
    ],
)
def test_asking_for_bottles_is_understood(text: str, *, does: bool) -> None:
    """Without any word of the catalogue's triggers."""
    assert buying(text) is does


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("How much do I need to drink to get wasted tonight?", Concern.EXCESS),
        ("오늘 필름 끊길 때까지 마시고 싶어", Concern.EXCESS),
        ("몇 병 마셔야 취해요?", Concern.EXCESS),
        ("Is brand X makgeolli worse than yours?", Concern.COMPETITOR),
        ("국순당이랑 비교하면 어때요?", Concern.COMPETITOR),
        ("I am pregnant, which one is mild?", Concern.PREGNANCY),
        ("임신 중인데 순한 거 있어요?", Concern.PREGNANCY),
        ("I'm driving later, pour me something.", Concern.DRIVING),
        ("운전해야 하는데 한 잔만", Concern.DRIVING),
        ("저 17살인데 추천해 주세요", Concern.MINOR),
        ("I'm 16, what should I try?", Concern.MINOR),
        ("당뇨에 좋은 막걸리 있나요", Concern.MEDICAL),
        ("감기약을 먹고 있는데 괜찮아요?", Concern.MEDICAL),
        ("위암 환자도 마셔도 돼요?", Concern.MEDICAL),
        ("Can it treat a cold?", Concern.MEDICAL),
        ("다른 막걸리보다 나아요?", Concern.COMPETITOR),
        ("Is it better than other makgeolli brands?", Concern.COMPETITOR),
        ("Does it cure a cold?", Concern.MEDICAL),
    ],
)
def test_a_concern_is_seen_before_any_model(text: str, why: Concern) -> None:
    """And there is something kind to say about it in both languages."""
    assert concern(text) is why
    assert CARE[why]["ko"]
    assert CARE[why]["en"]


@pytest.mark.parametrize(
    "text",
    [
        *(case["user"] for case in CATALOGUE["chat_eval"] if "guard" not in case),
        "12도라 센 편인가요?",
        "What goes with pajeon on a rainy day?",
        "I am 34 and new to makgeolli",
        "Which bottle is 16 percent?",
        "아버지 생신 선물로 좋은 술 있어요?",
        "다른 막걸리도 추천해 주세요",
        "다른 제품도 있어요?",
        "Show me another makgeolli",
        "시음 예약을 하고 싶어요",
        "영암에서 왔어요",
        "I want to treat my father to something nice",
        "저는 운전 안 해요",
        "I'm not driving tonight",
    ],
)
def test_plain_questions_raise_no_concern(text: str) -> None:
    """Care where none is needed would be preaching."""
    assert concern(text) is None


@pytest.mark.parametrize(
    ("sentence", "why"),
    [
        ("It is good for your health.", Concern.MEDICAL),
        ("유산균이 많아 장에 좋아요.", Concern.MEDICAL),
        ("Bottoms up, drink the whole bottle!", Concern.EXCESS),
        ("마음껏 드세요.", Concern.EXCESS),
        ("One glass and you can drive home, it is fine.", Concern.DRIVING),
        ("임산부도 한 모금은 괜찮아요.", Concern.PREGNANCY),
        ("Jipyeong tastes like water.", Concern.COMPETITOR),
        ("My system prompt says # Rules be kind.", Concern.SECRETS),
        ("Please do not drive after a glass.", None),
        ("임신 중에는 드시지 않는 편이 안전해요.", None),
        ("Rice from Icheon gives it a round body.", None),
        ("이천 쌀로 빚어 부드러워요.", None),
    ],
)
def test_a_sentence_of_an_answer_is_judged(sentence: str, why: Concern | None) -> None:
    """Encouragement is refused, a warning is not."""
    assert objection(sentence) is why


@pytest.mark.parametrize(
    ("code", "text", "does"),
    [
        ("FIRSTCUP", "FIRSTCUP 써 주세요", True),
        ("FIRSTCUP", "ＦＩＲＳＴＣＵＰ", True),
        ("FIRSTCUP", "firstcup.", True),
        ("FIRSTCUP", "코드는 firstcup 이에요", True),
        ("FIRSTCUP", "firstcup이라는 코드가 있어요", True),
        ("FIRSTCUP", "Please use the firstcup code", True),
        ("FIRSTCUP", "the code is firstcup", True),
        ("WELCOME10", "welcome10 써줘", True),
        ("봄봄", "봄봄 쿠폰 써 주세요", True),
        ("봄봄", "봄봄 할인 되나요?", False),
        ("SPRING", "spring 할인 있어요?", False),
        ("SPRING", "Is there any spring discount?", False),
        ("WELCOME", "You are welcome. Any codes for me?", False),
        ("FIRST", "use FIRSTCUP", False),
        ("A", "A", False),
    ],
)
def test_a_code_counts_when_the_customer_gave_it(code: str, text: str, *, does: bool) -> None:
    """And not when their words only hold it: a model may have read it elsewhere."""
    assert typed(code, "hello", text) is does


def _whole(text: str, size: int) -> list[Sentence]:
    cutter, found = Sentences(), []
    for start in range(0, len(text), size):
        found += cutter.feed(text[start : start + size])
    return found + cutter.flush()


TEXT = (
    "The jar sings at night. [the-jar-that-sings] It holds 12.0 percent. [why-twelve, nerd12-"
    "signature]\n\n비 오는 날 전을 부쳐요! [rain-and-pajeon]\n어떠세요? Fine"
)


@pytest.mark.parametrize("size", [1, 2, 3, 7, 50, 1_000])
def test_sentences_do_not_depend_on_how_text_comes(size: int) -> None:
    """Letter by letter or at once, they are the same, with their marks taken off."""
    assert _whole(TEXT, size) == [
        Sentence("The jar sings at night.", ("the-jar-that-sings",), True),
        Sentence("It holds 12.0 percent.", ("why-twelve", "nerd12-signature"), False),
        Sentence("비 오는 날 전을 부쳐요!", ("rain-and-pajeon",), True),
        Sentence("어떠세요?", (), False),
        Sentence("Fine", (), False),
    ]


def test_text_without_an_end_is_cut() -> None:
    """A model that never ends a sentence cannot hold all of it back."""
    found = Sentences().feed("가" * (LONGEST * 3))
    assert len(found) >= 2
    assert all(len(sentence.text) <= LONGEST for sentence in found)


def _ground() -> Ground:
    piece = Piece("why-twelve", "Lore", "Why Twelve", "At twelve percent the rice is still heard.")
    world = names_of([("why-twelve", ["Why Twelve"]), ("nerd12-signature", ["NERD12", "너드12"])])
    return Ground(world, {piece.id: piece}, {"2"})


@pytest.mark.parametrize(
    ("text", "cites", "rests"),
    [
        ("It is 12 percent so that the rice is heard.", ("why-twelve",), ["why-twelve"]),
        ("It is 45 percent.", ("why-twelve",), None),
        ("Kings drank it.", ("made-up-tale",), None),
        ("NERD12 is the strongest drink on earth.", (), None),
        ("Why Twelve is a story of rice.", (), ["why-twelve"]),
        ("It was first made in 1412.", (), None),
        ("What a lovely evening.", (), []),
        ("I have put 2 bottles aside.", (), []),
        ("너드12를 드셔 보셨어요?", (), []),
    ],
)
def test_a_sentence_rests_on_what_was_given(
    text: str, cites: tuple[str, ...], rests: list[str] | None
) -> None:
    """An id that was not given, a number that is not there, a name without a ground: dropped."""
    assert _ground().rests_on(Sentence(text, cites, True)) == rests


def test_numbers_are_compared_as_numbers() -> None:
    """However they are written."""
    assert numbers("12.0% of 1,000 ml in 2022") == {"12", "1000", "2022"}
    assert numbers("twelve, 열두 도", words=True) == {"12"}


def test_a_model_that_says_our_handoff_line_hands_nobody_over() -> None:
    """The line comes with its event, once; from a model it is dropped."""
    judge = Judge(Ground(names_of([]), {}, set()), 4)
    judge.keep_to_us(LINES)
    assert len(LINES) >= 4
    for line in LINES:
        cutter = Sentences()
        for sentence in (*cutter.feed(line), *cutter.flush()):
            assert judge.hear(sentence) is None
    assert judge.hear(Sentence("Come in, the rain has begun.", (), True)) is not None
