"""What stands between a checkout and its order: as agents are told over ACP, in UCP's words."""

from collections.abc import Sequence
from typing import Any

from services.ucp.profile import Agreed

CODES = {
    "unsupported": "item_unavailable",
    "region_restricted": "address_undeliverable",
    "payment_declined": "payment_failed",
    "coupon_expired": "discount_code_expired",
}
METHOD = "$.fulfillment.methods[0]"
DESTINATION = f"{METHOD}.destinations[0]"
PATHS = {
    "$.fulfillment_details.address": DESTINATION,
    "$.fulfillment_details.address.name": f"{DESTINATION}.first_name",
    "$.fulfillment_details.phone_number": f"{DESTINATION}.phone_number",
    "$.fulfillment_details.address.line_one": f"{DESTINATION}.street_address",
    "$.fulfillment_details.address.line_two": f"{DESTINATION}.extended_address",
    "$.fulfillment_details.address.city": f"{DESTINATION}.address_locality",
    "$.fulfillment_details.address.state": f"{DESTINATION}.address_region",
    "$.fulfillment_details.address.postal_code": f"{DESTINATION}.postal_code",
    "$.fulfillment_details.address.country": f"{DESTINATION}.address_country",
    "$.selected_fulfillment_options": f"{METHOD}.groups[0].selected_option_id",
    "$.selected_fulfillment_options[0].option_id": f"{METHOD}.groups[0].selected_option_id",
    "$.payment_data": "$.payment.instruments[0]",
    "$.authentication_result": "$.payment.instruments[0]",
    "$.payment_data.instrument.credential": "$.payment.instruments[0].credential",
}
BY_THE_BUYER = frozenset(
    {
        "age_verification_required",
        "requires_3ds",
        "authentication_required",
        "intervention_required",
    }
)


def path_of(param: str | None) -> str | None:
    """Return a place in a session of ACP as a place in a checkout of UCP."""
    return PATHS.get(param, param) if param else None


def translated(found: Sequence[dict[str, Any]], agreed: Agreed) -> list[dict[str, Any]]:
    """Return messages in UCP's words."""
    return [_translated(one, agreed) for one in found]


def _translated(told: dict[str, Any], agreed: Agreed) -> dict[str, Any]:
    shown = {name: told[name] for name in ("type", "content_type", "content")}
    if "code" in told:
        shown["code"] = CODES.get(told["code"], told["code"])
    path = path_of(told.get("param"))
    if told["type"] == "error":
        is_for_us = path is not None and path.startswith(METHOD) and not agreed.fulfillment
        by_buyer = is_for_us or told["code"] in BY_THE_BUYER
        shown["severity"] = "requires_buyer_input" if by_buyer else "recoverable"
        if is_for_us:
            return shown
    return shown | ({"path": path} if path else {})


def is_up_to_the_buyer(found: Sequence[dict[str, Any]]) -> bool:
    """Tell whether only the buyer can settle what is wrong."""
    severities = {one["severity"] for one in found if one["type"] == "error"}
    return severities == {"requires_buyer_input"}
