"""Sign-in providers: OpenID Connect, the authorization-code flow with PKCE (RFC 7636).

A provider is found by its issuer's discovery document. All calls end after one deadline, follow
no redirect, read a bounded answer, and go to https alone, or to the issuer's own origin where a
developer's issuer is plain http.
"""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol
from urllib.parse import urlencode, urlsplit

import httpx2
import orjson

from core.setting_shapes import SettingsUnusable, SignInProvider
from core.settings import Settings
from core.telemetry import traced
from gateways.id_token import BadIdToken, KeyUnknown, verified
from gateways.tls import trust

log = logging.getLogger(__name__)

DISCOVERY = "/.well-known/openid-configuration"
KEEP_SECONDS = 3_600.0
KEYS_AGAIN_SECONDS = 10.0
LARGEST_ANSWER = 262_144
ENDPOINTS = ("authorization_endpoint", "token_endpoint", "jwks_uri")


class IdentityUnavailable(Exception):
    """The provider did not answer, or not with what it is for; later it may."""


class IdentityRefused(Exception):
    """The provider refused the code, or what it said of someone does not hold."""


@dataclass(frozen=True)
class Person:
    """Who someone is to a provider; the address is one that the provider has verified."""

    subject: str
    email: str | None
    name: str | None


@dataclass(frozen=True)
class Request:
    """A sign-in under way: what the authorization request said, or will say."""

    provider: str
    redirect_uri: str
    state: str
    nonce: str
    verifier: str


class Identities(Protocol):
    """Sends people to a provider, and learns from it who they are."""

    @property
    def providers(self) -> Mapping[str, SignInProvider]:
        """Those that the settings name, in their order."""
        ...

    async def authorization_url(self, request: Request, challenge: str) -> str:
        """Where to send someone. Raises IdentityUnavailable."""
        ...

    async def identify(self, request: Request, code: str, now: datetime) -> Person:
        """Exchange the code and say who it is. Raises IdentityRefused, IdentityUnavailable."""
        ...


@dataclass
class Provider:
    """A provider, and what it last said of itself."""

    settings: SignInProvider
    document: dict[str, Any] = field(default_factory=dict)
    keys: list[dict[str, Any]] = field(default_factory=list)
    document_until: float = 0.0
    keys_until: float = 0.0
    keys_again_at: float = 0.0


