"""Access tokens: what is refused (row 28), and keys that change."""

import base64
import hashlib
import hmac
import json
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from core import tokens
from core.errors import TokenExpired, TokenInvalid
from core.settings import Settings
from core.tokens import KeysMissing, Tokens, write_key

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
AT = int(NOW.timestamp())


def settings(path: Path | None, **more: object) -> Settings:
    return Settings(environment="test", token_keys_path=path, **more)


@pytest.fixture
def ours(tmp_path: Path) -> Tokens:
    return Tokens(settings(tmp_path / "keys"))


def private(path: Path, kid: str = "development-1") -> Ed25519PrivateKey:
    key = serialization.load_pem_private_key((path / "keys" / f"{kid}.pem").read_bytes(), None)
    assert isinstance(key, Ed25519PrivateKey)
    return key


CLAIMS = {
    "iss": "nerdx",
    "aud": "nerdx-graph",
    "sub": "cus_1",
    "sid": "ses_1",
    "jti": "tok_1",
    "iat": AT,
    "nbf": AT,
    "exp": AT + 900,
}
HEADERS = {"alg": "EdDSA", "kid": "development-1", "typ": "at+jwt"}


def test_says_who(ours: Tokens) -> None:
    token, expires = ours.issue("cus_1", "ses_1", NOW)
    claims = ours.verify(token, NOW)
    assert (claims.customer_id, claims.session_id) == ("cus_1", "ses_1")
    assert claims.expires_at == expires == NOW + timedelta(minutes=15)
    said = jwt.decode(token, options={"verify_signature": False})
    assert said["exp"] == AT + 900
    assert said["iat"] == said["nbf"] == AT
    assert jwt.get_unverified_header(token)["kid"] == "development-1"


def test_runs_out(ours: Tokens) -> None:
    token, expires = ours.issue("cus_1", "ses_1", NOW)
    ours.verify(token, expires + timedelta(seconds=4))
    with pytest.raises(TokenExpired):
        ours.verify(token, expires + timedelta(seconds=5))
    ours.verify(token, NOW - timedelta(seconds=5))
    with pytest.raises(TokenInvalid):
        ours.verify(token, NOW - timedelta(seconds=6))


CHANGED_CLAIMS = [
    {"iss": "someone"},
    {"iss": None},
    {"iss": ["nerdx"]},
    {"aud": "another"},
    {"aud": ["nerdx-graph"]},
    {"aud": None},
    {"exp": None},
    {"exp": str(AT + 900)},
    {"exp": AT + 900.5},
    {"exp": True},
    {"exp": 10**400},
    {"exp": AT - 10, "iat": AT},
    {"nbf": AT + 60},
    {"nbf": None},
    {"iat": AT + 60},
    {"iat": "now"},
    {"sub": None},
    {"sub": 7},
    {"sub": ""},
    {"sub": "cus_1' OR '1'='1"},
    {"sid": None},
    {"sid": ["ses_1"]},
    {"sid": "ses\0"},
    {"jti": None},
]


@pytest.mark.parametrize("change", CHANGED_CLAIMS, ids=str)
def test_refuses_claims_even_when_signed_by_us(
    ours: Tokens, tmp_path: Path, change: dict[str, object]
) -> None:
    claims = {name: value for name, value in {**CLAIMS, **change}.items() if value is not None}
    with pytest.raises((TokenInvalid, TokenExpired)):
        ours.verify(signed(private(tmp_path), HEADERS, claims), NOW)


CHANGED_HEADERS = [
    {"kid": None},
    {"kid": "unknown"},
    {"kid": "../keys/development-1"},
    {"kid": "development-1.pem"},
    {"kid": "' UNION SELECT 1 --"},
    {"kid": "/dev/null"},
    {"kid": ["development-1"]},
    {"kid": "development-1\0"},
    {"kid": ""},
    {"typ": "JWT"},
    {"typ": None},
    {"typ": "erasure+jwt"},
    {"alg": "none"},
    {"alg": "HS256"},
    {"alg": "RS256"},
    {"alg": "eddsa"},
    {"alg": None},
    {"jwk": {"kty": "OKP"}},
    {"jku": "http://127.0.0.1/keys"},
    {"x5u": "http://127.0.0.1/cert"},
    {"crit": ["exp"]},
    {"b64": False},
]


@pytest.mark.parametrize("change", CHANGED_HEADERS, ids=str)
def test_refuses_headers_even_when_signed_by_us(
    ours: Tokens, tmp_path: Path, change: dict[str, object]
) -> None:
    headers = {name: value for name, value in {**HEADERS, **change}.items() if value is not None}
    with pytest.raises(TokenInvalid):
        ours.verify(signed(private(tmp_path), headers, CLAIMS), NOW)


