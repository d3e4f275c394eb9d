"""Sessions: our checkouts, filled and shown in the protocol's words."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from core.errors import InvalidInput, NotFound
from core.outbox import UnitOfWork
from core.settings import Settings
from models.catalogue import Channel
from models.checkout import Checkout, SalesOrigin
from services import checkout, pricing, stock
from services.acp import messages
from services.acp.errors import AcpError
from services.acp.facts import variant_of
from services.acp.finish import note_of
from services.checkout import Address, Buyer, Line
from services.payment import Wish

MAX_CODES = 10
ORDINARY = ("buyer", "capabilities", "metadata", "timezone", "quote_id")
PATHS = {
    "input.shipping.recipient": "$.fulfillment_details.address.name",
    "input.shipping.phone": "$.fulfillment_details.phone_number",
    "input.shipping.line1": "$.fulfillment_details.address.line_one",
    "input.shipping.line2": "$.fulfillment_details.address.line_two",
    "input.shipping.city": "$.fulfillment_details.address.city",
    "input.shipping.region": "$.fulfillment_details.address.state",
    "input.shipping.postalCode": "$.fulfillment_details.address.postal_code",
    "input.shipping.country": "$.fulfillment_details.address.country",
    "input.email": "$.buyer.email",
    "input.lines": "$.line_items",
    "input.deliveryOptionId": "$.selected_fulfillment_options[0].option_id",
    "input.code": "$.discounts.codes",
}


@dataclass
class Notes:
    """What this request brought up, beside what stands in the checkout."""

    messages: list[dict[str, Any]] = field(default_factory=list)
    rejected: list[dict[str, Any]] = field(default_factory=list)


async def begin(
    uow: UnitOfWork, settings: Settings, buyer: Buyer, body: Mapping[str, Any], locale: str
) -> tuple[str, Notes]:
    """Make a session. Raises AcpError."""
    channel = await channel_of(uow.session, body["currency"])
    asked = checkout.Start(channel, SalesOrigin.AGENT, locale, ())
    row = await checkout.start(uow, buyer, settings, asked)
    return row.id, await apply(uow, settings, buyer, row.id, body)


async def apply(
    uow: UnitOfWork, settings: Settings, buyer: Buyer, id: str, body: Mapping[str, Any]
) -> Notes:
    """Change a session as a request says; what it leaves out stays. Raises AcpError."""
    row, notes = await opened(uow, buyer, id), Notes()
    row.agent = {**row.agent, **{name: body[name] for name in ORDINARY if name in body}}
    if "order_notes" in body:
        row.note = note_of(body)
    with refusals(row.locale):
        if "line_items" in body:
            await set_items(uow, settings, row, body["line_items"])
        await _set_people(uow, settings, buyer, row, body)
        for chosen in body.get("selected_fulfillment_options", ())[:1]:
            await checkout.set_delivery(uow, buyer, settings, id, chosen["option_id"])
        codes = body.get("discounts", {}).get("codes", body.get("coupons"))
        if codes is not None:
            await set_codes(uow, settings, buyer, row, codes, notes)
    return notes


@contextmanager
def refusals(locale: str) -> Iterator[None]:
    """Say in the protocol's words what the rules of checkouts refuse. Raises AcpError."""
    try:
        yield
    except InvalidInput as error:
        where = PATHS.get(error.field or "")
        raise AcpError(400, "invalid", error.message(locale), param=where) from error
    except checkout.VariantNotSold as error:
        told = error.message(locale)
        raise AcpError(400, "not_found", told, param="$.line_items") from error


async def opened(uow: UnitOfWork, buyer: Buyer, id: str) -> Checkout:
    """Return a session that may be changed. Raises AcpError."""
    try:
        return await checkout.opened(uow, buyer, id)
    except NotFound as error:
        raise AcpError(404, "not_found", "There is no such session.") from error
    except checkout.CheckoutClosed as error:
        raise AcpError(405, "conflict", f"The session is {error.status.value}.") from error


def completion(body: Mapping[str, Any]) -> Wish:
    """Return how to pay. Raises AcpError."""
    instrument = body["payment_data"].get("instrument")
    if instrument is None:
        where = "$.payment_data"
        raise AcpError(400, "unsupported", "Purchase orders are not taken.", param=where)
    credential = instrument["credential"]
    token = str(credential["token"])
    if credential["type"] != "spt" or not token.startswith("spt_"):
        where = "$.payment_data.instrument.credential"
        raise AcpError(400, "unsupported", "Pay with a shared payment token.", param=where)
    return Wish(method=token)


async def channel_of(session: AsyncSession, currency: str) -> Channel:
    """Return the market of a currency. Raises AcpError."""
    query = select(Channel).where(Channel.currency == currency.upper(), Channel.active)
    found = await session.scalar(query.order_by(Channel.position, Channel.id).limit(1))
    if found is None:
        told = "Nothing is sold in this currency."
        raise AcpError(400, "unsupported", told, param="$.currency")
    return found


async def set_items(
    uow: UnitOfWork,
    settings: Settings,
    row: Checkout,
    items: Sequence[Mapping[str, Any]],
    *,
    keep: bool = True,
) -> None:
    """Put these in and everything else out; what is out of stock stays in, and is said to be."""
    session = uow.session
    lines = [Line(await variant_of(session, item["id"]), item["quantity"]) for item in items]
    try:
        async with session.begin_nested():
            await checkout.set_lines(uow, settings, row, lines, replace=True, keep=keep)
    except stock.OutOfStock:
        await checkout.set_lines(uow, settings, row, lines, replace=True, keep=False)


async def _set_people(
    uow: UnitOfWork, settings: Settings, buyer: Buyer, row: Checkout, body: Mapping[str, Any]
) -> None:
    told = body.get("fulfillment_details")
    email = body.get("buyer", {}).get("email") or (told or {}).get("email")
    if told is not None:
        row.agent = {**row.agent, "fulfillment_details": told}
    if told and (place := told.get("address")):
        address = Address(
            recipient=place["name"],
            line1=place["line_one"],
            line2=place.get("line_two"),
            city=place["city"],
            region=place["state"],
            postal_code=place["postal_code"],
            country=place["country"],
            phone=told.get("phone_number") or body.get("buyer", {}).get("phone_number"),
        )
        await checkout.set_address(uow, buyer, settings, row.id, address, None, email)
    elif email:
        row.email = checkout.clean_email(email)


async def set_codes(
    uow: UnitOfWork,
    settings: Settings,
    buyer: Buyer,
    row: Checkout,
    codes: Sequence[str],
    notes: Notes,
) -> None:
    """Apply these promotion codes and no others; what is not taken is noted."""
    row.codes = []
    for code in codes[:MAX_CODES]:
        try:
            await checkout.apply_promotion(uow, buyer, settings, row.id, code)
        except pricing.PromotionRefused as error:
            text = error.message(row.locale)
            warning = messages.rejected(code, error.reason, text)
            notes.messages.append(warning)
            notes.rejected.append({"code": code, "reason": warning["code"], "message": text})


__all__ = [
    "MAX_CODES",
    "Notes",
    "apply",
    "begin",
    "channel_of",
    "completion",
    "opened",
    "refusals",
    "set_codes",
    "set_items",
]
