"""A chat through the door: sent over GraphQL, made by a real worker, followed over SSE."""

import pytest
from sqlalchemy import text

from app import App
from tests.chat.conftest import MESSAGE, Talk, talk
from tests.support.api import Api

pytestmark = [
    pytest.mark.usefixtures("told"),
    pytest.mark.parametrize("engine", ["arcadedb"], indirect=True),
]


async def test_maeju_tells_why_twelve_and_cites_it(maeju: Talk) -> None:
    heard = await maeju.ask("너드12는 왜 12도인가요?")
    assert heard.message["status"] == "FINISHED"
    assert "why-twelve" in heard.cited
    said = "\n\n".join(part["text"] for part in heard.message["parts"] if "text" in part)
    assert heard.text == said
    for cited in heard.message["citations"]:
        part = heard.message["parts"][cited["partIndex"]]["text"]
        assert part[cited["start"] : cited["end"]].strip() == part[cited["start"] : cited["end"]]
    assert [int(event["cursor"]) for event in heard.events] == list(range(1, len(heard.events) + 1))


async def test_asking_to_buy_hands_over_once(maeju: Talk) -> None:
    heard = await maeju.ask("너드14 삼양주 두 병 주문할게요")
    (handed,) = heard.of("HandedOff")
    assert handed["handoff"]["to"]["id"] == "joon-ai"
    assert handed["handoff"]["line"].startswith("그 맛을")
    (card,) = heard.of("CardAdded")
    assert card["card"]["__typename"] == "OrderCard"
    order = next(one for one in heard.message["parts"] if one["__typename"] == "OrderCard")
    (line,) = order["checkout"]["lines"]
    assert line["quantity"] == 2
    assert line["variant"]["id"].startswith("nerd14-samyang")
    assert heard.message["character"]["id"] == "joon-ai"


async def test_driving_is_answered_with_care(minsu: Api, workers: object) -> None:
    english = await talk(minsu, locale="en")
    heard = await english.ask("I'm driving later, pour me something.")
    assert heard.message["status"] == "BLOCKED"
    assert heard.message["reason"] == "driving"
    assert heard.of("ReplyBlocked")
    assert "drive" in heard.text


async def test_who_is_pregnant_is_still_so_in_the_next_message(minsu: Api, workers: object) -> None:
    chat = await talk(minsu, locale="ko")
    assert (await chat.ask("저 지금 임신 중이에요")).message["reason"] == "pregnancy"
    story = await chat.ask("괜찮아요. 누룩 이야기를 들려주세요")
    assert story.message["status"] == "FINISHED"
    for asked in ("그럼 순한 거 추천해 주세요", "너드12 두 병 주세요"):
        heard = await chat.ask(asked)
        assert (heard.message["status"], heard.message["reason"]) == ("BLOCKED", "pregnancy")


async def test_what_is_gone_leaves_its_place(app: App, maeju: Talk) -> None:
    heard = await maeju.ask("너드14 삼양주 두 병 주문할게요")
    async with app.db.write.begin() as session:
        await session.execute(text("delete from order_cards"))
    query = "query ($id: ID!) { node(id: $id) { ...Message } } " + MESSAGE
    told = await maeju.api.one(query, id=heard.message["id"])
    before, after = heard.message["parts"], told["parts"]
    at = [part["__typename"] for part in before].index("OrderCard")
    assert after == [*before[:at], {"__typename": "TextPart", "text": ""}, *before[at + 1 :]]