class OpenIdConnect(Identities):
    """Speaks to the providers of the settings; documents and keys are kept for an hour."""

    def __init__(self, settings: Settings) -> None:
        self._deadline = settings.sign_in_timeout_seconds
        self._all = {one.name: Provider(one) for one in settings.sign_in_providers}
        plain = [name for name, one in self._all.items() if one.settings.issuer[:5] != "https"]
        if settings.is_production and plain:
            raise SettingsUnusable(f"SIGN_IN_PROVIDERS: {', '.join(plain)} must use https.")
        if len(self._all) < len(settings.sign_in_providers):
            raise SettingsUnusable("SIGN_IN_PROVIDERS: two have the same name.")

    @property
    def providers(self) -> Mapping[str, SignInProvider]:
        return {name: one.settings for name, one in self._all.items()}

    async def authorization_url(self, request: Request, challenge: str) -> str:
        provider = self._all[request.provider]
        async with calls(self._deadline) as call:
            document = await self._document(call, provider)
        asked = {
            "response_type": "code",
            "client_id": provider.settings.client_id,
            "redirect_uri": request.redirect_uri,
            "scope": provider.settings.scope,
            "state": request.state,
            "nonce": request.nonce,
            "code_challenge": challenge,
            "code_challenge_method": "S256",
        }
        url = str(document["authorization_endpoint"])
        return f"{url}{'&' if '?' in url else '?'}{urlencode(asked)}"

    @traced("identity.identify")
    async def identify(self, request: Request, code: str, now: datetime) -> Person:
        provider = self._all[request.provider]
        async with calls(self._deadline) as call:
            answer = await self._exchange(call, provider, request, code)
            claims = await self._claims(call, provider, str(answer.get("id_token")), request, now)
            if "email_verified" not in claims:
                claims |= await self._user_info(call, provider, answer, claims)
        verified_address = claims.get("email_verified") in (True, "true")
        email = claims.get("email") if verified_address else None
        name = claims.get("name") or claims.get("nickname")
        return Person(claims["sub"], _text(email), _text(name))

    async def _document(self, call: "Calls", provider: Provider) -> dict[str, Any]:
        if time.monotonic() < provider.document_until:
            return provider.document
        issuer = provider.settings.issuer
        _, document = await call.json("GET", issuer.rstrip("/") + DISCOVERY)
        if document.get("issuer") != issuer:
            raise IdentityUnavailable("the document is another issuer's")
        for name in ENDPOINTS:
            _check(issuer, document.get(name))
        provider.document, provider.document_until = document, time.monotonic() + KEEP_SECONDS
        return document

    async def _exchange(
        self, call: "Calls", provider: Provider, request: Request, code: str
    ) -> dict[str, Any]:
        document, client = await self._document(call, provider), provider.settings
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": request.redirect_uri,
            "code_verifier": request.verifier,
        }
        secret = client.client_secret.get_secret_value()
        # RFC 6749, 2.3.1: a header is what every server knows, unless it says otherwise.
        ways = document.get("token_endpoint_auth_methods_supported") or ["client_secret_basic"]
        basic = secret and "client_secret_basic" in ways
        if not basic:
            form |= {"client_id": client.client_id, **({"client_secret": secret} if secret else {})}
        auth = httpx2.BasicAuth(_quoted(client.client_id), _quoted(secret)) if basic else None
        status, answer = await call.json("POST", document["token_endpoint"], data=form, auth=auth)
        if status != 200:
            log.warning("%s refused a code: %s", client.name, str(answer.get("error"))[:80])
            raise IdentityRefused("code")
        return answer

    async def _claims(
        self, call: "Calls", provider: Provider, token: str, request: Request, now: datetime
    ) -> dict[str, Any]:
        client = provider.settings
        try:
            try:
                keys = await self._keys(call, provider)
                return verified(token, keys, client, request.nonce, now)
            except KeyUnknown:
                # The provider may have begun to sign with a key that is newer than our copy.
                keys = await self._keys(call, provider, again=True)
                return verified(token, keys, client, request.nonce, now)
        except BadIdToken as error:
            log.warning("an ID token of %s does not hold: %s", client.name, error)
            raise IdentityRefused("token") from error

    async def _keys(
        self, call: "Calls", provider: Provider, again: bool = False
    ) -> list[dict[str, Any]]:
        now = time.monotonic()
        if now < (provider.keys_again_at if again else provider.keys_until):
            return provider.keys
        if again:
            provider.keys_again_at = now + KEYS_AGAIN_SECONDS
        document = await self._document(call, provider)
        _, answer = await call.json("GET", document["jwks_uri"])
        found = answer.get("keys")
        if not isinstance(found, list):
            raise IdentityUnavailable("the keys are no list")
        provider.keys = [key for key in found if isinstance(key, dict)]
        provider.keys_until = now + KEEP_SECONDS
        return provider.keys

    async def _user_info(
        self, call: "Calls", provider: Provider, answer: dict[str, Any], claims: dict[str, Any]
    ) -> dict[str, Any]:
        """Kakao tells in the user info alone whether an address is verified."""
        url = provider.document.get("userinfo_endpoint")
        if url is None or "email" not in provider.settings.scope:
            return {}
        _check(provider.settings.issuer, url)
        bearer = {"Authorization": f"Bearer {answer.get('access_token')}"}
        status, said = await call.json("GET", url, headers=bearer)
        # OpenID Connect Core 5.3.2: an answer about someone else must not be used.
        return said if status == 200 and said.get("sub") == claims["sub"] else {}


class Calls:
    """The calls of one sign-in."""

    def __init__(self, client: httpx2.AsyncClient) -> None:
        self._client = client

    async def json(self, method: str, url: str, **options: Any) -> tuple[int, dict[str, Any]]:
        """Return status and JSON object of an answer. Raises IdentityUnavailable."""
        try:
            async with self._client.stream(method, url, **options) as answer:
                said = orjson.loads(await _bounded(answer))
        except (httpx2.HTTPError, httpx2.InvalidURL, orjson.JSONDecodeError) as error:
            raise IdentityUnavailable(type(error).__name__) from error
        status = answer.status_code
        refused = 400 <= status < 500 and status not in (408, 425, 429)
        if not isinstance(said, dict) or not (status == 200 or refused):
            raise IdentityUnavailable(f"answered {status}")
        return status, said


@asynccontextmanager
async def calls(seconds: float) -> AsyncIterator[Calls]:
    """Call a provider under one deadline. Raises IdentityUnavailable."""
    try:
        async with (
            asyncio.timeout(seconds),
            httpx2.AsyncClient(verify=trust(), timeout=seconds, follow_redirects=False) as client,
        ):
            yield Calls(client)
    except TimeoutError as late:
        raise IdentityUnavailable("too slow") from late


async def _bounded(answer: httpx2.Response) -> bytes:
    body = b""
    async for part in answer.aiter_bytes():
        body += part
        if len(body) > LARGEST_ANSWER:
            raise IdentityUnavailable("the answer is too long")
    return body


def _check(issuer: str, url: object) -> None:
    """Raise IdentityUnavailable for an address that no provider would have."""
    if not isinstance(url, str):
        raise IdentityUnavailable("an endpoint is missing")
    home, there = urlsplit(issuer), urlsplit(url)
    same = (home.scheme, home.netloc) == (there.scheme, there.netloc)
    named = there.hostname is not None and "." in there.hostname.rstrip("0123456789.:")
    if not same and not (there.scheme == "https" and named and home.scheme == "https"):
        raise IdentityUnavailable(f"{url[:200]} is no endpoint of {issuer}")


def _quoted(text: str) -> str:
    """RFC 6749, 2.3.1: form-encoded before it is put into the header."""
    return urlencode({"": text})[1:]


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None
