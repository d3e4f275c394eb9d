"""What stands between a session and its completion, in the protocol's words."""

from collections.abc import Callable, Sequence
from typing import Any

from core.i18n import pick
from services.checkout import problems
from services.pricing import PromotionRefusal

# Problem: its code, and who can do something about it.
CODES: dict[type[problems.Problem], tuple[str, str]] = {
    problems.EmptyCheckout: ("missing", "recoverable"),
    problems.InsufficientStock: ("out_of_stock", "recoverable"),
    problems.VariantWithdrawn: ("unsupported", "recoverable"),
    problems.AgeProofRequired: ("age_verification_required", "requires_buyer_input"),
    problems.RegionRestricted: ("region_restricted", "requires_buyer_input"),
    problems.QuantityOverCap: ("quantity_exceeded", "recoverable"),
    problems.AddressIncomplete: ("missing", "requires_buyer_input"),
    problems.DeliveryMissing: ("missing", "recoverable"),
    problems.PriceChanged: ("conflict", "requires_buyer_review"),
    problems.ReservationExpired: ("expired", "recoverable"),
    problems.PromotionLapsed: ("coupon_expired", "recoverable"),
}
PLACES: dict[str, str] = {
    "email": "$.buyer.email",
    "recipient": "$.fulfillment_details.address.name",
    "phone": "$.fulfillment_details.phone_number",
    "line1": "$.fulfillment_details.address.line_one",
    "city": "$.fulfillment_details.address.city",
    "region": "$.fulfillment_details.address.state",
    "postalCode": "$.fulfillment_details.address.postal_code",
}
REJECTED = {
    PromotionRefusal.UNKNOWN_CODE: "discount_code_invalid",
    PromotionRefusal.EXPIRED: "discount_code_expired",
    PromotionRefusal.LIMIT_REACHED: "discount_code_usage_limit_reached",
    PromotionRefusal.BELOW_MINIMUM: "discount_code_minimum_not_met",
    PromotionRefusal.CONDITION_UNMET: "discount_code_user_ineligible",
    PromotionRefusal.NOT_COMBINABLE: "discount_code_combination_disallowed",
    PromotionRefusal.NOT_IN_CHANNEL: "discount_code_user_ineligible",
}


def of_problems(
    found: Sequence[problems.Problem], line_ids: Sequence[str], locale: str
) -> list[dict[str, Any]]:
    """Return a message for each problem, or for each thing that is missing."""
    return [
        message
        for problem in found
        for message in _of(problem, lambda id: f"$.line_items[{line_ids.index(id)}]", locale)
    ]


def _of(
    problem: problems.Problem, place: Callable[[str], str], locale: str
) -> list[dict[str, Any]]:
    code, resolution = CODES[type(problem)]
    text = problem.message(locale)
    if isinstance(problem, problems.AddressIncomplete):
        return [
            error(code, pick(problem.text, locale).format(missing_names=name), resolution, at)
            for name in problem.missing
            if (at := PLACES.get(name))
        ]
    param = {
        problems.EmptyCheckout: "$.line_items",
        problems.QuantityOverCap: "$.line_items",
        problems.RegionRestricted: "$.fulfillment_details.address",
        problems.DeliveryMissing: "$.selected_fulfillment_options",
        problems.PromotionLapsed: "$.discounts.codes",
        problems.AgeProofRequired: "$.buyer",
    }.get(type(problem))
    line = getattr(problem, "line", None)
    return [error(code, text, resolution, place(line.id) if line is not None else param)]


def error(code: str, text: str, resolution: str, param: str | None = None) -> dict[str, Any]:
    """Return an error message."""
    told: dict[str, Any] = {
        "type": "error",
        "code": code,
        "severity": "high",
        "resolution": resolution,
        "content_type": "plain",
        "content": text,
    }
    return told | ({"param": param} if param else {})


def rejected(code: str, reason: PromotionRefusal, text: str) -> dict[str, Any]:
    """Return a warning about a promotion code that is not taken."""
    return {
        "type": "warning",
        "code": REJECTED[reason],
        "severity": "medium",
        "param": "$.discounts.codes",
        "content_type": "plain",
        "content": f"{code}: {text}",
    }
