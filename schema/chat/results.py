"""What is given to the mutations of chats, and what each may answer."""

from datetime import datetime
from typing import Annotated

import strawberry

from models.chat import Chat as ChatRow
from schema.chat.chat import Chat, ChatUsage, usage_of
from schema.chat.message import ChatMessage, OrderCard
from schema.checkout import Checkout, CheckoutCompletion
from schema.checkout.checkout import show
from schema.checkout.problems import InsufficientStock
from schema.checkout.results import (
    CheckoutClosed,
    CheckoutIncomplete,
    PaymentDeclined,
    PaymentPending,
    TotalChanged,
)
from schema.checkout_parts import GiftCardRefused, PromotionRefused
from schema.context import Info
from schema.erasure import ErasureReceipt
from schema.errors import (
    IdempotencyConflict,
    InvalidInput,
    NotFound,
    RateLimited,
    UserError,
    error_for,
)
from schema.scalars import URL
from services import chat


@strawberry.input
class StartChatInput:
    """Whom to talk with."""

    character_id: strawberry.ID
    """Such as `maeju-ai`."""
    locale: str | None = None
    """`ko` or `en`; without it the language of the request."""
    idempotency_key: str
    """The same key again gives the same chat; 1 to 255 characters."""


@strawberry.input
class SendMessageInput:
    """What to say, where."""

    chat_id: strawberry.ID
    """In which chat."""
    text: str
    """1 to 4,000 characters."""
    idempotency_key: str
    """The same key again gives the same answer; 1 to 255 characters."""


@strawberry.input
class ConfirmOrderCardInput:
    """The customer's yes to an order card."""

    chat_id: strawberry.ID
    """The chat that shows the card."""
    confirmation: str
    """The card's `confirmation`."""
    payment_method: str | None = None
    """As for `completeCheckout`."""
    return_url: str | None = None
    """As for `completeCheckout`."""
    idempotency_key: str
    """The same key again gives the same answer and pays nothing; 1 to 255 characters."""


@strawberry.input
class RenewOrderCardInput:
    """For which chat a new card is made."""

    chat_id: strawberry.ID
    """The chat whose cart has changed."""


@strawberry.type
class SentMessage:
    """What was said, and the reply that is being made."""

    sent: ChatMessage
    """The customer's words as they are kept."""
    reply: ChatMessage
    """Follow it with `chatReply`."""


@error_for(chat.ChatBudgetSpent)
@strawberry.type
class ChatBudgetSpent(UserError):
    """This chat has cost as much as a chat may: start a new one."""

    chat: strawberry.Private[ChatRow]

    @strawberry.field
    def usage(self, info: Info) -> ChatUsage:
        """What it has cost."""
        return usage_of(info, self.chat)


@error_for(chat.ReplyInProgress)
@strawberry.type
class ReplyInProgress(UserError):
    """The last message is still being answered: wait, or stop that reply."""

    reply: ChatMessage
    """The reply that is being made."""

    @classmethod
    def details(cls, error: chat.ReplyInProgress) -> dict[str, object]:
        """Show the reply."""
        return {"reply": ChatMessage.of(error.reply)}


@error_for(chat.OrderCardVoid)
@strawberry.type
class OrderCardVoid(UserError):
    """The cart changed or the card ran out; nothing was charged. See `renewOrderCard`."""

    checkout_id: strawberry.Private[str]

    @strawberry.field
    async def checkout(self, info: Info) -> Checkout:
        """How the cart stands now."""
        return await show(info, self.checkout_id)


@strawberry.type
class ChatExport:
    """A chat as a file."""

    url: URL
    """JSON with everything said in it; whoever has the link can read it."""
    expires_at: datetime
    """When the link ends."""


ExportChatResult = Annotated[ChatExport | NotFound, strawberry.union("ExportChatResult")]
StartChatResult = Annotated[
    Chat | NotFound | InvalidInput | RateLimited | IdempotencyConflict,
    strawberry.union("StartChatResult"),
]
SendMessageResult = Annotated[
    SentMessage
    | ReplyInProgress
    | ChatBudgetSpent
    | InvalidInput
    | NotFound
    | RateLimited
    | IdempotencyConflict,
    strawberry.union("SendMessageResult"),
]
StopReplyResult = Annotated[ChatMessage | NotFound, strawberry.union("StopReplyResult")]
RenameChatResult = Annotated[Chat | InvalidInput | NotFound, strawberry.union("RenameChatResult")]
DeleteChatResult = Annotated[ErasureReceipt | NotFound, strawberry.union("DeleteChatResult")]
RenewOrderCardResult = Annotated[
    OrderCard | CheckoutClosed | NotFound, strawberry.union("RenewOrderCardResult")
]
ConfirmOrderCardResult = Annotated[
    CheckoutCompletion
    | OrderCardVoid
    | CheckoutIncomplete
    | TotalChanged
    | InsufficientStock
    | PromotionRefused
    | GiftCardRefused
    | PaymentDeclined
    | PaymentPending
    | CheckoutClosed
    | InvalidInput
    | NotFound
    | IdempotencyConflict
    | RateLimited,
    strawberry.union("ConfirmOrderCardResult"),
]
