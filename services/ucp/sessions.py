"""Sessions: our checkouts, filled in the protocol's words."""

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from core.outbox import UnitOfWork
from core.settings import Settings
from models.catalogue import Channel
from models.checkout import Checkout, SalesOrigin
from services import acp, checkout
from services.acp import AcpError, Notes
from services.checkout import COUNTRIES, Buyer
from services.checkout.address import clean
from services.payment import Wish
from services.ucp.places import address_of, country_of, destination_of, method_of
from services.ucp.profile import HANDLER_ID, Agreed

BUYER = ("first_name", "last_name", "email", "phone_number")


async def begin(
    uow: UnitOfWork,
    settings: Settings,
    buyer: Buyer,
    body: Mapping[str, Any],
    languages: str,
    agreed: Agreed,
) -> tuple[str, Notes]:
    """Make a session; place, currency and languages choose the market. Raises AcpError."""
    told = f"{body.get('context', {}).get('language', '')},{languages}"[:500]
    channel = await _channel(uow.session, settings, body, told)
    locale = told.lstrip(",")[:2].lower()
    spoken = locale if locale in channel.locales else channel.default_locale
    asked = checkout.Start(channel, SalesOrigin.AGENT, spoken, ())
    row = await checkout.start(uow, buyer, settings, asked)
    return row.id, await apply(uow, settings, buyer, row.id, body, agreed)


async def apply(
    uow: UnitOfWork,
    settings: Settings,
    buyer: Buyer,
    id: str,
    body: Mapping[str, Any],
    agreed: Agreed,
) -> Notes:
    """Change a session as a request says; what it leaves out stays. Raises AcpError."""
    row, notes = await acp.opened(uow, buyer, id), Notes()
    with acp.refusals(row.locale):
        await acp.set_items(uow, settings, row, body["line_items"])
        _set_buyer(row, body)
        if agreed.fulfillment:
            await _set_fulfillment(uow, settings, buyer, row, method_of(body))
        codes = body.get("discounts", {}).get("codes")
        if codes is not None and agreed.discount:
            await acp.set_codes(uow, settings, buyer, row, codes, notes)
    return notes


def wish(settings: Settings, id: str, body: Mapping[str, Any]) -> Wish:
    """Return how to pay; a bank that asks the buyer sends them to our page. Raises AcpError."""
    chosen = _instrument(body)
    token = chosen.get("credential", {}).get("token")
    is_ours = chosen["handler_id"] == HANDLER_ID
    if not (is_ours and isinstance(token, str) and token.startswith("spt_")):
        told = f"Pay with a token that Stripe granted for us, by the handler {HANDLER_ID}."
        raise AcpError(400, "unsupported", told, param="$.payment.instruments[0]")
    return Wish(method=token, return_url=acp.continue_url(settings, id))


def finish(row: Checkout, body: Mapping[str, Any]) -> None:
    """Take over where the bill goes into a locked, open checkout. Raises AcpError."""
    if place := _instrument(body).get("billing_address"):
        home = COUNTRIES.get(row.channel_id, "")
        with acp.refusals(row.locale):
            address = address_of(place, row.agent.get("buyer", {}), home)
            row.billing_address = clean(address, "input.billing")


def _instrument(body: Mapping[str, Any]) -> Mapping[str, Any]:
    instruments = body["payment"].get("instruments") or []
    chosen = [one for one in instruments if one.get("selected", len(instruments) == 1)]
    if len(chosen) != 1:
        told = "Select one instrument: a payment has no parts here."
        raise AcpError(400, "unsupported", told, param="$.payment.instruments")
    found: Mapping[str, Any] = chosen[0]
    return found


def _set_buyer(row: Checkout, body: Mapping[str, Any]) -> None:
    if "buyer" not in body:
        return
    told = {name: body["buyer"][name] for name in BUYER if name in body["buyer"]}
    row.agent = {**row.agent, "buyer": told}
    if email := told.get("email"):
        row.email = checkout.clean_email(email)


async def _set_fulfillment(
    uow: UnitOfWork, settings: Settings, buyer: Buyer, row: Checkout, method: Mapping[str, Any]
) -> None:
    place = destination_of(method)
    if place:
        row.agent = {**row.agent, "destination": place}
        home = COUNTRIES.get(row.channel_id, "")
        address = address_of(place, row.agent.get("buyer", {}), home)
        await checkout.set_address(uow, buyer, settings, row.id, address, None, None)
    for group in method.get("groups", ())[:1]:
        if option := group.get("selected_option_id"):
            await checkout.set_delivery(uow, buyer, settings, row.id, option)


async def _channel(
    session: AsyncSession, settings: Settings, body: Mapping[str, Any], languages: str
) -> Channel:
    """Return the market: of the place where it goes, else of the currency, else of the language."""
    context = body.get("context", {})
    place = destination_of(method_of(body)).get("address_country")
    if country := country_of(place or context.get("address_country") or ""):
        return await acp.market(session, settings, f"und-{country}")
    if currency := context.get("currency"):
        with suppress(AcpError):
            return await acp.channel_of(session, currency)
    return await acp.market(session, settings, languages)
