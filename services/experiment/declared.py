"""Which experiments there are. What an arm changes is code, how many get it is a setting."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from core.setting_shapes import SettingsUnusable
from core.settings import Settings

RECOMMENDER = "recommender-weights"
PREFIX = "exp_"


@dataclass(frozen=True)
class Arm:
    """One way of doing it, and the share of customers who get it; shares count by their ratio.

    `parameters` are what it changes: the control changes nothing, so that settings hold for it.
    """

    name: str
    share: float = 0.0
    parameters: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Experiment:
    """A question, and its arms; the first is the control. Another salt draws everybody anew."""

    name: str
    salt: str
    about: Mapping[str, str]
    arms: tuple[Arm, ...]

    @property
    def id(self) -> str:
        """Its id, as clients know it."""
        return PREFIX + self.name

    def chance(self, arm: Arm) -> float:
        """How likely somebody gets this arm, 0 to 1."""
        return arm.share / sum(one.share for one in self.arms)


DECLARED = (
    Experiment(
        RECOMMENDER,
        "recommender-weights-1",
        {
            "ko": "추천 점수의 세 가중치: 기본은 내용 30, 협업 30, AI 40",
            "en": "The three weights of a recommendation: 30 content, 30 collaborative, 40 AI",
        },
        (
            Arm("control", 1.0),
            Arm("company", 0.0, {"content": 0.25, "collaborative": 0.5, "ai": 0.25}),
            Arm("likeness", 0.0, {"content": 0.5, "collaborative": 0.25, "ai": 0.25}),
        ),
    ),
)


def experiments(settings: Settings) -> dict[str, Experiment]:
    """Return the experiments by name, with the shares that the settings give their arms."""
    return {one.name: _shared(one, settings) for one in DECLARED}


def check(settings: Settings) -> None:
    """Raise SettingsUnusable when EXPERIMENT_SHARES names what is not declared."""
    known = {one.name: {arm.name for arm in one.arms} for one in DECLARED}
    for name, shares in settings.experiment_shares.items():
        strange = [name] if name not in known else sorted(set(shares) - known[name])
        if strange:
            there = "; ".join(f"{one} with {', '.join(sorted(known[one]))}" for one in known)
            raise SettingsUnusable(
                f"EXPERIMENT_SHARES names {', '.join(strange)}. There are: {there}."
            )
        if not sum(shares.values()) > 0:
            raise SettingsUnusable(f"EXPERIMENT_SHARES gives nobody to an arm of {name}.")


def _shared(experiment: Experiment, settings: Settings) -> Experiment:
    shares = settings.experiment_shares.get(experiment.name)
    if not shares or not sum(shares.values()) > 0:
        return experiment
    arms = tuple(replace(arm, share=shares.get(arm.name, 0.0)) for arm in experiment.arms)
    known = sum(arm.share for arm in arms) > 0
    return replace(experiment, arms=arms) if known else experiment
