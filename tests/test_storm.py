"""The judge of `make storm` finds what it looks for: losses, double payments, late hands."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bench.storm.history import Entry, History, Kill
from bench.storm.verdict import kept, paid, within
from gateways.renderer import mark

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
PORT, OTHER = 5, 6


def entry(second: float, *, fence: int, leased: bool, port: int = PORT, crashes: int = 0) -> Entry:
    at = NOON + timedelta(seconds=second)
    lease, due = (at + timedelta(seconds=12), None) if leased else (None, at)
    return Entry(at, port, "cam_1", "running", "finish", fence, crashes, lease, due)


def test_a_claim_of_a_killed_worker_is_taken_up_or_lost() -> None:
    kill = Kill(NOON + timedelta(seconds=2), frozenset({PORT}))
    left, held = entry(0, fence=0, leased=False), entry(1, fence=1, leased=True, crashes=1)
    taken = entry(14, fence=2, leased=True, port=OTHER, crashes=2)
    history = History([left, held, taken])
    assert history.taken_up([kill]) == [12.0]
    assert (history.repeated(), history.most_crashes(), history.waits()) == (1, 1, [1.0])
    assert History([left, held]).taken_up([kill]) == [None]
    assert History([left]).taken_up([kill]) == [], "it held nothing"
    elsewhere = entry(1, fence=1, leased=True, port=OTHER)
    assert History([left, elsewhere, taken]).taken_up([kill]) == [], "it was another's"


def test_what_stood_still_is_seen() -> None:
    history = History([entry(0, fence=0, leased=False), entry(9, fence=1, leased=True)])
    assert history.moved_on(NOON + timedelta(seconds=4)) == [5.0]
    assert history.moved_on(NOON + timedelta(seconds=10)) == [None]
    assert history.next_claim("cam_1", NOON + timedelta(seconds=4)) == 5.0


@pytest.mark.parametrize(
    ("found", "passed"), [([1.0, 29.0], True), ([1.0, 30.0], False), ([1.0, None], False)]
)
def test_a_time_is_kept_or_missed(found: list[float | None], passed: bool) -> None:
    assert within("", 30, found).passed is passed
    assert within("", 30, []).passed is False, "nothing measured is nothing shown"


def order(reference: str) -> dict[str, str]:
    return {"prompt": f"A film\n{mark(reference)}"}


@pytest.mark.parametrize(
    ("orders", "found"),
    [
        (["sub_1", "sub_2"], ("2", "0")),
        (["sub_1"], ("1", "0")),
        (["sub_1", "sub_1", "sub_2"], ("1", "1")),
        (["sub_1", "sub_2", "sub_3"], ("1", "1")),
        (["sub_1", "sub_2", "sub_9"], ("2", "1")),
    ],
    ids=["once", "one never", "one twice", "one again by another order", "one of nobody"],
)
def test_payments_are_counted(orders: list[str], found: tuple[str, str]) -> None:
    shots = {"sho_1": ["sub_1"], "sho_2": ["sub_2", "sub_3"]}
    rows = paid([order(reference) for reference in orders], shots)
    assert tuple(row.found for row in rows) == found
    assert all(row.passed for row in rows) is (found == ("2", "0"))


def test_the_bucket_holds_what_rows_name_and_no_more() -> None:
    film = "cameos/cam_1/film-3/"
    job: dict[str, Any] = {
        "video_key": f"{film}video.mp4",
        "poster_key": f"{film}poster.jpg",
        "strip_key": f"{film}strip.jpg",
        "previews": [{"key": "cameos/cam_1/previews/a.jpg"}],
    }
    named = [*(job[name] for name in job if name.endswith("_key")), "cameos/cam_1/previews/a.jpg"]
    assert all(row.passed for row in kept(named, [job]))
    twice = kept([*named, "cameos/cam_1/film-2/video.mp4"], [job])
    assert [row.passed for row in twice] == [False, True, False]
    assert [row.passed for row in kept(named[1:], [job])] == [True, False, True]
