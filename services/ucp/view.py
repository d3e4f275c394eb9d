"""A checkout as the protocol shows it."""

from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from core.i18n import Text, pick
from core.settings import Settings
from models.checkout import CheckoutLine, CheckoutStatus
from services import acp
from services.acp import Notes, Told
from services.pricing import Applied, Option
from services.ucp import money, places
from services.ucp.messages import is_up_to_the_buyer, translated
from services.ucp.profile import Agreed, envelope

STATUS = {
    CheckoutStatus.OPEN: "incomplete",
    CheckoutStatus.READY: "ready_for_complete",
    CheckoutStatus.PAYING: "complete_in_progress",
    CheckoutStatus.COMPLETED: "completed",
    CheckoutStatus.CANCELED: "canceled",
    CheckoutStatus.EXPIRED: "canceled",
}
ENDED = ("completed", "canceled")
LINKS = {"terms_of_use": "terms_of_service", "return_policy": "refund_policy"}
METHOD, GROUP, PICKUP = "shipping", "parcel", "pickup"
ARRIVES: Text = {
    "ko": "{0:%Y-%m-%d}~{1:%Y-%m-%d} 도착",
    "en": "Arrives {0:%Y-%m-%d} to {1:%Y-%m-%d}",
}


async def shown(
    db: AsyncSession,
    settings: Settings,
    id: str,
    now: datetime,
    agreed: Agreed,
    notes: Notes | None = None,
) -> dict[str, Any]:
    """Return a session as it stands."""
    told = await acp.gathered(db, settings, id, now, notes, codes=False)
    seen, row = told.seen, told.seen.checkout
    said = translated(acp.messages_of(told), agreed)
    body: dict[str, Any] = {
        "ucp": envelope(settings, agreed),
        "id": row.id,
        "status": _status(told, said),
        "currency": seen.quote.currency,
        "line_items": [_line(line, told) for line in seen.lines],
        "totals": money.of_quote(seen.quote, row.locale, tax_included=seen.channel.tax_included),
        "messages": said + _disclosures(told),
        "links": _links(settings, row.locale),
        "expires_at": acp.instant(row.expires_at),
    }
    if "buyer" in row.agent:
        body["buyer"] = {n: v for n, v in row.agent["buyer"].items() if isinstance(v, str)}
    if agreed.fulfillment:
        body["fulfillment"] = {"methods": [_method(told)]}
    if agreed.discount:
        applied = [_discount(one, row.locale) for one in seen.quote.promotions]
        body["discounts"] = {"codes": row.codes, "applied": applied}
    if told.order and body["status"] == "completed":
        body["order"] = _order(told.order)
    if body["status"] not in ENDED:
        body["continue_url"] = _continue_url(told, settings)
    return body


def _status(told: Told, said: list[dict[str, Any]]) -> str:
    if told.is_asked:
        return "requires_escalation"
    if told.order and told.payment in acp.UNPAID:
        return acp.UNPAID[told.payment]
    if told.seen.status is CheckoutStatus.OPEN and is_up_to_the_buyer(said):
        return "requires_escalation"
    return STATUS[told.seen.status]


def _continue_url(told: Told, settings: Settings) -> str:
    return told.redirect_url or acp.continue_url(settings, told.seen.checkout.id)


def _order(order: dict[str, Any]) -> dict[str, Any]:
    where = {"permalink_url": order["permalink_url"]}
    return {"id": order["id"], "label": order["order_number"], **where}


def _line(line: CheckoutLine, told: Told) -> dict[str, Any]:
    locale, known = told.seen.checkout.locale, told.facts.variants.get(line.variant_id)
    priced = {one.variant_id: one for one in told.seen.quote.lines}.get(line.variant_id)
    price = priced.unit_price if priced else line.unit_price
    included = told.seen.channel.tax_included
    return {
        "id": line.id,
        "item": {
            "id": line.variant_id,
            "title": pick(known[0].name, locale) if known else line.variant_id,
            "price": price,
        },
        "quantity": line.quantity,
        "totals": money.of_line(price * line.quantity, priced, locale, tax_included=included),
    }


def _disclosures(told: Told) -> list[dict[str, Any]]:
    """Return the warnings that the law wants shown beside what they are about."""
    found = []
    for at, line in enumerate(told.seen.lines):
        if known := told.facts.variants.get(line.variant_id):
            codes = [code for code in known[1].warning_codes if code in told.facts.warnings]
            found += [(at, code) for code in codes]
    return [
        {
            "type": "warning",
            "code": code,
            "path": f"$.line_items[{at}]",
            "content": pick(told.facts.warnings[code], told.seen.checkout.locale),
            "presentation": "disclosure",
        }
        for at, code in found
    ]


def _links(settings: Settings, locale: str) -> list[dict[str, str]]:
    return [
        {
            "type": LINKS.get(kind, kind),
            "url": f"{settings.shop_url}/{path}",
            "title": pick(title, locale),
        }
        for kind, (path, title) in acp.LINKS.items()
    ]


def _method(told: Told) -> dict[str, Any]:
    seen, row = told.seen, told.seen.checkout
    items = [line.id for line in seen.lines]
    method: dict[str, Any] = {"id": METHOD, "type": METHOD, "line_item_ids": items}
    if row.shipping_address:
        place = places.shown(row.shipping_address, row.agent.get("destination", {}))
        method |= {"destinations": [place], "selected_destination_id": place["id"]}
    options = [one for one in seen.quote.options if one.carrier != PICKUP]
    group = {
        "id": GROUP,
        "line_item_ids": items,
        "options": [_option(one, row.locale) for one in options],
        "selected_option_id": seen.quote.option.id if seen.quote.option else None,
    }
    return method | {"groups": [group]}


def _option(option: Option, locale: str) -> dict[str, Any]:
    return {
        "id": option.id,
        "title": pick(option.name, locale),
        "description": pick(ARRIVES, locale).format(option.earliest, option.latest),
        "carrier": option.carrier,
        "earliest_fulfillment_time": acp.day(option.earliest),
        "latest_fulfillment_time": acp.day(option.latest, end=True),
        "totals": [money.total("total", option.price, locale)],
    }


def _discount(applied: Applied, locale: str) -> dict[str, Any]:
    told = {"code": applied.code} if applied.code else {"automatic": True}
    return {"title": pick(applied.name, locale), "amount": applied.amount, **told}
