"""Wrong codes are counted in the quarter of an hour before each, wherever it begins."""

from functools import partial

import pytest

from tests.ar.bar import Bar
from tests.ar.test_unlock import wrong

WINDOW = 900


@pytest.mark.parametrize("valkey", [True, False])
async def test_five_wrong_codes_lock_across_the_turn_of_a_window(bar: Bar, valkey: bool) -> None:
    throttle, code = bar.host.throttle, await bar.code()
    if not valkey:
        # Counted in the process, as when it does not answer.
        throttle._patience._rest_until = float("inf")
    turn = 2_000_000 * WINDOW
    throttle.clock = lambda: turn - 1.0
    left = [(await bar.unlock(wrong()))["triesLeft"] for _ in range(5)]
    assert left == [4, 3, 2, 1, 0]
    throttle.clock = lambda: turn + 1.0
    for tried in (wrong(), code):
        locked = await bar.unlock(tried)
        assert (locked["code"], locked["retryAfterSeconds"]) == ("RATE_LIMITED", WINDOW - 2)
    throttle.clock = lambda: turn + WINDOW - 0.5
    assert (await bar.unlock(code))["__typename"] == "ArUnlock"


async def test_room_comes_back_one_by_one(bar: Bar) -> None:
    throttle, code = bar.host.throttle, await bar.code()
    for at in range(5):
        throttle.clock = partial(float, 1_000 + 100 * at)
        assert (await bar.unlock(wrong()))["code"] == "UNLOCK_REFUSED"
    throttle.clock = lambda: 1_000.0 + WINDOW + 1
    assert (await bar.unlock(wrong()))["triesLeft"] == 0
    locked = await bar.unlock(code)
    assert (locked["code"], locked["retryAfterSeconds"]) == ("RATE_LIMITED", 99)
