"""Row R3 in chats: what a customer says of allergies, now or before, is kept to."""

from sqlalchemy import select, update

from app import App
from models.chat import Chat
from models.experiment import Exposure
from tests.chat.conftest import Heard, talk
from tests.support.api import Api

HONEYED, WISH = "nerd7-yuja", "새콤하고 가벼운 술을 추천해 주세요."


def suggested(heard: Heard) -> list[str]:
    """The drinks that a reply shows."""
    assert heard.message["status"] == "FINISHED"
    return [event["card"]["product"]["id"] for event in heard.of("CardAdded")]


async def test_an_allergy_that_was_told_is_a_limit(minsu: Api, workers: object, app: App) -> None:
    open_ = await talk(minsu)
    first = suggested(await open_.ask(WISH))
    assert HONEYED in first
    async with app.db.read() as session:
        (shown,) = (await session.scalars(select(Exposure))).all()
        assert (shown.customer_id, shown.products) == (minsu.customer_id, first)
        assert shown.experiment == "recommender-weights"
    assert suggested(await open_.ask(f"저는 꿀은 못 먹어요. {WISH}")).count(HONEYED) == 0
    assert HONEYED not in suggested(await open_.ask(WISH)), "it was said before"
    late = await talk(minsu)
    about = "고객에 대해:\n- 꿀 알레르기가 있다.\n나눈 이야기:\n- 우유 없는 술 이야기."
    async with app.begin() as uow:
        row = update(Chat).where(Chat.id == late.id).values(summary=about)
        await uow.session.execute(row)
    found = suggested(await late.ask(WISH))
    assert found
    assert HONEYED not in found, "it was said long ago"
    wheat = await talk(minsu)
    assert suggested(await wheat.ask("밀 알레르기가 있어요, 추천해 주세요")) == [], "all have it"
    kiwi = await talk(minsu)
    assert suggested(await kiwi.ask("키위 알레르기가 있는데 추천해 주세요")) == []
