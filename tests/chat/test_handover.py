"""Handing over, there and back: by the customer's words, with one line and one event (C5)."""

import pytest

from tests.chat.conftest import Heard, talk
from tests.support.api import Api

pytestmark = pytest.mark.usefixtures("workers")
LINES = {
    "maeju-ai": "그 이야기는 매주가 더 잘 들려줄 거예요.",
    "joon-ai": "그 맛을 집까지 모셔다 드릴 동료, 컨시어지 준을 소개할게요.",
}


def handed(heard: Heard) -> list[str]:
    """To whom, with the catalogue's line once in all that is shown."""
    to = [one["handoff"]["to"]["id"] for one in heard.of("HandedOff")]
    notes = [one for one in heard.message["parts"] if one["__typename"] == "HandoffNote"]
    assert [one["line"] for one in notes] == [LINES[id] for id in to]
    assert all(line not in heard.text for line in LINES.values())
    return to


async def test_a_chat_goes_to_joon_and_back_and_to_joon_again(minsu: Api) -> None:
    chat = await talk(minsu)
    assert handed(await chat.ask("누룩이 뭐예요?")) == []
    bought = await chat.ask("너드12 시그니처 두 병 주세요")
    assert handed(bought) == ["joon-ai"]
    assert handed(await chat.ask("재고는 넉넉한가요?")) == []
    back = await chat.ask("그런데 너드12는 왜 12도예요?")
    assert handed(back) == ["maeju-ai"]
    assert back.message["character"]["id"] == "maeju-ai"
    assert "why-twelve" in back.cited
    again = await chat.ask("한 병 더 주문할게요, 너드12 시그니처로요")
    assert handed(again) == ["joon-ai"]
    assert "create_checkout" in [one["tool"] for one in again.of("ToolStarted")]


async def test_words_for_both_change_hands_once(minsu: Api) -> None:
    chat = await talk(minsu)
    heard = await chat.ask("왜 12도인지 이야기해 주고, 가격도 알려 주고, 주문도 해 주세요")
    assert handed(heard) == ["joon-ai"]
    heard = await chat.ask("왜 12도인지 이야기해 주세요. 아니 그냥 두 병 주세요")
    assert handed(heard) == [], "who wants bottles stays with who sells"


@pytest.mark.parametrize(
    "words", ["너드12 시그니처 두 병 주세요", "너드12 시그니처 가격이 얼마예요?"]
)
async def test_who_wants_to_buy_from_the_brewmaster_is_led_to_joon(minsu: Api, words: str) -> None:
    chat = await talk(minsu, "nuri-brewmaster")
    heard = await chat.ask(words)
    assert handed(heard) == ["joon-ai"]
    assert heard.message["character"]["id"] == "joon-ai"


async def test_who_wants_a_story_from_the_brewmaster_is_led_to_maeju(minsu: Api) -> None:
    chat = await talk(minsu, "nuri-brewmaster")
    heard = await chat.ask("누룩 이야기 들려주세요")
    assert [one["handoff"]["to"]["id"] for one in heard.of("HandedOff")] == ["maeju-ai"]
