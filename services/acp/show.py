"""A session as it stands, from the stores."""

from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from core.errors import DomainError
from core.settings import Settings
from models.checkout import Checkout
from models.order import Order
from models.payment import Payment, PaymentStatus
from services import checkout
from services.acp import authentication, messages
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
    return session(await gathered(db, settings, id, now, notes, codes=codes), settings)


async def gathered(
    db: AsyncSession,
    settings: Settings,
    id: str,
    now: datetime,
    notes: Notes | None = None,
    *,
    codes: bool = True,
) -> Told:
    """Return all that a session is shown from."""
    row = await db.get_one(Checkout, id)
    seen = await checkout.view(db, settings, row, now)
    latest = select(Payment).where(Payment.checkout_id == id).order_by(Payment.id.desc()).limit(1)
    paid = await db.scalar(latest)
    order = await db.scalar(select(Order).where(Order.checkout_id == id))
    able = row.agent.get("capabilities", {})
    is_asked = paid is not None and paid.status is PaymentStatus.REQUIRES_ACTION
    return Told(
        seen=seen,
        facts=await facts_of(db, [line.variant_id for line in seen.lines]),
        payment=paid.status if paid else None,
        secure=authentication.metadata(able, settings, paid.network) if paid and is_asked else None,
        order=await order_of(db, settings, order, codes=codes) if order else None,
        notes=notes or Notes(),
        redirect_url=paid.redirect_url if paid and is_asked else None,
    )


def declined(error: PaymentDeclined, locale: str) -> dict[str, Any]:
    """Return the message of a declined payment."""
    text = f"{error.message(locale)} ({error.decline_code})"
    return messages.error("payment_declined", text, "recoverable", "$.payment_data")


def refused(error: DomainError, locale: str) -> dict[str, Any]:
    """Return the message of a refusal that came while paying."""
    code = "out_of_stock" if error.code == "INSUFFICIENT_STOCK" else "conflict"
    return messages.error(code, error.message(locale), "recoverable", "$.line_items")
