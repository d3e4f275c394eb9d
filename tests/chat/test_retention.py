"""Steps of replies go after a time; the words stay, and who follows late reads them whole."""

import asyncio

import pytest
from sqlalchemy import text

from app import App
from tests.catalogue.door import until
from tests.chat.conftest import Talk
from tests.conftest import World

DAY = 86_400


@pytest.mark.env(CHAT_STEPS_DAYS="2", RETENTION_SECONDS="0.2")
async def test_old_steps_go_and_late_readers_are_told_to_read_anew(
    maeju: Talk, world: World, app: App
) -> None:
    whole = await maeju.ask("누룩이 뭐예요?")
    id, last = whole.message["id"], whole.events[-1]["cursor"]

    async def left() -> tuple[int, int]:
        async with app.db.write() as session:
            steps = await session.scalar(text("select count(*) from chat_steps"))
            calls = await session.scalar(text("select count(*) from chat_calls"))
        return int(steps or 0), int(calls or 0)

    later = world.program("relay", CLOCK_OFFSET_SECONDS=str(3 * DAY))

    async def are_gone() -> bool:
        return await left() == (0, 0)

    await until(are_gone, 60)
    # To it the next reply is old as well.
    await asyncio.to_thread(later.stop)
    for after in (None, whole.events[1]["cursor"]):
        (resync,) = (await maeju.hear(id, after=after)).events
        assert resync["__typename"] == "Resync"
        assert resync["cursor"] == last
        assert resync["message"] == whole.message
    assert (await maeju.hear(id, after=last)).events == []
    fresh = await maeju.ask("고마워요")
    assert fresh.message["status"] == "FINISHED"
