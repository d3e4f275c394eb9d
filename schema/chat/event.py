"""The steps of a reply as they are told to who follows it."""

from typing import Any

import strawberry

from models.chat import ChatMessage as MessageRow
from models.chat import ChatStep, StepKind
from schema.chat.message import (
    ChatMessage,
    Citation,
    HandoffNote,
    MessagePart,
    citations_of,
    part_of,
)
from schema.context import Info


@strawberry.interface
class ChatEvent:
    """One step of a reply. Clients keep the last `cursor` they saw, and go on after it."""

    cursor: str
    """Where in the reply this is."""


@strawberry.type
class TextAdded(ChatEvent):
    """More words; they are final, none is taken back."""

    part_index: int
    """Which part of the message they belong to, from 0."""
    text: str
    """To be put behind what is there."""


@strawberry.type
class CitationAdded(ChatEvent):
    """What the words just said rest on."""

    citation: Citation
    """Where they are, and the source."""


@strawberry.type
class CardAdded(ChatEvent):
    """A card to show."""

    part_index: int
    """Which part of the message it is, from 0."""
    card: MessagePart
    """The card."""


@strawberry.type
class ToolStarted(ChatEvent):
    """The character looks something up or prepares something."""

    tool: str
    """Its name, such as `check_inventory`."""
    label: str
    """For people, in the language of the chat."""


@strawberry.type
class ToolEnded(ChatEvent):
    """It is done with that."""

    tool: str
    """Its name."""
    succeeded: bool
    """Whether it worked."""


@strawberry.type
class HandedOff(ChatEvent):
    """Another character answers from here on."""

    handoff: HandoffNote
    """From whom, to whom, and the one line that is said."""


@strawberry.type
class ReplyBlocked(ChatEvent):
    """Guarded: none of the refused words were sent. What follows is said with care instead."""

    reason: str
    """Why: `minor`, `driving`, `pregnancy`, `medical`, `excess`, `competitor` or `secrets`."""


@strawberry.type
class ReplyEnded(ChatEvent):
    """The last step."""

    message: ChatMessage
    """The reply, whole."""


@strawberry.type
class Resync(ChatEvent):
    """Steps behind the cursor are kept no more: read the message again and go on from here."""

    message: ChatMessage
    """The reply as it stands."""


async def event_of(info: Info, message: MessageRow, step: ChatStep) -> ChatEvent | None:
    """Show a step; None when what it is about is gone."""
    at, told = str(step.number), step.payload
    if step.kind is StepKind.ENDED:
        return ReplyEnded(cursor=at, message=ChatMessage.of(message))
    if step.kind in (StepKind.CARD, StepKind.HANDOFF):
        part = await part_of(info, message.parts[told["part"]])
        if isinstance(part, HandoffNote):
            return HandedOff(cursor=at, handoff=part)
        return CardAdded(cursor=at, part_index=told["part"], card=part) if part else None
    if step.kind is StepKind.CITATION:
        cited = await citations_of(info, [told])
        return CitationAdded(cursor=at, citation=cited[0]) if cited else None
    return _PLAIN[step.kind](at, told)


def _text(at: str, told: dict[str, Any]) -> ChatEvent:
    return TextAdded(cursor=at, part_index=told["part"], text=told["text"])


def _started(at: str, told: dict[str, Any]) -> ChatEvent:
    return ToolStarted(cursor=at, tool=told["tool"], label=told["label"])


def _ended(at: str, told: dict[str, Any]) -> ChatEvent:
    return ToolEnded(cursor=at, tool=told["tool"], succeeded=told["succeeded"])


def _blocked(at: str, told: dict[str, Any]) -> ChatEvent:
    return ReplyBlocked(cursor=at, reason=told["reason"])


_PLAIN = {
    StepKind.TEXT: _text,
    StepKind.TOOL_STARTED: _started,
    StepKind.TOOL_ENDED: _ended,
    StepKind.BLOCKED: _blocked,
}
EVENTS = (
    TextAdded,
    CitationAdded,
    CardAdded,
    ToolStarted,
    ToolEnded,
    HandedOff,
    ReplyBlocked,
    ReplyEnded,
    Resync,
)
