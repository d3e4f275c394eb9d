"""Faces are sealed: each photo has a key of its own, and erasing the key erases the photo."""

import hashlib
import os

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from core.settings import Settings

NONCE = 12


class Vault:
    """Seals with AES-256-GCM; the keys of photos are themselves sealed with `portrait_secret`."""

    def __init__(self, settings: Settings) -> None:
        secret = settings.portrait_secret.get_secret_value()
        if len(secret) < 16 and settings.is_production:
            raise ValueError("PORTRAIT_SECRET must have at least 16 characters")
        self._master = AESGCM(hashlib.sha256(b"portraits:" + secret.encode()).digest())

    def new_key(self) -> bytes:
        """Return a fresh key, sealed, to keep in the row of one photo."""
        return _seal(self._master, os.urandom(32), b"key")

    def seal(self, sealed_key: bytes, picture: bytes) -> bytes:
        """Encrypt a picture with the key of its photo."""
        return _seal(self._open(sealed_key), picture, b"picture")

    def unseal(self, sealed_key: bytes, sealed: bytes) -> bytes:
        """Decrypt a picture. Raises cryptography's InvalidTag when it was altered."""
        return self._open(sealed_key).decrypt(sealed[:NONCE], sealed[NONCE:], b"picture")

    def _open(self, sealed_key: bytes) -> AESGCM:
        return AESGCM(self._master.decrypt(sealed_key[:NONCE], sealed_key[NONCE:], b"key"))


def _seal(cipher: AESGCM, plain: bytes, purpose: bytes) -> bytes:
    nonce = os.urandom(NONCE)
    return nonce + cipher.encrypt(nonce, plain, purpose)
