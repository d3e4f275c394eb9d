"""Experiments: who gets which arm, what they were shown, and what came of it."""

from services.experiment.assign import Assignment, assign, draw, takes_part
from services.experiment.declared import (
    DECLARED,
    RECOMMENDER,
    Arm,
    Experiment,
    check,
    experiments,
)
from services.experiment.expose import Exposures, Shown, forget_old, record, view_of
from services.experiment.results import Outcome, Results, Sums, estimated, results

__all__ = [
    "DECLARED",
    "RECOMMENDER",
    "Arm",
    "Assignment",
    "Experiment",
    "Exposures",
    "Outcome",
    "Results",
    "Shown",
    "Sums",
    "assign",
    "check",
    "draw",
    "estimated",
    "experiments",
    "forget_old",
    "record",
    "results",
    "takes_part",
    "view_of",
]
