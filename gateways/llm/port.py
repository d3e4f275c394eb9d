"""One round of a language model: what is asked, the steps of the answer, and how it may fail."""

from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol, Self

from core.settings import Settings

MILLION = 1_000_000


@dataclass(frozen=True, slots=True)
class Turn:
    """Something said before."""

    role: Literal["user", "assistant", "developer"]
    text: str


@dataclass(frozen=True, slots=True)
class ToolCall:
    """A call that the model made in an earlier round; `arguments` are its JSON."""

    call_id: str
    name: str
    arguments: str


@dataclass(frozen=True, slots=True)
class ToolResult:
    """What that call gave, as text or JSON."""

    call_id: str
    output: str


type Item = Turn | ToolCall | ToolResult


@dataclass(frozen=True, slots=True)
class Tool:
    """A function the model may call.

    `parameters` is a strict JSON schema: an object that requires every property and allows no
    others; what may be left out is nullable.
    """

    name: str
    description: str
    parameters: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Shape:
    """A strict JSON schema that the words of the answer keep to."""

    name: str
    schema: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Ask:
    """One round; `reference` names it in the provider's metadata, `model` None is the settings'.

    `customer_hash` is the provider's handle on abuse: never an id or an address of ours.
    """

    reference: str
    instructions: str
    turns: Sequence[Item]
    tools: Sequence[Tool] = ()
    max_output_tokens: int = 1_000
    customer_hash: str | None = None
    model: str | None = None
    shape: Shape | None = None


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens, as the provider counts and bills them."""

    input_tokens: int = 0
    output_tokens: int = 0

    def __add__(self, other: "Usage") -> "Usage":
        return Usage(
            self.input_tokens + other.input_tokens, self.output_tokens + other.output_tokens
        )


@dataclass(frozen=True, slots=True)
class Prices:
    """Millionths of a US dollar for a million tokens."""

    input: int
    output: int

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """Read them off the settings."""
        return cls(settings.chat_input_price, settings.chat_output_price)

    def cost(self, usage: Usage) -> int:
        """Return what so many tokens cost in millionths of a US dollar, rounded up."""
        spent = usage.input_tokens * self.input + usage.output_tokens * self.output
        return -(-spent // MILLION)


@dataclass(frozen=True, slots=True)
class Opened:
    """The provider took the round under this id, by which it can be resumed, ended and deleted."""

    provider_id: str
    sequence: int


@dataclass(frozen=True, slots=True)
class Words:
    """More of the answer."""

    text: str
    sequence: int


@dataclass(frozen=True, slots=True)
class Called:
    """The model wants a tool called; `arguments` is JSON that nobody has checked."""

    call_id: str
    name: str
    arguments: str
    sequence: int


@dataclass(frozen=True, slots=True)
class Refused:
    """The model would not answer, and says so in its own words."""

    text: str
    sequence: int


@dataclass(frozen=True, slots=True)
class Ended:
    """The last step; `incomplete` ran into a limit of tokens or the provider's filter."""

    usage: Usage
    reason: Literal["completed", "incomplete", "cancelled"]
    sequence: int


type Step = Opened | Words | Called | Refused | Ended


class LlmUnavailable(Exception):
    """The round did not come to its end.

    `retryable`: the same may work later (after `retry_after` seconds, when it says so).
    `is_unknown`: it may have been taken, and may run and cost, under an id that nobody told us.
    Once `Opened` was seen it is not unknown: `resume` goes on behind the last sequence seen.
    """

    def __init__(
        self,
        message: str,
        *,
        retryable: bool,
        is_unknown: bool = False,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(message)
        self.retryable, self.is_unknown, self.retry_after = retryable, is_unknown, retry_after


class LlmGone(LlmUnavailable):
    """The provider does not keep that round (any more): it cannot be resumed, only asked anew."""

    def __init__(self, message: str) -> None:
        super().__init__(message, retryable=False)


class Llm(Protocol):
    """A provider of language models that keeps the rounds it was given for a while.

    A round whose `Opened` was never seen cannot be found again: this wire lists no rounds, by
    their reference or otherwise. Count it as if it had cost its most, and ask anew.
    Close iterators that are not read to their end (`contextlib.aclosing`).
    """

    def open(self, ask: Ask) -> AsyncGenerator[Step]:
        """Begin a paid round and give its steps; it goes on when the reader goes away.

        Raises LlmUnavailable, also in the middle.
        """
        ...

    def resume(self, provider_id: str, after: int) -> AsyncGenerator[Step]:
        """Give the steps behind sequence `after` (-1: all) of a round, ended or not.

        Raises LlmGone when it is not kept, LlmUnavailable otherwise.
        """
        ...

    async def cancel(self, provider_id: str) -> Usage:
        """End a round that is under way, and tell what it had used; nothing if it is not kept.

        Raises LlmUnavailable.
        """
        ...

    async def forget(self, provider_id: str) -> None:
        """Delete what the provider keeps of a round, if it does. Raises LlmUnavailable."""
        ...

    async def aclose(self) -> None:
        """Close the connections of the running event loop."""
        ...
