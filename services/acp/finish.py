"""What a completion says besides how to pay: who buys, where the bill goes, what they ask of us."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from core.errors import InvalidInput
from models.checkout import Checkout
from services.acp.errors import AcpError
from services.checkout import Address, clean_email
from services.checkout.address import clean

BILLING = "$.payment_data.billing_address"
NAMES = {
    "recipient": "name",
    "line1": "line_one",
    "line2": "line_two",
    "region": "state",
    "postalCode": "postal_code",
}


def finish(row: Checkout, body: Mapping[str, Any]) -> None:
    """Take over a buyer's last words into a locked, open checkout. Raises AcpError."""
    if buyer := body.get("buyer"):
        _set_buyer(row, buyer)
    if place := body["payment_data"].get("billing_address"):
        with _refused(row.locale, BILLING):
            row.billing_address = clean(_address(place), BILLING)
    if "order_notes" in body:
        row.note = note_of(body)


def note_of(body: Mapping[str, Any]) -> str | None:
    """Return what the buyer asks of us, if anything."""
    return str(body["order_notes"]).strip() or None


def _set_buyer(row: Checkout, buyer: Mapping[str, Any]) -> None:
    row.agent = {**row.agent, "buyer": buyer}
    with _refused(row.locale, "$.buyer.email"):
        row.email = clean_email(buyer["email"])
    address, phone = row.shipping_address, buyer.get("phone_number")
    if address and phone and not address.get("phone"):
        with _refused(row.locale, "$.buyer.phone_number"):
            row.shipping_address = clean(Address(**{**address, "phone": phone}), BILLING)


def _address(place: Mapping[str, str]) -> Address:
    return Address(
        recipient=place["name"],
        line1=place["line_one"],
        line2=place.get("line_two"),
        city=place["city"],
        region=place["state"],
        postal_code=place["postal_code"],
        country=place["country"],
    )


@contextmanager
def _refused(locale: str, place: str) -> Iterator[None]:
    """Say in the protocol's words what is wrong with one of these."""
    try:
        yield
    except InvalidInput as error:
        _, found, name = (error.field or "").partition(f"{BILLING}.")
        where = f"{place}.{NAMES.get(name, name)}" if found and place == BILLING else place
        raise AcpError(400, "invalid", error.message(locale), param=where) from error
