"""A session as it stands, from the stores."""

from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from core.errors import DomainError
from core.settings import Settings
from models.checkout import Checkout
from models.order import Order
from models.payment import Payment
from services import checkout
from services.acp import messages
from services.acp.facts import facts_of
from services.acp.orders import order_of
from services.acp.sessions import Notes
from services.acp.view import Told, session
from services.checkout import PaymentDeclined


async def shown(
    db: AsyncSession,
    settings: Settings,
    id: str,
    now: datetime,
    notes: Notes | None = None,
    *,
    codes: bool = True,
) -> dict[str, Any]:
    """Return a session as the protocol shows it; without `codes` it may be kept."""
    row = await db.get_one(Checkout, id)
    seen = await checkout.view(db, settings, row, now)
    latest = select(Payment).where(Payment.checkout_id == id).order_by(Payment.id.desc()).limit(1)
    paid = await db.scalar(latest)
    order = await db.scalar(select(Order).where(Order.checkout_id == id))
    told = Told(
        seen=seen,
        facts=await facts_of(db, [line.variant_id for line in seen.lines]),
        payment=paid.status if paid else None,
        redirect_url=paid.redirect_url if paid else None,
        order=await order_of(db, settings, order, codes=codes) if order else None,
        notes=notes or Notes(),
    )
    return session(told, settings)


def declined(error: PaymentDeclined, locale: str) -> dict[str, Any]:
    """Return the message of a declined payment."""
    text = f"{error.message(locale)} ({error.decline_code})"
    return messages.error("payment_declined", text, "recoverable", "$.payment_data")


def refused(error: DomainError, locale: str) -> dict[str, Any]:
    """Return the message of a refusal that came while paying."""
    code = "out_of_stock" if error.code == "INSUFFICIENT_STOCK" else "conflict"
    return messages.error(code, error.message(locale), "recoverable", "$.line_items")
