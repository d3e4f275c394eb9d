"""Codes that people type: 100 bits, made from an id by a secret, kept as keyed hashes only."""

import base64
import hashlib
import hmac
import re
import unicodedata

from pydantic import SecretStr

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
BITS, LETTERS, GROUP = 100, 20, 4
# What people write for a letter that no code has.
LOOKALIKES = str.maketrans("OIL", "011")
SHAPE = re.compile(f"[{ALPHABET}]{{{LETTERS}}}")


def code_of(secret: SecretStr, purpose: str, id: str) -> str:
    """Return the code of an id, such as `7K2M-Q9XT-…`; the same each time, and nowhere kept."""
    number = int.from_bytes(_keyed(secret, purpose, id)) >> (256 - BITS)
    letters = "".join(ALPHABET[number >> shift & 31] for shift in range(BITS - 5, -1, -5))
    return "-".join(letters[at : at + GROUP] for at in range(0, LETTERS, GROUP))


def plain(code: str) -> str | None:
    """Return a code as it is hashed, however it was typed; None for what can be none."""
    typed = unicodedata.normalize("NFKC", code[:200]).upper().translate(LOOKALIKES)
    letters = re.sub(r"[\s-]", "", typed)
    return letters if SHAPE.fullmatch(letters) else None


def hash_of(secret: SecretStr, purpose: str, text: str) -> str:
    """Return what is kept of a text that only its holder knows."""
    return base64.urlsafe_b64encode(_keyed(secret, purpose, text)).decode()


def _keyed(secret: SecretStr, purpose: str, text: str) -> bytes:
    key = f"{purpose}:{secret.get_secret_value()}".encode()
    return hmac.digest(key, text.encode("utf-8", "replace"), hashlib.sha256)
