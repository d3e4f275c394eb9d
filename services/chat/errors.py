"""What can be refused in a chat."""

from dataclasses import dataclass

from core.errors import DomainError, InvalidInput
from models.chat import Chat, ChatMessage


@dataclass
class ChatBudgetSpent(DomainError):
    """This chat has cost as much as a chat may."""

    chat: Chat
    code = "CHAT_BUDGET_SPENT"
    text = {
        "ko": "이 대화에서 쓸 수 있는 한도를 다 썼습니다. 새 대화를 시작해 주세요.",
        "en": "This chat has used up its budget. Please start a new one.",
    }


@dataclass
class ReplyInProgress(DomainError):
    """The last message is still being answered."""

    reply: ChatMessage
    code = "REPLY_IN_PROGRESS"
    retryable = True
    text = {
        "ko": "아직 답하고 있습니다. 끝나기를 기다리거나 stopReply로 멈춰 주세요.",
        "en": "The last message is still being answered. Wait, or end it with stopReply.",
    }


def bad_text(field: str, longest: int) -> InvalidInput:
    """Refuse words that are empty or too many."""
    return InvalidInput(
        f"input.{field}",
        {"ko": f"1~{longest}자로 적어 주세요.", "en": f"Write 1 to {longest} characters."},
    )
