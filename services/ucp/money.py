"""Totals as the protocol writes them: what is taken off is negative, and all of it adds up."""

from typing import Any

from core.i18n import Text, pick
from services.acp.money import WORDS
from services.pricing import Quote, QuoteLine

MORE: dict[str, Text] = {
    **WORDS,
    "discount": {"ko": "배송비 할인", "en": "Delivery discount"},
    "gift_card": WORDS["store_credit"],
}
NET: Text = {"ko": "공급가액", "en": "Net"}
VAT: Text = {"ko": "포함된 부가세", "en": "VAT included"}


def total(kind: str, amount: int, locale: str) -> dict[str, Any]:
    """Return one line of totals."""
    return {"type": kind, "display_text": pick(MORE[kind], locale), "amount": amount}


def of_line(
    amount: int, line: QuoteLine | None, locale: str, *, tax_included: bool
) -> list[dict[str, Any]]:
    """Return what a line costs; one that is not sold any more has no price of today."""
    found = [total("subtotal", amount, locale)]
    if line is None:
        return [*found, total("total", amount, locale)]
    if line.discount:
        found.append(total("items_discount", -line.discount, locale))
    if line.tax and not tax_included:
        found.append(total("tax", line.tax, locale))
    return [*found, total("total", line.total, locale)]


def of_quote(quote: Quote, locale: str, *, tax_included: bool) -> list[dict[str, Any]]:
    """Return what all of it costs; the total is what is left to pay.

    A tax that is in the prices adds nothing, so it stands below the total and not beside it.
    """
    listed = max(quote.option.price, quote.delivery) if quote.option else 0
    found = [total("subtotal", quote.subtotal, locale)]
    if quote.discount:
        found.append(total("items_discount", -quote.discount, locale))
    if quote.option:
        found.append(total("fulfillment", listed, locale))
    if listed > quote.delivery:
        found.append(total("discount", quote.delivery - listed, locale))
    if not tax_included:
        found.append(total("tax", quote.tax, locale))
    if quote.gift_cards:
        found.append(total("gift_card", -quote.gift_cards, locale))
    due = total("total", quote.due, locale)
    if tax_included and quote.tax and not quote.gift_cards:
        parts = ((NET, quote.total - quote.tax), (VAT, quote.tax))
        due["lines"] = [
            {"display_text": pick(text, locale), "amount": amount} for text, amount in parts
        ]
    return [*found, due]
