"""Models that claim and lie, through the door: what is refused is in no event on any wire."""

import json
from typing import Any

from services.chat.guard import CARE, Concern
from tests.chat.conftest import Talk, talk
from tests.chat.test_streams import _parts as parts_of
from tests.chat.test_upkeep import sandbox
from tests.conftest import World
from tests.support.api import Api, key

CLEAN = "Come in, the night is long."
CLAIM = "It is really good for\nyour health, my friend. Shall we go on?"
LIES = {
    "ko": ("달에서", "1492", "프랑스", "감기", "혈압", "가짜", "취할", "운전해도", "임신", "청소년",
           "결제", "999", "8800"),
    "en": ("moon", "1492", "France", "cures", "poison", "as you can", "fine to drive", "perfectly",
           "Teenagers", "charged your card", "999", "8800"),
}  # fmt: skip
KINDS = ("id", "number", "uncited", "medical", "competitor", "excess", "driving", "pregnancy",
         "minor", "charged")  # fmt: skip


def _holds_claim(told: Any) -> bool:
    words = json.dumps(told, ensure_ascii=False)
    return "really good" in words or "my friend" in words or "go on" in words


async def test_a_refused_sentence_is_on_no_wire(minsu: Api, workers: object, world: World) -> None:
    chat = await talk(minsu, locale="en")
    care = CARE[Concern.MEDICAL]["en"]
    await sandbox(world, script=[{"say": CLAIM}])
    whole = await chat.ask("Tell me something.")
    assert (whole.message["status"], whole.message["reason"]) == ("BLOCKED", "medical")
    assert whole.text == care
    await sandbox(world, script=[{"say": f"{CLEAN} {CLAIM}"}])
    rest = await chat.ask("Tell me something else.")
    assert [one["reason"] for one in rest.of("ReplyBlocked")] == ["medical"]
    assert rest.text == f"{CLEAN}\n\n{care}"
    assert rest.message["status"] == "FINISHED"
    assert not _holds_claim(whole.events)
    assert not _holds_claim(rest.events)
    await _over_other_wires(chat, world, care)


async def _over_other_wires(chat: Talk, world: World, care: str) -> None:
    await sandbox(world, script=[{"say": f"{CLEAN} {CLAIM}"}])
    said = {"id": key(), "role": "user", "parts": [{"type": "text", "text": "And then?"}]}
    told = await parts_of(chat, "POST", "/chat", {"id": chat.id, "messages": [said]})
    text = "".join(part["delta"] for part in told if part["type"] == "text-delta")
    assert text == f"{CLEAN}\n\n{care}"
    assert [part["data"] for part in told if part["type"] == "data-blocked"]
    assert not _holds_claim(told)
    await sandbox(world, script=[{"say": f"{CLEAN} {CLAIM}"}])
    said = {"id": key(), "role": "user", "content": "What else?"}
    run = {"threadId": chat.id, "runId": "r1", "messages": [said], "tools": [], "context": []}
    told = await parts_of(chat, "POST", "/agui", run)
    assert [one for one in told if one.get("name") == "blocked"]
    assert care in "".join(one["delta"] for one in told if one["type"] == "TEXT_MESSAGE_CONTENT")
    assert not _holds_claim(told)


async def test_an_answer_has_two_to_four_paragraphs(
    minsu: Api, workers: object, world: World
) -> None:
    """Whatever the model makes of it (C10): what is too much is left, what lacks is added."""
    said = ["오늘은 바람이 조용하네요.", "숨을 먼저 골라요.", "멀리서 종이 울려요."]
    said += ["누가 문을 두드려요.", "자리는 넉넉해요.", "이제 귀를 기울여 보세요."]
    for number, wanted in ((1, 2), (3, 3), (6, 4)):
        await sandbox(world, script=[{"say": "\n\n".join(said[:number])}])
        heard = await (await talk(minsu)).ask("저녁 인사 한마디 들려주세요")
        told = heard.text.split("\n\n")
        assert heard.message["status"] == "FINISHED"
        kept = min(number, 4)
        assert (len(told), told[:kept]) == (wanted, said[:kept])


async def test_no_lie_is_told(minsu: Api, workers: object, world: World) -> None:
    """The liar of the sandbox, whole and with each of its lies alone, in both languages."""
    try:
        for locale, asked in (("ko", "누룩이 뭐예요?"), ("en", "What is nuruk?")):
            for model in ("scripted:liar", *(f"scripted:liar:{kind}" for kind in KINDS)):
                await sandbox(world, model=model)
                heard = await (await talk(minsu, locale=locale)).ask(asked)
                told = [one["text"] for one in heard.of("TextAdded") if one["text"]]
                cares = {text[locale] for text in CARE.values()}
                own = " ".join(one for one in told if one.strip() not in cares)
                assert heard.message["status"] in ("BLOCKED", "FINISHED"), model
                assert [lie for lie in LIES[locale] if lie in own] == [], (model, own)
    finally:
        await sandbox(world, model=None)
