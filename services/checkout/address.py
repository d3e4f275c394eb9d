"""Addresses: what people write, made fit to print on a parcel."""

import re
import unicodedata
from dataclasses import asdict, dataclass, fields

from core.errors import InvalidInput
from services.account import fields as account_fields

LENGTHS = {"recipient": 60, "phone": 24, "line1": 120, "line2": 120, "city": 60, "region": 60}
POSTAL_CODES = {"KR": re.compile(r"\d{5}"), "US": re.compile(r"\d{5}(-\d{4})?")}
NEEDED = {
    "KR": ("recipient", "phone", "line1", "postal_code"),
    "US": ("recipient", "line1", "city", "region", "postal_code"),
}
# What turns the direction of the words around it; a label shows something else than was written.
TURNS = frozenset({"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"})
PHONE = re.compile(r"\+?[0-9][0-9 ()-]{6,22}")


@dataclass(frozen=True)
class Address:
    """Where a parcel goes. `country` is ISO 3166-1 alpha-2; `region` is a 시도 or a state."""

    recipient: str
    line1: str
    postal_code: str
    country: str
    phone: str | None = None
    line2: str | None = None
    city: str | None = None
    region: str | None = None


def clean(address: Address, field: str) -> dict[str, str | None]:
    """Return what is kept: NFC, trimmed, without control characters. Raises InvalidInput."""
    kept = {name: _text(name, value, field) for name, value in asdict(address).items()}
    country = (kept["country"] or "").upper()
    if not re.fullmatch("[A-Z]{2}", country):
        raise _invalid(
            f"{field}.country",
            "나라는 KR, US 같은 두 글자 코드로 적어 주세요.",
            "Give the country as two letters, such as KR or US.",
        )
    kept["country"] = country
    if kept["phone"] and not PHONE.fullmatch(kept["phone"]):
        raise _invalid(
            f"{field}.phone", "전화번호가 올바르지 않습니다.", "That is not a telephone number."
        )
    _check_postal_code(kept["postal_code"], country, field)
    return kept


def clean_email(email: str | None) -> str | None:
    """Return the address of a buyer without an account. Raises InvalidInput."""
    return account_fields.email_of(email) if email is not None else None


def missing(address: dict[str, str | None] | None, email: str | None) -> list[str]:
    """Name what a parcel still needs, as the fields of the input are called."""
    address = address or {}
    names = NEEDED.get(address.get("country") or "KR", NEEDED["US"])
    found = [_camel(name) for name in names if not address.get(name)]
    return found if email else [*found, "email"]


def _check_postal_code(code: str | None, country: str, field: str) -> None:
    shape = POSTAL_CODES.get(country)
    if code and shape and not shape.fullmatch(code):
        raise _invalid(
            f"{field}.postalCode",
            "우편번호가 올바르지 않습니다(한국은 숫자 5자리).",
            "That is not a postal code of the country.",
        )


def _text(name: str, value: str | None, field: str) -> str | None:
    limit = LENGTHS.get(name, 20)
    if value is not None and len(value) > limit * 4:
        raise _too_long(name, limit, field)
    text = " ".join(unicodedata.normalize("NFC", value or "").split())
    if len(text) > limit:
        raise _too_long(name, limit, field)
    if any(_is_odd(character) for character in text):
        raise _invalid(
            f"{field}.{_camel(name)}",
            "쓸 수 없는 문자가 있습니다.",
            "It has a character that cannot be printed.",
        )
    return text or None


def _is_odd(character: str) -> bool:
    turns = unicodedata.bidirectional(character) in TURNS
    return turns or unicodedata.category(character) in ("Cc", "Cs", "Co", "Cn")


def _too_long(name: str, limit: int, field: str) -> InvalidInput:
    return _invalid(
        f"{field}.{_camel(name)}",
        f"{limit}자까지 적을 수 있습니다.",
        f"At most {limit} characters.",
    )


def _camel(name: str) -> str:
    head, *rest = name.split("_")
    return head + "".join(part.capitalize() for part in rest)


def _invalid(field: str, ko: str, en: str) -> InvalidInput:
    return InvalidInput(field, {"ko": ko, "en": en})


NAMES = tuple(field.name for field in fields(Address))
