"""Who gets which arm: always the same one, as often as declared, and nobody who may not."""

import json
import os
import subprocess
import sys

import pytest

from core.ids import new_id
from core.setting_shapes import SettingsUnusable
from core.settings import Settings
from core.viewer import AgeState, Role, Viewer
from services import experiment
from services.experiment import RECOMMENDER

SHARES = {RECOMMENDER: {"control": 50, "company": 30, "likeness": 20}}
SAY = """import json, sys
from core.settings import Settings
from core.viewer import Viewer
from services import experiment
settings = Settings(experiment_shares=sys.argv[1])
ids = json.loads(sys.argv[2])
given = [experiment.assign(settings, Viewer(customer_id=id), experiment.RECOMMENDER) for id in ids]
print(json.dumps([one.arm for one in given]))"""


def settings(**shares: dict[str, float]) -> Settings:
    return Settings(environment="test", experiment_shares=json.dumps(shares or SHARES))


def arm(given: Settings, id: str) -> str:
    return experiment.assign(given, Viewer(customer_id=id), RECOMMENDER).arm


def test_a_share_gets_as_many_customers_as_declared() -> None:
    given, counts = settings(), {"control": 0, "company": 0, "likeness": 0}
    for number in range(10_000):
        counts[arm(given, f"cus_{number:05}")] += 1
    declared = {"control": 5_000, "company": 3_000, "likeness": 2_000}
    chi_square = sum((counts[name] - n) ** 2 / n for name, n in declared.items())
    # Two degrees of freedom: a fair draw is above this once in a thousand salts.
    assert chi_square < 13.82, counts


def test_another_process_says_the_same() -> None:
    ids = [new_id("cus") for _ in range(200)]
    other = subprocess.run(
        [sys.executable, "-c", SAY, json.dumps(SHARES), json.dumps(ids)],
        env={**os.environ, "PYTHONHASHSEED": "7", "ENVIRONMENT": "test"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert json.loads(other.stdout) == [arm(settings(), id) for id in ids]


def test_more_for_the_last_arm_moves_only_those_at_its_border() -> None:
    before = settings(**{RECOMMENDER: {"control": 90, "likeness": 10}})
    after = settings(**{RECOMMENDER: {"control": 80, "likeness": 20}})
    ids = [f"cus_{number:04}" for number in range(2_000)]
    moved = [id for id in ids if arm(before, id) != arm(after, id)]
    assert 140 < len(moved) < 260
    assert {arm(after, id) for id in moved} == {"likeness"}


def test_what_an_arm_changes_and_how_likely_it_was_comes_with_it() -> None:
    given = settings()
    found = {
        one.arm: one
        for number in range(50)
        for one in [experiment.assign(given, Viewer(customer_id=f"cus_{number}"), RECOMMENDER)]
    }
    assert found["control"].parameters == {}, "the settings of the recommender hold"
    assert {name: one.propensity for name, one in found.items()} == pytest.approx(
        {"control": 0.5, "company": 0.3, "likeness": 0.2}
    )
    for name in ("company", "likeness"):
        weights = found[name].parameters
        assert set(weights) == {"content", "collaborative", "ai"}
        assert sum(weights.values()) == pytest.approx(1)
    assert found["company"].label == "recommender-weights:company"


@pytest.mark.parametrize(
    "viewer",
    [
        Viewer(),
        Viewer(customer_id="cus_a", age=AgeState.MINOR),
        Viewer(customer_id="cus_a", roles=frozenset({Role.STAFF})),
        Viewer(customer_id="cus_a", roles=frozenset({Role.PARTNER})),
    ],
)
def test_strangers_minors_and_our_own_people_take_no_part(viewer: Viewer) -> None:
    everybody = settings(**{RECOMMENDER: {"control": 0, "company": 1}})
    assert arm(everybody, "cus_a") == "company"
    given = experiment.assign(everybody, viewer, RECOMMENDER)
    assert (given.arm, given.customer_id, given.label) == ("control", None, None)
    assert given.parameters == {}


def test_everybody_gets_the_control_unless_a_setting_says_otherwise() -> None:
    plain = Settings(environment="test")
    assert {arm(plain, f"cus_{number}") for number in range(500)} == {"control"}


@pytest.mark.parametrize(
    ("shares", "named"),
    [
        ({"colour": {"red": 1}}, "colour"),
        ({RECOMMENDER: {"control": 1, "red": 1}}, "red"),
        ({RECOMMENDER: {"control": 0}}, RECOMMENDER),
    ],
)
def test_shares_of_what_is_not_declared_are_refused(
    shares: dict[str, dict[str, float]], named: str
) -> None:
    with pytest.raises(SettingsUnusable, match=named):
        experiment.check(settings(**shares))
    experiment.check(settings())
