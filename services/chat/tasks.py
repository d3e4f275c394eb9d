"""The tasks and events of chats."""

from dataclasses import dataclass
from typing import ClassVar

from core.outbox import Event, Task

STOPS = "stops"


@dataclass(frozen=True)
class AnswerChat(Task):
    """Make a reply, or go on with one that was left."""

    message_id: str
    queue: ClassVar[str] = "chats"


@dataclass(frozen=True)
class SummarizeChat(Task):
    """Sum up what a chat has outgrown, or go on with it."""

    chat_id: str
    queue: ClassVar[str] = "chats"


@dataclass(frozen=True)
class NoteOrder(Task):
    """Tell in the chat in which an order was bought what has become of it."""

    order_id: str


@dataclass(frozen=True)
class ForgetCalls(Task):
    """Delete what the provider of the model still holds of these runs, ended first if need be."""

    provider_ids: list[str]
    are_running: bool = False


@dataclass(frozen=True)
class ForgetLikes(Task):
    """Delete what was worked out of what a customer said in a chat that is gone."""

    customer_id: str


@dataclass(frozen=True)
class ReplyMoved(Event):
    """A reply has new steps."""

    message_id: str


@dataclass(frozen=True)
class StopAsked(Event):
    """A reply is to be ended, or is no more."""

    message_id: str


@dataclass(frozen=True)
class ChatMoved(Event):
    """A chat has another message, or one of its messages has ended."""

    chat_id: str


def chat_topic(chat_id: str) -> str:
    """Where news of a chat is told."""
    return f"chat:{chat_id}"


def chat_moved(chat_id: str) -> ChatMoved:
    """Tell whoever follows this chat."""
    return ChatMoved(chat_topic(chat_id), chat_id)


def reply_topic(message_id: str) -> str:
    """Where news of a reply is told."""
    return f"reply:{message_id}"


def reply_moved(message_id: str) -> ReplyMoved:
    """Tell whoever follows this reply."""
    return ReplyMoved(reply_topic(message_id), message_id)


def stop_asked(message_id: str) -> StopAsked:
    """Tell who makes this reply, whichever process that is."""
    return StopAsked(STOPS, message_id)
