"""What a model is about to do, in order; the same question makes the same plan."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field

FOREVER = 86_400.0


@dataclass(frozen=True)
class Say:
    """A message."""

    text: str


@dataclass(frozen=True)
class Refuse:
    """A message that is a refusal."""

    text: str


@dataclass(frozen=True)
class Call:
    """A call of a tool; `raw` is sent in place of the arguments' JSON."""

    name: str
    arguments: Mapping[str, object] = field(default_factory=dict)
    raw: str | None = None


type Output = Say | Refuse | Call
_KINDS = {"say": Say, "refuse": Refuse, "call": Call}


@dataclass(frozen=True)
class Plan:
    """Outputs, and how they come.

    `pace` is the seconds before each word (None: the sandbox's speed). After `stall_at` words
    nothing comes for `stall_seconds`. After `cut_at` words the connection of whoever asked is cut,
    once, while the run goes on; after `garble_at` words it is sent one event that is no JSON.
    `failure` ends the run with this error code.
    """

    outputs: tuple[Output, ...]
    pace: float | None = None
    stall_at: int | None = None
    stall_seconds: float = FOREVER
    cut_at: int | None = None
    garble_at: int | None = None
    failure: str | None = None

    def wire(self) -> dict[str, object]:
        """As JSON, which `read_plan` reads."""
        named = {kind: name for name, kind in _KINDS.items()}
        outputs = [{"kind": named[type(one)], **asdict(one)} for one in self.outputs]
        return {**asdict(self), "outputs": outputs}


def read_plan(given: Mapping[str, object]) -> Plan:
    """A plan that was written down."""
    outputs = given["outputs"]
    if not isinstance(outputs, list):
        raise ValueError("a plan has outputs")
    read = tuple(
        _KINDS[one["kind"]](**{key: value for key, value in one.items() if key != "kind"})
        for one in outputs
    )
    return Plan(**{**given, "outputs": read})  # type: ignore[arg-type]
