"""What becomes of an order that was bought in a chat is noted there: each status once."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from core.i18n import Text, pick
from core.outbox import UnitOfWork, with_events
from models.chat import (
    Chat,
    ChatAuthor,
    ChatMessage,
    ChatStep,
    MessageStatus,
    OrderCard,
    StepKind,
)
from models.order import Order, OrderEvent, OrderStatus
from services.chat.tasks import NoteOrder, chat_moved
from services.order import OrderChanged

S = OrderStatus
NOTES: dict[OrderStatus, Text] = {
    S.PAID: {"ko": "주문 {number} 결제가 완료되었습니다.", "en": "Order {number} is paid."},
    S.SHIPPED: {"ko": "주문 {number} 상품을 보냈습니다.", "en": "Order {number} is on its way."},
    S.DELIVERED: {"ko": "주문 {number} 상품이 도착했습니다.", "en": "Order {number} has arrived."},
    S.CANCELED: {"ko": "주문 {number} 건이 취소되었습니다.", "en": "Order {number} was canceled."},
    S.PARTIALLY_REFUNDED: {
        "ko": "주문 {number} 금액의 일부를 돌려드렸습니다.",
        "en": "Some of the money for order {number} went back.",
    },
    S.REFUNDED: {
        "ko": "주문 {number} 금액을 모두 돌려드렸습니다.",
        "en": "All of the money for order {number} went back.",
    },
}


def status_card(order: Order, status: OrderStatus) -> dict[str, Any]:
    """Return the part of a message that shows how far an order was."""
    return {"type": "order_status", "order": order.id, "status": status.value}


@with_events(OrderChanged)
async def owe(uow: UnitOfWork, events: Sequence[OrderChanged]) -> None:
    """Owe a note to the chats in which these orders were bought."""
    for order_id in sorted({event.order_id for event in events}):
        order = await uow.session.get(Order, order_id)
        if order is None or order.status not in NOTES or order.customer_id is None:
            continue
        if await _chat_of(uow.session, order) is not None:
            uow.send(NoteOrder(order_id))


async def note(uow: UnitOfWork, order_id: str) -> int:
    """Put what an order has been through into its chat; return how many notes are new.

    Read off the order's history under the chat's lock, so that it does not matter how often and
    in which order this is called.
    """
    order = await uow.session.get(Order, order_id)
    chat_id = await _chat_of(uow.session, order) if order else None
    chat = await uow.session.get(Chat, chat_id, with_for_update=True) if chat_id else None
    if order is None or chat is None:
        return 0
    known = await _noted(uow.session, chat, order)
    history = select(OrderEvent).where(OrderEvent.order_id == order.id)
    new: list[OrderStatus] = []
    for event in await uow.session.scalars(history.order_by(OrderEvent.at, OrderEvent.id)):
        if event.after in NOTES and event.after not in (*known, *new):
            new.append(event.after)
    for number, status in enumerate(new, chat.length + 1):
        await _add(uow, chat, order, status, number)
    chat.length += len(new)
    return len(new)


async def _chat_of(session: AsyncSession, order: Order) -> str | None:
    """Return the chat of the customer in which an order was prepared."""
    cards = (
        select(OrderCard.chat_id)
        .join(Chat, Chat.id == OrderCard.chat_id)
        .where(OrderCard.checkout_id == order.checkout_id, Chat.customer_id == order.customer_id)
    )
    return (await session.scalars(cards.order_by(OrderCard.id.desc()).limit(1))).first()


async def _noted(session: AsyncSession, chat: Chat, order: Order) -> set[OrderStatus]:
    rows = select(ChatMessage.parts).where(
        ChatMessage.chat_id == chat.id,
        ChatMessage.author == ChatAuthor.SYSTEM,
        ChatMessage.parts.contains([{"type": "order_status", "order": order.id}]),
    )
    return {
        OrderStatus(part["status"])
        for parts in await session.scalars(rows)
        for part in parts
        if part["type"] == "order_status"
    }


async def _add(uow: UnitOfWork, chat: Chat, order: Order, status: OrderStatus, number: int) -> None:
    words = pick(NOTES[status], chat.locale).format(number=order.number)
    message = ChatMessage(
        chat_id=chat.id,
        number=number,
        author=ChatAuthor.SYSTEM,
        status=MessageStatus.FINISHED,
        parts=[{"type": "text", "text": words}, status_card(order, status)],
        steps=3,
        finished_at=uow.now(),
    )
    uow.session.add(message)
    await uow.session.flush()
    told: tuple[tuple[StepKind, dict[str, Any]], ...] = (
        (StepKind.TEXT, {"part": 0, "text": words}),
        (StepKind.CARD, {"part": 1}),
        (StepKind.ENDED, {}),
    )
    for place, (kind, payload) in enumerate(told, 1):
        step = ChatStep(message_id=message.id, number=place, kind=kind, payload=payload)
        uow.session.add(step)
    uow.send(chat_moved(chat.id))
    await uow.count("chat_notes_total", status=status.value)
