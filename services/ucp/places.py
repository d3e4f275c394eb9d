"""Where a parcel goes, as the protocol writes it and as we do."""

import re
from collections.abc import Mapping
from typing import Any

from services.checkout import Address

# The protocol takes codes of two and of three letters, and names.
COUNTRIES = {
    "KOR": "KR",
    "KOREA": "KR",
    "SOUTH KOREA": "KR",
    "REPUBLIC OF KOREA": "KR",
    "대한민국": "KR",
    "한국": "KR",
    "USA": "US",
    "UNITED STATES": "US",
    "UNITED STATES OF AMERICA": "US",
}
HANGUL = re.compile("[가-힣]")
NAMES = ("first_name", "last_name")
FIELDS = {
    "street_address": "line1",
    "extended_address": "line2",
    "address_locality": "city",
    "address_region": "region",
    "postal_code": "postal_code",
    "address_country": "country",
    "phone_number": "phone",
}
DESTINATION = "destination"


def method_of(body: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return how a request wants it sent: we ship, and to one place."""
    methods = body.get("fulfillment", {}).get("methods", ())
    return next((one for one in methods if one.get("type", "shipping") == "shipping"), {})


def destination_of(method: Mapping[str, Any]) -> dict[str, Any]:
    """Return the destination that is selected, or the first; nothing where none is told."""
    told = method.get("destinations", ())
    chosen = [one for one in told if one.get("id", "") == method.get("selected_destination_id")]
    names = ("id", *NAMES, *FIELDS)
    return {name: one[name] for one in (chosen or told)[:1] for name in names if name in one}


def address_of(place: Mapping[str, Any], buyer: Mapping[str, Any], home: str) -> Address:
    """Return a destination as an address; without a country of its own it is at home."""
    who = place if any(name in place for name in NAMES) else buyer
    return Address(
        recipient=called(who),
        line1=place.get("street_address", ""),
        line2=place.get("extended_address"),
        city=place.get("address_locality"),
        region=place.get("address_region"),
        postal_code=place.get("postal_code", ""),
        country=country_of(place.get("address_country", "")) or home,
        phone=place.get("phone_number") or buyer.get("phone_number"),
    )


def shown(address: Mapping[str, str | None], told: Mapping[str, Any]) -> dict[str, Any]:
    """Return an address as a destination, with the names as the platform told them."""
    names = {name: told[name] for name in NAMES if name in told}
    if called(names) != address["recipient"]:
        names = {"first_name": address["recipient"]}
    place = {name: address.get(ours) for name, ours in FIELDS.items()}
    found = {name: value for name, value in {**names, **place}.items() if value}
    return {"id": told.get("id", DESTINATION), **found}


def country_of(text: str) -> str:
    """Return a country as two letters, or as it was told."""
    plain = text.strip().upper()
    return COUNTRIES.get(plain, plain)


def called(who: Mapping[str, Any]) -> str:
    """Return a name whole: in Korean the family's comes first."""
    first, last = (" ".join(who.get(name, "").split()) for name in NAMES)
    if HANGUL.search(last + first):
        return f"{last}{first}"
    return f"{first} {last}".strip()
