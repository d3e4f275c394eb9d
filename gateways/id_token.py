"""What a provider says of someone, believed only if its signature and every claim hold.

OpenID Connect Core 1.0, 3.1.3.7.
"""

import hmac
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import jwt

from core.setting_shapes import SignInProvider

LEEWAY_SECONDS = 60
OLDEST_SECONDS = 900
MAX_LENGTH = 16_384
MAX_SUBJECT = 255
# Public keys alone: nothing unsigned, and nothing whose key would be our own secret.
ALGORITHMS = {
    "RS256": "RSA",
    "RS384": "RSA",
    "RS512": "RSA",
    "PS256": "RSA",
    "ES256": "EC",
    "ES384": "EC",
    "EdDSA": "OKP",
}
# Times are compared below, against the clock that every other rule uses.
OPTIONS: Any = {
    "require": ["iss", "aud", "sub", "exp", "iat"],
    "verify_exp": False,
    "verify_nbf": False,
    "verify_iat": False,
}


class BadIdToken(Exception):
    """The token does not hold; the message says why, and is for the log."""


class KeyUnknown(BadIdToken):
    """It is signed with a key that is not among these."""


def verified(
    token: str,
    keys: Sequence[dict[str, Any]],
    client: SignInProvider,
    nonce: str,
    now: datetime,
) -> dict[str, Any]:
    """Return the claims of an ID token that is for us, now. Raises BadIdToken or KeyUnknown."""
    if len(token) > MAX_LENGTH:
        raise BadIdToken("too long")
    try:
        header = jwt.get_unverified_header(token)
        algorithm = str(header.get("alg"))
        key = _key(header, algorithm, keys)
        claims: dict[str, Any] = jwt.decode(
            token,
            key,
            algorithms=[algorithm],
            issuer=client.issuer,
            audience=client.client_id,
            options=OPTIONS,
        )
    except (jwt.PyJWTError, ValueError, TypeError, RecursionError) as error:
        raise BadIdToken(type(error).__name__) from error
    _check(claims, client, nonce, now.timestamp())
    return claims


def _key(header: dict[str, Any], algorithm: str, keys: Sequence[dict[str, Any]]) -> jwt.PyJWK:
    if algorithm not in ALGORITHMS:
        raise BadIdToken(f"algorithm {algorithm[:20]}")
    kid = header.get("kid")
    fitting = [
        key
        for key in keys
        if key.get("kty") == ALGORITHMS[algorithm]
        and key.get("alg", algorithm) == algorithm
        and key.get("use", "sig") == "sig"
        and (kid is None or key.get("kid") == kid)
    ]
    # Without a `kid` there must be no choice.
    if not fitting or (kid is None and len(fitting) > 1):
        raise KeyUnknown("no such key")
    return jwt.PyJWK(fitting[0], algorithm)


def _check(claims: dict[str, Any], client: SignInProvider, nonce: str, now: float) -> None:
    issued, expires, subject = claims["iat"], claims["exp"], claims["sub"]
    if not all(type(at) in (int, float) for at in (issued, expires)):
        raise BadIdToken("times are no numbers")
    if expires + LEEWAY_SECONDS <= now:
        raise BadIdToken("expired")
    if not now - OLDEST_SECONDS - LEEWAY_SECONDS <= issued <= now + LEEWAY_SECONDS:
        raise BadIdToken("not issued now")
    said = claims.get("nonce")
    if not isinstance(said, str) or not hmac.compare_digest(said.encode(), nonce.encode()):
        raise BadIdToken("nonce")
    audience, party = claims["aud"], claims.get("azp")
    shared = isinstance(audience, list) and len(audience) > 1
    if (shared or party is not None) and party != client.client_id:
        raise BadIdToken("authorized party")
    if not isinstance(subject, str) or not 1 <= len(subject) <= MAX_SUBJECT:
        raise BadIdToken("subject")
