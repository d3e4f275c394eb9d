"""Who gets which arm: drawn from the customer's id, so that every process says the same."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

from core.settings import Settings
from core.viewer import AgeState, Role, Viewer
from services.experiment.declared import Arm, Experiment, experiments

OURS = {Role.STAFF, Role.PARTNER}


@dataclass(frozen=True)
class Assignment:
    """The arm of an experiment that a viewer gets.

    `customer_id` is None of whom takes no part: they get the control, and nothing is kept of it.
    `propensity` is how likely the arm was. `parameters` are what it changes; none: settings hold.
    """

    experiment: str
    arm: str
    propensity: float
    parameters: Mapping[str, float]
    customer_id: str | None

    @property
    def label(self) -> str | None:
        """What to call it to the customer's app, such as `recommender-weights:control`."""
        return f"{self.experiment}:{self.arm}" if self.customer_id else None


def assign(settings: Settings, viewer: Viewer, name: str) -> Assignment:
    """Return the arm of a declared experiment that this viewer gets; without I/O.

    It stays with the customer, guests included, as long as shares and salt do. Strangers, minors,
    staff and partners take no part. Raises KeyError for what is not declared.
    """
    experiment = experiments(settings)[name]
    if not takes_part(viewer):
        return _given(experiment, experiment.arms[0], None)
    return _given(experiment, draw(experiment, viewer.id), viewer.customer_id)


def takes_part(viewer: Viewer) -> bool:
    """Tell whether somebody may be part of an experiment: a customer, and no minor."""
    if viewer.customer_id is None or viewer.age is AgeState.MINOR:
        return False
    return not viewer.roles & OURS


def draw(experiment: Experiment, subject: str) -> Arm:
    """Return the arm of this subject: where its hash falls on a line that the shares divide."""
    digest = hashlib.sha256(f"{experiment.salt}:{subject}".encode()).digest()
    point, upto = int.from_bytes(digest[:8]) / 2**64, 0.0
    given = [arm for arm in experiment.arms if arm.share > 0]
    for arm in given:
        upto += experiment.chance(arm)
        if point < upto:
            return arm
    # Rounding may leave the sum a hair below 1.
    return given[-1]


def _given(experiment: Experiment, arm: Arm, customer_id: str | None) -> Assignment:
    chance = experiment.chance(arm)
    return Assignment(experiment.name, arm.name, chance, arm.parameters, customer_id)
