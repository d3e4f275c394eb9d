"""What a step of a reply shows, whole: for the wires whose clients cannot ask for more.

GraphQL's clients choose what they read of a card; `useChat` and AG-UI get it as it is here. An
order card is the brand document's rich message (PRODUCT 39): `acp_prompt` with its
`order_summary_card`. Amounts are minor units of their currency.
"""

from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from core.clock import Clock
from core.i18n import pick
from core.settings import Settings
from models.catalogue import Product, Variant
from models.chat import Chat, ChatMessage, ChatStep, OrderCard, StepKind
from models.checkout import Checkout
from models.order import Order
from models.world import Ingredient, Lore
from services import catalogue, checkout, world
from services.chat.card import confirmation
from services.checkout.read import PICKUP
from services.pricing import QuoteLine

type Shown = dict[str, Any]

# What GraphQL shows as null.
GONE: Shown = {"gone": True}
SOURCES: dict[str, Any] = {"Product": Product, "Lore": Lore, "Ingredient": Ingredient}


async def rich(
    session: AsyncSession, settings: Settings, reply: ChatMessage, step: ChatStep, now: Clock
) -> Shown:
    """Return what a step tells, with all that its card or source shows now."""
    told = dict(step.payload)
    if step.kind not in (StepKind.CITATION, StepKind.CARD, StepKind.HANDOFF):
        return told
    chat = await session.get(Chat, reply.chat_id)
    part = {} if step.kind is StepKind.CITATION else dict(reply.parts[told["part"]])
    if chat is None:
        return {**told, **part, **GONE, "title": told.get("id", "")}
    if not part:
        return {**told, "title": await _title(session, told, chat.locale)}
    match part["type"]:
        case "order":
            return part | await _order_card(session, settings, part["card"], chat.locale, now)
        case "order_status":
            return part | await _order(session, chat, part["order"])
        case "product":
            return part | await _product(session, chat, part["product"], now)
    return part


async def _title(session: AsyncSession, cited: Shown, locale: str) -> str:
    row = await session.get(SOURCES[cited["kind"]], cited["id"])
    return pick(world.name_of(row), locale) if row is not None else str(cited["id"])


async def _order_card(
    session: AsyncSession, settings: Settings, id: str, locale: str, now: Clock
) -> Shown:
    card = await session.get(OrderCard, id)
    if card is None:
        return GONE
    row = await session.get_one(Checkout, card.checkout_id)
    seen = await checkout.view(session, settings, row, now())
    quote = seen.quote
    is_sent = quote.option is None or quote.option.carrier != PICKUP
    more = {"currency": quote.currency, "shipping_required": is_sent}
    lines = [await _line(session, line, locale) | more for line in quote.lines]
    names = ("subtotal", "discount", "delivery", "tax", "total", "due")
    return {
        "type": "acp_prompt",
        "ui_component": "order_summary_card",
        "acp_action": {"type": "purchase", **lines[0]} if len(lines) == 1 else None,
        "lines": lines,
        "totals": {name: getattr(quote, name) for name in names} | {"currency": quote.currency},
        "missing": [
            {"code": problem.code, "message": problem.message(locale)} for problem in seen.problems
        ],
        "checkout": row.id,
        "status": seen.status.name,
        "confirmation": confirmation(settings, card),
        "expires_at": card.expires_at.isoformat(),
    }


async def _line(session: AsyncSession, line: QuoteLine, locale: str) -> Shown:
    variant = await session.get_one(Variant, line.variant_id)
    product = await session.get_one(Product, variant.product_id)
    return {
        "product_id": product.id,
        "variant_id": variant.id,
        "title": f"{pick(product.name, locale)}, {pick(variant.name, locale)}",
        "quantity": line.quantity,
        "price": line.unit_price,
        "total": line.total,
    }


async def _order(session: AsyncSession, chat: Chat, id: str) -> Shown:
    order = await session.get(Order, id)
    if order is None or order.customer_id != chat.customer_id:
        return GONE
    return {"number": order.number, "total": order.total, "currency": order.currency}


async def _product(session: AsyncSession, chat: Chat, id: str, now: Clock) -> Shown:
    product = await session.get(Product, id)
    if product is None or not product.active:
        return GONE
    offers = (await catalogue.offers_of(session, chat.channel_id, [id], now()))[id]
    return {
        "title": pick(product.name, chat.locale),
        "text": pick(product.description, chat.locale),
        "abv": product.abv,
        "offers": [
            {
                "variant_id": offer.variant.id,
                "volume_ml": offer.variant.volume_ml,
                "price": offer.price.amount,
                "currency": offer.price.currency,
                "availability": offer.availability.name,
            }
            for offer in offers
        ],
    }