def test_refuses_signatures_of_others(ours: Tokens, tmp_path: Path) -> None:
    key = private(tmp_path)
    good = signed(key, HEADERS, CLAIMS)
    assert ours.verify(good, NOW).customer_id == "cus_1"
    head, body, signature = good.split(".")
    other = encoded({**CLAIMS, "sub": "cus_2"})
    pem = key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    raw = key.public_key().public_bytes_raw()
    forged = [
        signed(Ed25519PrivateKey.generate(), HEADERS, CLAIMS),
        f"{head}.{other}.{signature}",
        f"{head}.{body}.",
        f"{head}.{body}",
        f"{head}.{body}.{'A' * 86}",
        f"{encoded({**HEADERS, 'alg': 'none'})}.{body}.",
        *(hmac_signed(secret, body) for secret in (pem, raw, pem.strip())),
        "",
        ".",
        "..",
        "...",
        "a.b.c",
        good + "x" * 3_000,
        good + "é",
        good.replace(".", ".\n"),
        "Bearer " + good,
        f"{encoded([1])}.{body}.{signature}",
        f"{head}.{encoded([1])}.{signature}",
        f"{raw_encoded(b'[' * 1_000)}.{body}.{signature}",
    ]
    for token in forged:
        with pytest.raises(TokenInvalid):
            ours.verify(token, NOW)


def test_receipts_are_not_tokens(ours: Tokens) -> None:
    with pytest.raises(TokenInvalid):
        ours.verify(ours.attest(CLAIMS), NOW)


def test_keys_change_without_a_restart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "keys"
    running = Tokens(settings(path))
    before, _ = running.issue("cus_1", "ses_1", NOW)
    write_key(path, "production-2")
    restarted = Tokens(settings(path))
    after, _ = restarted.issue("cus_1", "ses_1", NOW)
    assert jwt.get_unverified_header(after)["kid"] == "production-2"
    assert running.verify(after, NOW)
    assert restarted.verify(before, NOW)
    assert [key["kid"] for key in restarted.jwks()["keys"]] == ["production-2", "development-1"]

    (path / "development-1.pem").unlink()
    with pytest.raises(TokenInvalid):
        Tokens(settings(path)).verify(before, NOW)
    monkeypatch.setattr(tokens, "READ_AGAIN_SECONDS", 0.0)
    (path / "broken-3.pem").write_text("not a key")
    write_key(path, "production-4")
    unread, _ = running.issue("cus_1", "ses_1", NOW)
    assert running.verify(unread, NOW), "a bad file does not take the good keys away"


def test_anyone_can_check_with_the_published_keys(ours: Tokens) -> None:
    token, _ = ours.issue("cus_1", "ses_1", NOW)
    published = jwt.PyJWKSet.from_dict(ours.jwks())
    key = published[jwt.get_unverified_header(token)["kid"]]
    options = {"verify_exp": False, "verify_nbf": False, "verify_iat": False}
    assert jwt.decode(token, key, ["EdDSA"], options, audience="nerdx-graph")["sub"] == "cus_1"
    assert "d" not in ours.jwks()["keys"][0]


def test_development_makes_a_key_that_only_its_owner_reads(tmp_path: Path) -> None:
    path = tmp_path / "keys"
    Tokens(settings(path))
    (file,) = path.iterdir()
    assert file.name == "development-1.pem"
    assert os.stat(file).st_mode & 0o777 == 0o600
    made = file.read_bytes()
    Tokens(settings(path))
    assert file.read_bytes() == made


@pytest.mark.parametrize("given", ["none", "missing", "empty", "garbage", "bad-name", "rsa"])
def test_production_says_what_is_wrong_with_its_keys(tmp_path: Path, given: str) -> None:
    path = tmp_path / "keys"
    if given not in ("none", "missing"):
        path.mkdir()
    if given == "garbage":
        (path / "a.pem").write_text("nothing")
    if given == "bad-name":
        write_key(path, "a b")
    if given == "rsa":
        (path / "a.pem").write_bytes(RSA)
    with pytest.raises(KeysMissing):
        Tokens(
            Settings(environment="production", token_keys_path=None if given == "none" else path)
        )


def test_production_reads_its_keys(tmp_path: Path) -> None:
    write_key(tmp_path, "production-1")
    ours = Tokens(Settings(environment="production", token_keys_path=tmp_path))
    assert ours.verify(ours.issue("cus_1", "ses_1", NOW)[0], NOW)


def encoded(value: object) -> str:
    return raw_encoded(json.dumps(value).encode())


def raw_encoded(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()


def signed(key: Ed25519PrivateKey, headers: dict[str, object], claims: object) -> str:
    text = f"{encoded(headers)}.{encoded(claims)}"
    return f"{text}.{raw_encoded(key.sign(text.encode()))}"


def hmac_signed(secret: bytes, body: str) -> str:
    text = f"{encoded({**HEADERS, 'alg': 'HS256'})}.{body}"
    return f"{text}.{raw_encoded(hmac.new(secret, text.encode(), hashlib.sha256).digest())}"


def _rsa() -> bytes:
    return rsa.generate_private_key(65_537, 2_048).private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


RSA = _rsa()
