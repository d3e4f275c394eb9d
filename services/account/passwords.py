"""Passwords: which are strong enough, and Argon2id hashes made off the event loop."""

import asyncio
import unicodedata
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path

from argon2 import PasswordHasher, Type
from argon2.exceptions import InvalidHashError, VerificationError

from services.account.errors import MAX_PASSWORD, MIN_PASSWORD, WeakPassword

# The first of OWASP's choices for Argon2id (Password Storage Cheat Sheet): 19 MiB, 2 passes.
HASHER = PasswordHasher(
    time_cost=2, memory_cost=19_456, parallelism=1, hash_len=32, salt_len=16, type=Type.ID
)
# Bounds the memory and the processor that a flood of sign-ins can take.
THREADS = ThreadPoolExecutor(max_workers=4, thread_name_prefix="argon2")
MIN_DISTINCT = 5


def check_strength(password: str, email: str, name: str | None, field: str) -> None:
    """Raise WeakPassword for one that is easy to guess; `field` is the input it came from."""
    text = _normal(password)
    own = {_normal(own) for own in (email, email.partition("@")[0], name or "") if own}
    core = text.strip("0123456789!@#$%^&*?.,_- ")
    weak = (
        not MIN_PASSWORD <= len(password) <= MAX_PASSWORD
        or any(unicodedata.category(letter) in ("Cc", "Cs") for letter in password)
        or len(set(text)) < MIN_DISTINCT
        or {text, core} & (common() | own)
    )
    if weak:
        raise WeakPassword(field)


@cache
def common() -> frozenset[str]:
    """Return the passwords that are tried first."""
    path = Path(__file__).with_name("common-passwords.txt")
    return frozenset(path.read_text(encoding="utf-8").split())


async def hashed(password: str) -> str:
    """Return the Argon2id hash of a password."""
    return await _apart(lambda: HASHER.hash(_bytes(password)))


async def matches(known: str | None, password: str) -> bool:
    """Tell whether the password has this hash; takes as long where there is no hash."""
    fits = len(password) <= MAX_PASSWORD
    text = _bytes(password if fits else "")
    same = await _apart(lambda: _verified(known or _dummy(), text))
    return same and fits and known is not None


def is_outdated(known: str) -> bool:
    """Tell whether a hash was made with other parameters than today's."""
    return HASHER.check_needs_rehash(known)


def _verified(known: str, text: bytes) -> bool:
    try:
        return HASHER.verify(known, text)
    except (VerificationError, InvalidHashError):
        return False


@cache
def _dummy() -> str:
    return HASHER.hash("nobody has this password")


def _normal(text: str) -> str:
    return unicodedata.normalize("NFKC", text[: MAX_PASSWORD + 1]).casefold()


def _bytes(password: str) -> bytes:
    return unicodedata.normalize("NFKC", password).encode("utf-8", "surrogatepass")


async def _apart[T](work: Callable[[], T]) -> T:
    return await asyncio.get_running_loop().run_in_executor(THREADS, work)
