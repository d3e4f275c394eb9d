"""The codes of gift cards: 100 bits, made from the card's id by a secret, kept as keyed hashes."""

import base64
import hashlib
import hmac
import re
import unicodedata

from core.settings import Settings

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
BITS, LETTERS, GROUP = 100, 20, 4
# What people write for a letter that no code has.
LOOKALIKES = str.maketrans("OIL", "011")
SHAPE = re.compile(f"[{ALPHABET}]{{{LETTERS}}}")


def code_of(settings: Settings, card_id: str) -> str:
    """Return a card's code, such as `7K2M-Q9XT-…`; the same each time, and nowhere kept."""
    number = int.from_bytes(_keyed(settings, b"card:", card_id)) >> (256 - BITS)
    letters = "".join(ALPHABET[number >> shift & 31] for shift in range(BITS - 5, -1, -5))
    return "-".join(letters[at : at + GROUP] for at in range(0, LETTERS, GROUP))


def plain(code: str) -> str | None:
    """Return a code as it is hashed, however it was typed; None for what can be none."""
    typed = unicodedata.normalize("NFKC", code[:200]).upper().translate(LOOKALIKES)
    letters = re.sub(r"[\s-]", "", typed)
    return letters if SHAPE.fullmatch(letters) else None


def hash_of(settings: Settings, letters: str) -> str:
    """Return what is kept of a code."""
    return base64.urlsafe_b64encode(_keyed(settings, b"code:", letters)).decode()


def _keyed(settings: Settings, purpose: bytes, text: str) -> bytes:
    secret = purpose + settings.commerce_secret.get_secret_value().encode()
    return hmac.digest(secret, text.encode(), hashlib.sha256)
