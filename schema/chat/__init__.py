"""Chats as clients see them."""

from schema.chat.chat import Chat
from schema.chat.customer import CustomerChats
from schema.chat.event import ChatEvent, event_of
from schema.chat.message import ChatMessage
from schema.chat.results import (
    ChatExport,
    ConfirmOrderCardInput,
    ConfirmOrderCardResult,
    DeleteChatResult,
    ExportChatResult,
    RenameChatResult,
    RenewOrderCardInput,
    RenewOrderCardResult,
    SendMessageInput,
    SendMessageResult,
    SentMessage,
    StartChatInput,
    StartChatResult,
    StopReplyResult,
)

__all__ = [
    "Chat",
    "ChatEvent",
    "ChatExport",
    "ChatMessage",
    "ConfirmOrderCardInput",
    "ConfirmOrderCardResult",
    "CustomerChats",
    "DeleteChatResult",
    "ExportChatResult",
    "RenameChatResult",
    "RenewOrderCardInput",
    "RenewOrderCardResult",
    "SendMessageInput",
    "SendMessageResult",
    "SentMessage",
    "StartChatInput",
    "StartChatResult",
    "StopReplyResult",
    "event_of",
]
