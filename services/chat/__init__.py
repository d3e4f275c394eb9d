"""Chats: what is said to the characters, and what they answer."""

from services.chat.card import OrderCardVoid, Yes, confirm, confirmation, renew
from services.chat.cost import limit, shown
from services.chat.erase import delete_chat, forgotten
from services.chat.errors import ChatBudgetSpent, ReplyInProgress
from services.chat.export import document, link, opens
from services.chat.follow import News, follow
from services.chat.keep import answer
from services.chat.notes import note
from services.chat.read import (
    count,
    get,
    message,
    messages,
    messages_of,
    mine,
    open_reply,
    page,
    steps,
)
from services.chat.recall import Names
from services.chat.reply import due, sweep
from services.chat.retention import forget_old
from services.chat.rich import rich
from services.chat.scene import Desk
from services.chat.stops import Stops
from services.chat.summary import summarize
from services.chat.talk import MESSAGES, STARTS, rename, send, start, stop
from services.chat.tasks import (
    AnswerChat,
    ForgetCalls,
    ForgetLikes,
    NoteOrder,
    ReplyMoved,
    SummarizeChat,
    chat_topic,
    reply_topic,
)

__all__ = [
    "MESSAGES",
    "STARTS",
    "AnswerChat",
    "ChatBudgetSpent",
    "Desk",
    "ForgetCalls",
    "ForgetLikes",
    "Names",
    "News",
    "NoteOrder",
    "OrderCardVoid",
    "ReplyInProgress",
    "ReplyMoved",
    "Stops",
    "SummarizeChat",
    "Yes",
    "answer",
    "chat_topic",
    "confirm",
    "confirmation",
    "count",
    "delete_chat",
    "document",
    "due",
    "follow",
    "forget_old",
    "forgotten",
    "get",
    "limit",
    "link",
    "message",
    "messages",
    "messages_of",
    "mine",
    "note",
    "open_reply",
    "opens",
    "page",
    "rename",
    "renew",
    "reply_topic",
    "rich",
    "send",
    "shown",
    "start",
    "steps",
    "stop",
    "summarize",
    "sweep",
]
