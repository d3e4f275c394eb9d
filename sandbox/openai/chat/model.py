"""Who answers: the next round of a script, a scripted model, or the local one."""

from sandbox.openai.chat import scripted
from sandbox.openai.chat.asked import Asked
from sandbox.openai.chat.plan import Call, Output, Plan, Refuse, Say
from sandbox.openai.chat.talk import answer
from sandbox.openai.wire import WireError

_FIELDS = ("pace", "stall_at", "stall_seconds", "cut_at", "garble_at", "failure")


class Model:
    """Makes a plan for each request; `override` is the model that answers for all others."""

    def __init__(self) -> None:
        self.override: str | None = None
        self.script: list[Plan] = []

    def plan(self, asked: Asked) -> Plan:
        """What will be answered."""
        if self.script:
            return self.script.pop(0)
        name = self.override or asked.model
        if name.startswith(scripted.PREFIX):
            return scripted.plan(name, asked)
        return Plan(tuple(answer(asked)))


def read_script(given: object) -> list[Plan]:
    """Rounds out of JSON, or 400."""
    if not isinstance(given, list) or not all(isinstance(one, dict) for one in given):
        raise WireError(400, "script is a list of rounds", param="script")
    return [_round(one) for one in given]


def _round(given: dict[str, object]) -> Plan:
    outputs: list[Output] = []
    if say := given.get("say"):
        outputs.append(Say(str(say)))
    if refuse := given.get("refuse"):
        outputs.append(Refuse(str(refuse)))
    calls = given.get("calls") or []
    for call in calls if isinstance(calls, list) else []:
        outputs.append(Call(str(call["name"]), call.get("arguments") or {}, call.get("raw")))
    rest = {key: given[key] for key in _FIELDS if key in given}
    return Plan(tuple(outputs), **rest)  # type: ignore[arg-type]
