"""Signing in with a provider, as an app and a browser do it between them."""

import json
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from sandbox.stack import Stack
from tests.account.door import CUSTOMER, ERROR, SESSION, Door

REDIRECT = "https://app.example/signed-in"
START = (
    "mutation($provider: String!, $redirectUri: String!) { startProviderSignIn("
    "input: { provider: $provider, redirectUri: $redirectUri }) "
    f"{{ ... on ProviderSignIn {{ authorizationUrl state expiresAt }} {ERROR} }} }}"
)
FINISH = (
    "mutation($state: String!, $code: String!) { finishProviderSignIn("
    f"input: {{ state: $state, code: $code }}) {{ {SESSION} "
    f"... on UserError {{ code message field retryable }} }} }} {CUSTOMER}"
)
WAYS = "{ me { id hasPassword linkedProviders { provider linkedAt } } }"
MINA = {"sub": "m-1", "email": "mina@example.com", "email_verified": "true", "name": "미나"}


class Browser:
    """Someone who signs in at the sandbox's provider, and the provider's knobs."""

    def __init__(self, door: Door, stack: Stack) -> None:
        self.door, self.url = door, stack.identity.url

    async def begun(self, token: str | None = None, **asked: str) -> dict[str, Any]:
        """Ask the API where to go."""
        given = {"provider": "sandbox", "redirectUri": REDIRECT, **asked}
        found: dict[str, Any] = await self.door.did(START, token, **given)
        return found

    async def code(self, begun: dict[str, Any], **person: str) -> str:
        """Sign in there, come back with a code, and check the state as an app must."""
        url = begun["authorizationUrl"]
        answer = await self.door.http.post(url, data=person or MINA)
        assert answer.status_code == 303, answer.text
        back = answer.headers["location"]
        assert back.startswith(f"{REDIRECT}?")
        said = dict(parse_qsl(urlsplit(back).query))
        assert said["state"] == begun["state"]
        return said["code"]

    async def finished(
        self, begun: dict[str, Any], code: str, token: str | None = None, **more: Any
    ) -> dict[str, Any]:
        """Bring the code to the API."""
        found: dict[str, Any] = await self.door.did(
            FINISH, token, state=begun["state"], code=code, **more
        )
        return found

    async def signed_in(self, token: str | None = None, **person: str) -> dict[str, Any]:
        """Go all the way."""
        begun = await self.begun(token)
        assert "authorizationUrl" in begun, begun
        return await self.finished(begun, await self.code(begun, **person), token)

    async def meets(self, *rules: dict[str, Any]) -> None:
        """Set the provider's faults."""
        answer = await self.door.http.post(f"{self.url}/sandbox/faults", json={"rules": rules})
        assert answer.is_success, answer.text

    async def rotated(self) -> None:
        """Have the provider sign with another key."""
        (await self.door.http.post(f"{self.url}/sandbox/rotate")).raise_for_status()

    async def calls(self) -> dict[str, int]:
        """How often the provider was asked for what."""
        return dict((await self.door.http.get(f"{self.url}/sandbox/calls")).json())


def fault(name: str, path: str = "/token", **more: Any) -> dict[str, Any]:
    """A rule of the sandbox."""
    return {"path": path, "fault": name, **more}


def elsewhere(issuer: str) -> str:
    """The setting of a provider at another address."""
    return json.dumps([{"name": "sandbox", "issuer": issuer, "client_id": "nerdx"}])
