"""A checkout as a session of the protocol."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any

from core.i18n import Text, pick
from core.settings import Settings
from models.checkout import CheckoutLine, CheckoutStatus
from models.payment import PaymentStatus
from services.acp import authentication, messages, money
from services.acp.document import VERSION
from services.acp.facts import Facts
from services.acp.sessions import Notes
from services.checkout import CheckoutView, problems
from services.pricing import Applied, Option

STATUS = {
    CheckoutStatus.OPEN: "not_ready_for_payment",
    CheckoutStatus.READY: "ready_for_payment",
    CheckoutStatus.PAYING: "complete_in_progress",
    CheckoutStatus.COMPLETED: "completed",
    CheckoutStatus.CANCELED: "canceled",
    CheckoutStatus.EXPIRED: "expired",
}
# What is there now is not what these were about.
ENDED = frozenset({CheckoutStatus.COMPLETED, CheckoutStatus.CANCELED, CheckoutStatus.EXPIRED})
# An order stands for the payment, and the bank has not decided, or said no after all.
UNPAID = {
    PaymentStatus.PROCESSING: "complete_in_progress",
    PaymentStatus.FAILED: "canceled",
    PaymentStatus.CANCELED: "canceled",
}
SPT = "https://docs.stripe.com/agentic-commerce/concepts/shared-payment-tokens"
LINKS: dict[str, tuple[str, Text]] = {
    "terms_of_use": ("terms", {"ko": "이용약관", "en": "Terms of use"}),
    "privacy_policy": ("privacy", {"ko": "개인정보 처리방침", "en": "Privacy"}),
    "return_policy": ("returns", {"ko": "교환·반품", "en": "Returns"}),
    "shipping_policy": ("delivery", {"ko": "배송 안내", "en": "Delivery"}),
}
SIGN_ON: Text = {
    "ko": "구매자가 성인 인증을 마쳐야 합니다. continue_url을 구매자에게 보여 주세요.",
    "en": "The buyer has to prove their age: show them continue_url.",
}
THREE_DS: Text = {
    "ko": "구매자가 은행의 인증을 마쳐야 합니다. authentication_metadata로 3-D Secure를 하세요.",
    "en": "The buyer has to authenticate with their bank: run 3-D Secure with the metadata.",
}
AT_THE_BANK: Text = {
    "ko": "구매자가 은행의 인증을 마쳐야 합니다. continue_url을 구매자에게 보여 주세요.",
    "en": "The buyer has to authenticate with their bank: show them continue_url.",
}


@dataclass(frozen=True)
class Told:
    """All that a session is shown from."""

    seen: CheckoutView
    facts: Facts
    payment: PaymentStatus | None
    secure: dict[str, Any] | None
    """What the agent runs 3-D Secure with, where the bank asks the buyer and the agent can."""
    order: dict[str, Any] | None
    notes: Notes
    redirect_url: str | None = None
    """Where the bank asks the buyer."""

    @property
    def is_asked(self) -> bool:
        """Whether the bank is asking the buyer."""
        return self.payment is PaymentStatus.REQUIRES_ACTION and not self.order


def session(told: Told, settings: Settings) -> dict[str, Any]:
    """Return the session."""
    seen, row = told.seen, told.seen.checkout
    locale, quote = row.locale, told.seen.quote
    included = seen.channel.tax_included
    shown: dict[str, Any] = {
        "id": row.id,
        "protocol": {"version": VERSION},
        "capabilities": _capabilities(row.agent.get("capabilities", {}), settings),
        "status": _status(told),
        "currency": quote.currency.lower(),
        "locale": locale,
        "line_items": [line_item(line, told) for line in seen.lines],
        "fulfillment_options": [_option(option, told) for option in quote.options],
        "totals": money.of_quote(quote, locale, tax_included=included),
        "messages": messages_of(told),
        "links": [
            {"type": kind, "url": f"{settings.shop_url}/{path}", "title": pick(title, locale)}
            for kind, (path, title) in LINKS.items()
        ],
        "created_at": instant(row.created_at),
        "expires_at": instant(row.expires_at),
        "continue_url": continue_url(settings, row.id),
        "discounts": {
            "codes": row.codes,
            "applied": [_discount(one, quote.currency, locale) for one in quote.promotions],
            "rejected": told.notes.rejected,
        },
    }
    if quote.option:
        items = [line.id for line in seen.lines]
        chosen = {"type": _kind(quote.option), "option_id": quote.option.id, "item_ids": items}
        shown["selected_fulfillment_options"] = [chosen]
    for name in ("buyer", "fulfillment_details", "metadata", "timezone", "quote_id"):
        if name in row.agent:
            shown[name] = row.agent[name]
    more = {"order": told.order, "authentication_metadata": told.secure}
    return shown | {name: value for name, value in more.items() if value}


def continue_url(settings: Settings, id: str) -> str:
    """Return where the buyer goes on by themselves."""
    return f"{settings.public_url.rstrip('/')}/checkout/{id}"


def instant(moment: datetime) -> str:
    """Write a time as RFC 3339."""
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def day(value: date, end: bool = False) -> str:
    """Write a day as the instant at which it begins or ends in UTC."""
    return instant(datetime.combine(value, time(23, 59, 59) if end else time(0), UTC))


def _status(told: Told) -> str:
    if told.is_asked:
        return "authentication_required" if told.secure else "requires_escalation"
    if told.order and told.payment in UNPAID:
        return UNPAID[told.payment]
    found = told.seen.problems
    if found and all(isinstance(one, problems.AgeProofRequired) for one in found):
        return "requires_escalation"
    return STATUS[told.seen.status]


def messages_of(told: Told) -> list[dict[str, Any]]:
    """Return what is to be said of a session."""
    locale = told.seen.checkout.locale
    ids = [line.id for line in told.seen.lines]
    found = messages.of_problems(told.seen.problems, ids, locale) + told.notes.messages
    if any(isinstance(one, problems.AgeProofRequired) for one in told.seen.problems):
        told_so = pick(SIGN_ON, locale)
        found.append({"type": "info", "content_type": "plain", "content": told_so})
    if told.is_asked:
        text, at = pick(THREE_DS if told.secure else AT_THE_BANK, locale), authentication.PARAM
        found.append(messages.error("requires_3ds", text, "requires_buyer_input", at))
    return found


def line_item(line: CheckoutLine, told: Told) -> dict[str, Any]:
    """Return a line as the protocol shows it."""
    seen, locale = told.seen, told.seen.checkout.locale
    priced = {one.variant_id: one for one in seen.quote.lines}.get(line.variant_id)
    shown: dict[str, Any] = {
        "id": line.id,
        "item": {"id": line.variant_id},
        "quantity": line.quantity,
        "unit_amount": priced.unit_price if priced else line.unit_price,
        "variant_id": line.variant_id,
        "totals": money.of_line(priced, locale, tax_included=seen.channel.tax_included)
        if priced
        else [money.total("total", line.unit_price * line.quantity, locale)],
    }
    if seen.checkout.status not in ENDED:
        left = max(seen.available.get(line.variant_id, 0), 0)
        is_there = "in_stock" if left >= line.quantity else "out_of_stock"
        shown |= {"available_quantity": left, "availability_status": is_there}
    if seen.channel.max_bottles_per_order:
        shown["max_quantity_per_order"] = seen.channel.max_bottles_per_order
    return shown | _described(line.variant_id, told.facts, locale)


def _described(variant_id: str, facts: Facts, locale: str) -> dict[str, Any]:
    if variant_id not in facts.variants:
        return {}
    variant, product = facts.variants[variant_id]
    warnings = [facts.warnings[code] for code in product.warning_codes if code in facts.warnings]
    return {
        "name": pick(variant.name, locale),
        "description": pick(product.description, locale),
        "product_id": product.id,
        "sku": product.sku,
        "category": product.category,
        "tags": product.story_tags,
        "disclosures": [
            {"type": "disclaimer", "content_type": "plain", "content": pick(text, locale)}
            for text in warnings
        ],
        "custom_attributes": [{"display_name": "ABV", "value": f"{product.abv:g} %"}],
    }


def _kind(option: Option) -> str:
    return "pickup" if option.carrier == "pickup" else "shipping"


def _option(option: Option, told: Told) -> dict[str, Any]:
    locale = told.seen.checkout.locale
    shown: dict[str, Any] = {
        "type": _kind(option),
        "id": option.id,
        "title": pick(option.name, locale),
        "totals": [money.total("total", option.price, locale)],
    }
    if shown["type"] == "pickup":
        name = pick(told.seen.channel.name, locale)
        here = {
            "name": name,
            "line_one": name,
            "city": "Gyeongju",
            "state": "Gyeongsangbuk-do",
            "country": "KR",
            "postal_code": "38062",
        }
        return shown | {"location": {"name": name, "address": here}}
    return shown | {
        "carrier": option.carrier,
        "earliest_delivery_time": day(option.earliest),
        "latest_delivery_time": day(option.latest, end=True),
    }


def _discount(applied: Applied, currency: str, locale: str) -> dict[str, Any]:
    coupon = {
        "id": applied.id,
        "name": pick(applied.name, locale),
        "amount_off": applied.amount,
        "currency": currency.lower(),
        "duration": "once",
    }
    shown = {"id": applied.id, "coupon": coupon, "amount": applied.amount}
    told = {"code": applied.code} if applied.code else {"automatic": True}
    return shown | told


def _capabilities(asked: dict[str, Any], settings: Settings) -> dict[str, Any]:
    """Return what both sides can do."""
    handler = {
        "id": "stripe_spt",
        "name": "dev.acp.tokenized.card",
        "display_name": "Stripe",
        "version": VERSION,
        "spec": SPT,
        "requires_delegate_payment": True,
        "requires_pci_compliance": False,
        "psp": "stripe",
        "config_schema": SPT,
        "instrument_schemas": [SPT],
        "config": {"merchant_id": settings.merchant_id, "psp": "stripe", "supports_3ds": True},
    }
    return {
        "payment": {"handlers": [handler]},
        "interventions": {"supported": authentication.supported(asked, settings)},
        "extensions": ["discount"],
    }
