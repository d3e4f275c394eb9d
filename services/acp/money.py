"""Totals as the protocol writes them. Amounts are minor units; of won they are won."""

from typing import Any

from core.i18n import Text, pick
from services.pricing import Quote, QuoteLine

WORDS: dict[str, Text] = {
    "items_base_amount": {"ko": "상품 금액", "en": "Items"},
    "items_discount": {"ko": "할인", "en": "Discount"},
    "subtotal": {"ko": "소계", "en": "Subtotal"},
    "fulfillment": {"ko": "배송비", "en": "Delivery"},
    "tax": {"ko": "세금", "en": "Tax"},
    "store_credit": {"ko": "선물카드", "en": "Gift cards"},
    "total": {"ko": "총액", "en": "Total"},
    "amount_refunded": {"ko": "환불", "en": "Refunded"},
}
INCLUDED: Text = {"ko": "가격에 포함", "en": "Included in the prices"}


def total(kind: str, amount: int, locale: str, description: str | None = None) -> dict[str, Any]:
    """Return one line of totals."""
    told: dict[str, Any] = {
        "type": kind,
        "display_text": pick(WORDS[kind], locale),
        "amount": amount,
    }
    return told | ({"description": description} if description else {})


def of_line(line: QuoteLine, locale: str, *, tax_included: bool) -> list[dict[str, Any]]:
    """Return what a line costs."""
    base = line.unit_price * line.quantity
    found = [total("items_base_amount", base, locale)]
    if line.discount:
        found.append(total("items_discount", line.discount, locale))
    found.append(total("subtotal", base - line.discount, locale))
    if line.tax:
        found.append(_tax(line.tax, locale, tax_included))
    return [*found, total("total", line.total, locale)]


def of_quote(quote: Quote, locale: str, *, tax_included: bool) -> list[dict[str, Any]]:
    """Return what all of it costs; the total is before gift cards, which are shown beside it."""
    found = [total("items_base_amount", quote.subtotal, locale)]
    if quote.discount:
        found.append(total("items_discount", quote.discount, locale))
    found.append(total("subtotal", quote.subtotal - quote.discount, locale))
    if quote.option:
        found.append(total("fulfillment", quote.delivery, locale))
    found.append(_tax(quote.tax, locale, tax_included))
    if quote.gift_cards:
        found.append(total("store_credit", quote.gift_cards, locale))
    return [*found, total("total", quote.total, locale)]


def _tax(amount: int, locale: str, included: bool) -> dict[str, Any]:
    return total("tax", amount, locale, pick(INCLUDED, locale) if included else None)
