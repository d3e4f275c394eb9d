"""Access tokens: short-lived EdDSA JWTs (RFC 8037, RFC 9068), signed by the newest of our keys."""

import base64
import logging
import os
import re
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from core.errors import TokenExpired, TokenInvalid
from core.ids import is_id, new_id
from core.setting_shapes import SettingsUnusable
from core.settings import Settings

log = logging.getLogger(__name__)

ALGORITHM = "EdDSA"
TYPE = "at+jwt"
LEEWAY_SECONDS = 5
MAX_SECONDS = 86_400
MAX_LENGTH = 2_048
READ_AGAIN_SECONDS = 5.0
KID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}", re.ASCII)
HEADERS = {"alg", "typ", "kid"}
REQUIRED = ["iss", "aud", "sub", "sid", "jti", "iat", "nbf", "exp"]
# Times are compared below, against the clock that every other rule uses.
OPTIONS: Any = {
    "require": REQUIRED,
    "verify_exp": False,
    "verify_nbf": False,
    "verify_iat": False,
    "strict_aud": True,
}


class KeysMissing(SettingsUnusable):
    """There is no usable key to sign with; the message says what to do."""


@dataclass(frozen=True)
class Claims:
    """What a verified access token says."""

    customer_id: str
    session_id: str
    token_id: str
    expires_at: datetime


class Tokens:
    """Signs and verifies access tokens with the PEM keys of a directory.

    A file's name without `.pem` is its key's `kid`. The last by name signs, all verify.
    """

    def __init__(self, settings: Settings) -> None:
        self._path = settings.token_keys_path
        self._issuer, self._audience = settings.token_issuer, settings.token_audience
        self._seconds = settings.access_token_seconds
        self.refresh_lifetime = timedelta(seconds=settings.refresh_token_seconds)
        self.refresh_grace = timedelta(seconds=settings.refresh_grace_seconds)
        if self._path is None and settings.is_production:
            raise KeysMissing("Set TOKEN_KEYS_PATH to a directory of Ed25519 keys in PEM files.")
        if self._path is not None and not settings.is_production:
            _ensure_key(self._path)
        self._keys = {"local": Ed25519PrivateKey.generate()} if self._path is None else {}
        self._read_at = -READ_AGAIN_SECONDS
        if self._path is not None:
            self._keys = _load_all(self._path)

    def issue(self, customer_id: str, session_id: str, now: datetime) -> tuple[str, datetime]:
        """Return a token for this session, and when it runs out."""
        issued = int(now.timestamp())
        expires = issued + self._seconds
        claims = {"iss": self._issuer, "aud": self._audience, "sub": customer_id}
        claims |= {"sid": session_id, "jti": new_id("tok")}
        times = {"iat": issued, "nbf": issued, "exp": expires}
        return self.sign({**claims, **times}, TYPE), datetime.fromtimestamp(expires, UTC)

    def sign(self, statement: Mapping[str, object], kind: str) -> str:
        """Return a JWS of this statement; its `typ` keeps it from passing for another kind."""
        kid = max(self._keys)
        headers = {"kid": kid, "typ": kind}
        return jwt.encode(dict(statement), self._keys[kid], ALGORITHM, headers)

    def verify(self, token: str, now: datetime) -> Claims:
        """Return what the token says. Raises TokenInvalid or TokenExpired."""
        if len(token) > MAX_LENGTH or not token.isascii():
            raise TokenInvalid
        try:
            key = self._key(jwt.get_unverified_header(token))
            said = jwt.decode(
                token,
                key.public_key(),
                algorithms=[ALGORITHM],
                issuer=self._issuer,
                audience=self._audience,
                options=OPTIONS,
            )
        except (jwt.PyJWTError, ValueError, TypeError, RecursionError) as error:
            raise TokenInvalid from error
        return self._checked(said, now.timestamp())

    def attest(self, statement: dict[str, Any]) -> str:
        """Sign a statement as a compact JWS; its `typ` keeps it from being an access token."""
        return self.sign({"iss": self._issuer, **statement}, "erasure+jwt")

    def jwks(self) -> dict[str, list[dict[str, str]]]:
        """Return the public keys as a JSON Web Key Set (RFC 7517), newest first."""
        keys = sorted(self._keys.items(), reverse=True)
        return {"keys": [_public_jwk(kid, key) for kid, key in keys]}

    def _checked(self, said: dict[str, Any], now: float) -> Claims:
        issued, not_before, expires = said["iat"], said["nbf"], said["exp"]
        customer, session, token = said["sub"], said["sid"], said["jti"]
        if not all(type(at) is int for at in (issued, not_before, expires)):
            raise TokenInvalid
        if not all(type(text) is str and is_id(text) for text in (customer, session, token)):
            raise TokenInvalid
        if max(issued, not_before) > now + LEEWAY_SECONDS:
            raise TokenInvalid
        if not 0 < expires - issued <= MAX_SECONDS:
            raise TokenInvalid
        if expires + LEEWAY_SECONDS <= now:
            raise TokenExpired
        return Claims(customer, session, token, datetime.fromtimestamp(expires, UTC))

    def _key(self, header: dict[str, Any]) -> Ed25519PrivateKey:
        kid = header.get("kid")
        typed = header.get("alg") == ALGORITHM and header.get("typ") == TYPE
        if set(header) != HEADERS or not typed or not isinstance(kid, str):
            raise TokenInvalid
        if kid not in self._keys and KID.fullmatch(kid):
            self._read_again()
        if kid not in self._keys:
            raise TokenInvalid
        return self._keys[kid]

    def _read_again(self) -> None:
        # Another process may sign with a key that was added after this one started.
        if self._path is None or time.monotonic() < self._read_at + READ_AGAIN_SECONDS:
            return
        self._read_at = time.monotonic()
        try:
            self._keys = _load_all(self._path)
        except KeysMissing as error:
            log.error("keys not read again: %s", error)


def write_key(directory: Path, kid: str) -> Path:
    """Write a new private key that only its owner may read, unless one of this name is there."""
    path = directory / f"{kid}.pem"
    pem = Ed25519PrivateKey.generate().private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    with NamedTemporaryFile(dir=directory, suffix=".new") as whole:
        whole.write(pem)
        whole.flush()
        with suppress(FileExistsError):
            os.link(whole.name, path)
    return path


def _ensure_key(directory: Path) -> None:
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not any(directory.glob("*.pem")):
        write_key(directory, "development-1")


def _load_all(directory: Path) -> dict[str, Ed25519PrivateKey]:
    found = {file.stem: _load(file) for file in directory.glob("*.pem")}
    if not found:
        raise KeysMissing(f"There is no .pem file in TOKEN_KEYS_PATH ({directory}).")
    return found


def _load(file: Path) -> Ed25519PrivateKey:
    if not KID.fullmatch(file.stem):
        raise KeysMissing(f"{file.name}: a key's name has letters, digits, - and _ only.")
    try:
        key = serialization.load_pem_private_key(file.read_bytes(), None)
    except (ValueError, TypeError, OSError) as error:
        raise KeysMissing(f"{file.name} is not a private key in PEM: {error}") from error
    if not isinstance(key, Ed25519PrivateKey):
        raise KeysMissing(f"{file.name} is not an Ed25519 key.")
    return key


def _public_jwk(kid: str, key: Ed25519PrivateKey) -> dict[str, str]:
    raw = key.public_key().public_bytes_raw()
    x = base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
    return {"kty": "OKP", "crv": "Ed25519", "kid": kid, "alg": ALGORITHM, "use": "sig", "x": x}
