"""What staff teach the world is said in a chat, with its source, until it is taken back."""

import pytest

from services.account import SANDBOX_PASSWORD
from tests.chat.conftest import talk
from tests.conftest import World
from tests.support.api import Api
from tests.world.said import learn, revert

pytestmark = [
    pytest.mark.usefixtures("told"),
    pytest.mark.parametrize("engine", ["arcadedb"], indirect=True),
]


async def test_a_reply_rests_on_a_fact_until_it_is_reverted(
    world: World, minsu: Api, workers: object
) -> None:
    question = "How is Icheon rice polished?"
    async with Api(world.url) as staff:
        await staff.sign_in("demo-staff@example.com", SANDBOX_PASSWORD)
        before = await (await talk(minsu, locale="en")).ask(question)
        assert "61 percent" not in before.text
        fact = await learn(staff, "down to 61 percent of the grain", predicate="polished")
        told = await (await talk(minsu, locale="en")).ask(question)
        assert "61 percent" in told.text
        assert "icheon-rice" in told.cited
        await revert(staff, fact["id"])
    after = await (await talk(minsu, locale="en")).ask(question)
    assert after.message["status"] == "FINISHED"
    assert "61 percent" not in after.text
