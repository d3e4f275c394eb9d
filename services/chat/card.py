"""Order cards: Joon prepares, the customer says yes to one total and one set of lines (C6)."""

import hashlib
import hmac
from dataclasses import dataclass
from datetime import timedelta

import orjson
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from core.errors import DomainError, NotFound
from core.outbox import Transactions, UnitOfWork
from core.settings import Settings
from core.viewer import Viewer
from gateways.payments import Payments
from models.chat import Chat, ChatMessage, MessageStatus, OrderCard
from models.checkout import Checkout
from services import checkout, payment
from services.checkout import Agreement, Buyer, CheckoutView, Completion


@dataclass
class OrderCardVoid(DomainError):
    """The card stands for something else than the cart holds now, or its time is over."""

    checkout_id: str
    code = "ORDER_CARD_VOID"
    text = {
        "ko": "주문 내용이 바뀌었거나 시간이 지났습니다. 새 주문 카드를 확인해 주세요.",
        "en": "The order has changed or the card has run out. Please look at a new card.",
    }


@dataclass(frozen=True)
class Yes:
    """A customer's yes to a card, and how they pay."""

    chat_id: str
    confirmation: str
    wish: payment.Wish
    idempotency_key: str


def digest(seen: CheckoutView) -> str:
    """Return what a card is bound to: the lines, and every part of the total."""
    quote = seen.quote
    lines = sorted((line.variant_id, line.quantity) for line in seen.lines)
    parts = (quote.total, quote.discount, quote.delivery, quote.tax, quote.due, quote.currency)
    return hashlib.sha256(orjson.dumps([lines, parts])).hexdigest()


def confirmation(settings: Settings, card: OrderCard) -> str:
    """Return what the customer sends back: the card's id and a mark of what it is bound to."""
    secret = b"order-cards:" + settings.commerce_secret.get_secret_value().encode()
    mark = hmac.digest(secret, f"{card.id}:{card.digest}".encode(), "sha256").hex()[:32]
    return f"{card.id}.{mark}"


async def prepare(uow: UnitOfWork, settings: Settings, chat_id: str, checkout_id: str) -> OrderCard:
    """Make a card of a checkout as it stands; earlier cards of the chat count no more."""
    row = await uow.session.get_one(Checkout, checkout_id)
    seen = await checkout.view(uow.session, settings, row, uow.now())
    older = update(OrderCard).where(OrderCard.chat_id == chat_id, OrderCard.used_at.is_(None))
    await uow.session.execute(older.values(expires_at=uow.now()))
    card = OrderCard(
        chat_id=chat_id,
        checkout_id=checkout_id,
        digest=digest(seen),
        expires_at=uow.now() + timedelta(seconds=settings.chat_card_seconds),
    )
    uow.session.add(card)
    await uow.session.flush()
    return card


async def renew(
    uow: UnitOfWork, viewer: Viewer, settings: Settings, chat_id: str
) -> tuple[Chat, OrderCard]:
    """Make a new card after the address or the cart changed. Raises NotFound, CheckoutClosed."""
    # The chat before its cart, as replies lock them: a card's row looks at its chat.
    chat = await uow.session.get(Chat, chat_id, with_for_update=True)
    if chat is None or chat.customer_id != viewer.id or chat.checkout_id is None:
        raise NotFound("input.chatId")
    await checkout.opened(uow, Buyer(viewer), chat.checkout_id)
    card = await prepare(uow, settings, chat_id, chat.checkout_id)
    await _replace(uow, chat_id, card)
    return chat, card


async def _replace(uow: UnitOfWork, chat_id: str, card: OrderCard) -> None:
    """Have the newest card of the conversation show this one."""
    rows = select(ChatMessage).where(
        ChatMessage.chat_id == chat_id, ChatMessage.status != MessageStatus.STREAMING
    )
    for message in await uow.session.scalars(rows.order_by(ChatMessage.number.desc())):
        if any(part["type"] == "order" for part in message.parts):
            message.parts = [
                {"type": "order", "card": card.id} if part["type"] == "order" else part
                for part in message.parts
            ]
            return


async def confirm(
    begin: Transactions, payments: Payments, settings: Settings, viewer: Viewer, yes: Yes
) -> Completion:
    """Pay for what a card stands for, once.

    Raises NotFound, OrderCardVoid, and what completing a checkout raises.
    """
    async with begin() as uow:
        card = await _card(uow.session, settings, viewer, yes)

    async def still_holds(uow: UnitOfWork, row: Checkout) -> None:
        seen = await checkout.view(uow.session, settings, row, uow.now())
        kept = await uow.session.get_one(OrderCard, card.id, with_for_update=True)
        if kept.expires_at <= uow.now() or kept.digest != digest(seen):
            raise OrderCardVoid(row.id)
        kept.used_at = uow.now()

    agreed = Agreement(yes.wish, None, yes.idempotency_key)
    return await checkout.complete(
        begin, payments, settings, Buyer(viewer), card.checkout_id, agreed, still_holds
    )


async def _card(session: AsyncSession, settings: Settings, viewer: Viewer, yes: Yes) -> OrderCard:
    card = await session.get(OrderCard, yes.confirmation.partition(".")[0][:80])
    chat = await session.get(Chat, yes.chat_id)
    if card is None or chat is None or card.chat_id != chat.id or chat.customer_id != viewer.id:
        raise NotFound("input.confirmation")
    told = confirmation(settings, card).encode()
    if not hmac.compare_digest(told, yes.confirmation.encode("utf-8", "replace")):
        raise NotFound("input.confirmation")
    return card
