"""ID tokens, signed as a provider signs them, or as one must not."""

import base64
import hmac
import secrets
import time

import jwt
import orjson
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from sandbox.identity.faults import SIGNING_FAULTS, TOKEN_FAULTS, Claims, Faults

SECONDS = 3_600


class Key:
    """An RSA key with its name."""

    def __init__(self) -> None:
        self.kid = secrets.token_hex(6)
        self.private: RSAPrivateKey = generate_private_key(65_537, 2_048)

    def jwk(self) -> Claims:
        """The public half, as the key set shows it."""
        jwk: Claims = jwt.algorithms.RSAAlgorithm.to_jwk(self.private.public_key(), as_dict=True)
        return jwk | {"kid": self.kid, "use": "sig", "alg": "RS256"}


class Signer:
    """The key that signs now, and one that nobody knows."""

    def __init__(self, issuer: str, client_id: str, faults: Faults) -> None:
        self.issuer, self.client_id, self._faults = issuer, client_id, faults
        self.key, self._stranger = Key(), Key()

    def id_token(self, person: Claims, nonce: str) -> str:
        """Say who signed in, to this client."""
        now = int(time.time())
        claims: Claims = {"iss": self.issuer, "aud": self.client_id, "azp": self.client_id}
        claims |= {"iat": now, "exp": now + SECONDS, "nonce": nonce, **person}
        wrong = dict(TOKEN_FAULTS.get(self._faults.met("/token", TOKEN_FAULTS), {}))
        for name in ("iat", "exp"):
            if isinstance(shift := wrong.get(name), int):
                wrong[name] = now + shift
        if isinstance(others := wrong.get("aud"), list):
            wrong |= {"aud": [self.client_id, *others], "azp": None}
        claims = {name: value for name, value in (claims | wrong).items() if value is not None}
        return self._signed(claims, self._faults.met("/token", SIGNING_FAULTS))

    def _signed(self, claims: Claims, fault: str) -> str:
        headers = {} if fault == "no_kid" else {"kid": self.key.kid}
        if fault == "alg_none":
            return jwt.encode(claims, "", "none", headers)
        if fault == "hs256":
            return self._confused(claims)
        if fault == "unknown_key":
            return jwt.encode(claims, self._stranger.private, "RS256", {"kid": self._stranger.kid})
        signer = self._stranger if fault == "bad_signature" else self.key
        return jwt.encode(claims, signer.private, "RS256", headers)

    def _confused(self, claims: Claims) -> str:
        """The public key as a shared secret: what a verifier must not fall for."""
        public = self.key.private.public_key().public_bytes(
            Encoding.PEM, PublicFormat.SubjectPublicKeyInfo
        )
        header = {"alg": "HS256", "typ": "JWT", "kid": self.key.kid}
        text = f"{_part(orjson.dumps(header))}.{_part(orjson.dumps(claims))}"
        return f"{text}.{_part(hmac.digest(public, text.encode(), 'sha256'))}"


def _part(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()
