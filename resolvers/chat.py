"""The root fields of chats."""

from collections.abc import AsyncIterator

import strawberry

from core import errors
from core.errors import BadInput
from schema.access import adult, mutation, query, signed_in, subscription
from schema.chat import (
    Chat,
    ChatEvent,
    ChatExport,
    ChatMessage,
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
    event_of,
)
from schema.chat.event import Resync
from schema.chat.message import OrderCard
from schema.checkout import CheckoutCompletion
from schema.context import Info
from schema.erasure import ErasureReceipt
from schema.scalars import URL
from services import chat, payment


@strawberry.type
class ChatQuery:
    """Chats to look at."""

    @query(signed_in)
    async def chat(self, info: Info, id: strawberry.ID) -> Chat | None:
        """One of my chats."""
        async with info.context.db.read() as session:
            return Chat.maybe(await chat.get(session, info.context.viewer, id))


@strawberry.type
class ChatMutation:
    """Talking with the characters."""

    @mutation(signed_in)
    async def start_chat(self, info: Info, input: StartChatInput) -> StartChatResult:
        """Begin a chat with a character."""
        context = info.context
        await context.throttle.spend("startChat", context.viewer.id, **chat.STARTS)
        async with context.begin() as uow:
            row = await chat.start(
                uow,
                context.viewer,
                context.channel,
                input.character_id,
                input.locale or context.locale,
                input.idempotency_key,
            )
        return Chat.of(row)

    @mutation(adult)
    async def send_message(self, info: Info, input: SendMessageInput) -> SendMessageResult:
        """Say something; the reply is made meanwhile, and followed with `chatReply`."""
        context = info.context
        await context.throttle.spend("sendMessage", context.viewer.id, **chat.MESSAGES)
        async with context.begin() as uow:
            sent, reply = await chat.send(
                uow,
                context.viewer,
                context.settings,
                input.chat_id,
                input.text,
                input.idempotency_key,
            )
        return SentMessage(sent=ChatMessage.of(sent), reply=ChatMessage.of(reply))

    @mutation(signed_in)
    async def stop_reply(self, info: Info, reply_id: strawberry.ID) -> StopReplyResult:
        """End a reply; what was said of it stays. Ending it twice is fine.

        `replyId`: The reply that `sendMessage` gave.
        """
        async with info.context.begin() as uow:
            return ChatMessage.of(await chat.stop(uow, info.context.viewer, reply_id))

    @mutation(adult)
    async def confirm_order_card(
        self, info: Info, input: ConfirmOrderCardInput
    ) -> ConfirmOrderCardResult:
        """Buy what an order card stands for: this total and these lines, or nothing."""
        context = info.context
        yes = chat.Yes(
            input.chat_id,
            input.confirmation,
            payment.Wish(input.payment_method, input.return_url),
            input.idempotency_key,
        )
        done = await chat.confirm(
            context.begin, context.gateways.payments, context.settings, context.viewer, yes
        )
        return CheckoutCompletion.of(done)

    @mutation(signed_in)
    async def renew_order_card(
        self, info: Info, input: RenewOrderCardInput
    ) -> RenewOrderCardResult:
        """Make a new card after the address or the cart changed; it replaces the last one."""
        async with info.context.begin() as uow:
            _, card = await chat.renew(
                uow, info.context.viewer, info.context.settings, input.chat_id
            )
        return OrderCard.of(card)

    @mutation(signed_in)
    async def rename_chat(self, info: Info, id: strawberry.ID, title: str) -> RenameChatResult:
        """Give a chat another name.

        `title`: 1 to 120 characters on one line.
        """
        async with info.context.begin() as uow:
            return Chat.of(await chat.rename(uow, info.context.viewer, id, title))

    @mutation(signed_in)
    async def delete_chat(self, info: Info, id: strawberry.ID) -> DeleteChatResult:
        """Delete a chat with everything said in it; doing it twice is fine."""
        async with info.context.begin() as uow:
            return ErasureReceipt.of(await chat.delete_chat(uow, info.context.viewer, id))

    @mutation(signed_in)
    async def export_chat(self, info: Info, id: strawberry.ID) -> ExportChatResult:
        """Get everything said in a chat as a file."""
        context = info.context
        async with context.db.read() as session:
            row = await chat.get(session, context.viewer, id)
        if row is None:
            raise errors.NotFound("id")
        link = chat.link(context.settings, row.id, context.now)
        return ChatExport(url=URL(link.url), expires_at=link.expires_at)


@strawberry.type
class ChatSubscription:
    """Replies, live."""

    @subscription(signed_in)
    async def chat_reply(
        self, info: Info, id: strawberry.ID, after: str | None = None
    ) -> AsyncIterator[ChatEvent]:
        """A reply as it is made, from its first step or from a cursor on, to its end.

        `id`: The reply that `sendMessage` gave.
        `after`: The cursor of the last event that was seen; a lost connection goes on there.
        """
        context = info.context
        behind = _cursor(after or context.last_event_id)
        async for news in chat.follow(context.db, context.bus, context.viewer, id, behind):
            context.forget()
            if news is None:
                raise errors.Missing
            async for event in _events(info, news):
                context.event_id = event.cursor
                yield event

    @subscription(signed_in)
    async def chat_changed(self, info: Info, id: strawberry.ID) -> AsyncIterator[Chat]:
        """A chat now, and at each message that comes or ends: what is said, replies, notes about
        orders. It ends when the chat is deleted.

        `id`: One of my chats.
        """
        has_been = False
        async for cursor in info.context.bus.follow(chat.chat_topic(id)):
            info.context.forget()
            info.context.event_id = cursor
            async with info.context.db.look() as session:
                row = await chat.get(session, info.context.viewer, id)
            if row is None and has_been:
                return
            if row is None:
                raise errors.Missing
            has_been = True
            yield Chat.of(row)


async def _events(info: Info, news: chat.News) -> AsyncIterator[ChatEvent]:
    if news.has_gap:
        yield Resync(cursor=str(news.reply.steps), message=ChatMessage.of(news.reply))
        return
    for step in news.steps:
        if (event := await event_of(info, news.reply, step)) is not None:
            yield event


def _cursor(told: str | None) -> int:
    if told is None:
        return 0
    if not told.isdecimal() or len(told) > 9:
        raise BadInput(argument="after")
    return int(told)
