"""Carts: checkouts before anybody means to pay. They keep no units, and show what it would cost."""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from core.errors import NotFound
from core.outbox import UnitOfWork
from core.settings import Settings
from models.catalogue import Channel
from models.checkout import Checkout, CheckoutStatus, SalesOrigin
from services import catalogue, checkout, stock
from services.acp import messages, money
from services.acp.errors import AcpError
from services.acp.facts import facts_of
from services.acp.sessions import Notes, apply, refusals, set_items
from services.acp.view import Told, continue_url, instant, line_item
from services.checkout import Buyer, problems

LIVE = (CheckoutStatus.OPEN, CheckoutStatus.PAYING)
OF_ITEMS = (
    problems.InsufficientStock,
    problems.VariantWithdrawn,
    problems.PriceChanged,
    problems.QuantityOverCap,
)
REGION = re.compile(r"\b[A-Za-z]{2,3}[-_](?:[A-Za-z]{4}[-_])?([A-Za-z]{2})\b")


async def begin_cart(
    uow: UnitOfWork, settings: Settings, buyer: Buyer, body: Mapping[str, Any], languages: str
) -> Checkout:
    """Make a cart; the request's languages choose language and market. Raises AcpError."""
    told = f"{body.get('locale', '')},{languages}"[:500]
    channel = await market(uow.session, settings, told)
    locale = told[:2].lower() if told[:2].lower() in channel.locales else channel.default_locale
    asked = checkout.Start(channel, SalesOrigin.AGENT, locale, ())
    row = await checkout.start(uow, buyer, settings, asked)
    row.agent = {"cart": True}
    return await _fill(uow, settings, row, body)


async def replace_cart(
    uow: UnitOfWork, settings: Settings, buyer: Buyer, id: str, body: Mapping[str, Any]
) -> Checkout:
    """Have a cart be what the request says, and nothing else. Raises AcpError."""
    return await _fill(uow, settings, await opened_cart(uow, buyer, id), body)


async def convert(
    uow: UnitOfWork, settings: Settings, buyer: Buyer, id: str, body: Mapping[str, Any]
) -> tuple[str, Notes]:
    """Go on with a cart as a session: its items are kept from now on. Raises AcpError.

    The cart's items and buyer count, not the request's (the protocol's RFC of carts, 3.4); it has
    one session, which a second request finds again.
    """
    row = await _locked(uow, buyer, id, "$.cart_id")
    channel = await uow.session.get_one(Channel, row.channel_id)
    if channel.currency != body["currency"].upper():
        told = f"The cart is in {channel.currency}."
        raise AcpError(400, "conflict", told, param="$.currency")
    if row.status is CheckoutStatus.PAYING:
        return id, Notes()
    lines = await checkout.lines_of(uow.session, id)
    items = [{"id": line.variant_id, "quantity": line.quantity} for line in lines]
    rest = {name: value for name, value in body.items() if name not in ("cart_id", "buyer")}
    return id, await apply(uow, settings, buyer, id, {**rest, "line_items": items})


async def opened_cart(uow: UnitOfWork, buyer: Buyer, id: str) -> Checkout:
    """Return a cart that may be changed, locked. Raises AcpError."""
    row = await _locked(uow, buyer, id)
    if row.status is not CheckoutStatus.OPEN:
        raise AcpError(405, "conflict", "The cart is being paid.")
    return row


async def cart_of(session: AsyncSession, buyer: Buyer, id: str) -> Checkout:
    """Return a cart to look at. Raises AcpError."""
    row = (await checkout.mine(session, buyer, [id])).get(id)
    return _alive(row, None)


async def shown_cart(
    db: AsyncSession, settings: Settings, row: Checkout, now: datetime
) -> dict[str, Any]:
    """Return a cart as the protocol shows it; what it costs is an estimate."""
    seen = await checkout.view(db, settings, row, now)
    facts = await facts_of(db, [line.variant_id for line in seen.lines])
    told = Told(seen, facts, None, None, None, Notes())
    included = seen.channel.tax_included
    totals = money.of_quote(seen.quote, row.locale, tax_included=included)
    # Where tax is added it depends on where the parcel goes.
    is_known = included or row.shipping_address is not None
    found = [one for one in seen.problems if isinstance(one, OF_ITEMS)]
    shown: dict[str, Any] = {
        "id": row.id,
        "line_items": [line_item(line, told) for line in seen.lines],
        "currency": seen.quote.currency.lower(),
        "totals": [one for one in totals if is_known or one["type"] != "tax"],
        "messages": messages.of_problems(found, [line.id for line in seen.lines], row.locale),
        "continue_url": continue_url(settings, row.id),
        "expires_at": instant(row.expires_at),
    }
    return shown | ({"buyer": row.agent["buyer"]} if "buyer" in row.agent else {})


async def _fill(
    uow: UnitOfWork, settings: Settings, row: Checkout, body: Mapping[str, Any]
) -> Checkout:
    told = {name: value for name, value in row.agent.items() if name != "buyer"}
    before = row.agent.get("buyer", {}).get("email")
    email = body.get("buyer", {}).get("email")
    row.agent = told | ({"buyer": body["buyer"]} if "buyer" in body else {})
    with refusals(row.locale):
        # Once it is a session, too, what is in it stays kept.
        await set_items(uow, settings, row, body["line_items"], keep="capabilities" in told)
        if email or row.email == before:
            row.email = checkout.clean_email(email)
    ids = [line.variant_id for line in await checkout.lines_of(uow.session, row.id)]
    left = await stock.available(uow.session, ids, uow.now(), checkout_id=row.id)
    if not any(units > 0 for units in left.values()):
        raise AcpError(422, "out_of_stock", "Nothing of this is in stock.", param="$.line_items")
    return row


async def _locked(uow: UnitOfWork, buyer: Buyer, id: str, param: str | None = None) -> Checkout:
    try:
        return _alive(await checkout.locked(uow, buyer, id), param)
    except NotFound as error:
        raise _absent(param) from error


def _alive(row: Checkout | None, param: str | None) -> Checkout:
    if row is None or row.status not in LIVE or "cart" not in row.agent:
        raise _absent(param)
    return row


def _absent(param: str | None) -> AcpError:
    return AcpError(404, "not_found", "There is no such cart, or not any more.", param=param)


async def market(session: AsyncSession, settings: Settings, languages: str) -> Channel:
    """Return the market of the first country that is named, or the usual one."""
    channels = await catalogue.channels(session)
    for region in REGION.findall(languages):
        for channel in channels:
            if checkout.COUNTRIES.get(channel.id) == region.upper():
                return channel
    return next(one for one in channels if one.id == settings.default_channel)
