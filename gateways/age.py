"""Proof of age: a service that looks at an identity document and tells the birth date.

The real class is Stripe Identity: a hosted page, a document and a selfie. Once the birth date is
read, what the service keeps of the document is redacted.
"""

import asyncio
import enum
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import date
from http import HTTPStatus
from typing import Protocol

import stripe
from stripe import StripeClient
from stripe.identity import VerificationSession

from core.settings import Settings
from core.telemetry import traced
from gateways.payments.clients import StripeClients

KINDS = "identity.verification_session."


class AgeServiceUnavailable(Exception):
    """No answer, or none that tells."""


class ProofState(enum.StrEnum):
    """Where a proof stands."""

    PENDING = "pending"
    """Nobody has shown a document yet, or it is being looked at."""
    VERIFIED = "verified"
    """The document is genuine and the face is its owner's."""
    REFUSED = "refused"
    """Given up, by the customer or by the service."""


@dataclass(frozen=True)
class Begun:
    """A proof that was begun, and the page where it goes on."""

    provider_id: str
    url: str


@dataclass(frozen=True)
class Proof:
    """What came of it; the birth date is there when VERIFIED."""

    state: ProofState
    birth_date: date | None = None


class AgeService(Protocol):
    """Proves birth dates."""

    async def begin(self, verification_id: str, return_url: str) -> Begun:
        """Begin a proof, once for an id. Raises AgeServiceUnavailable."""
        ...

    async def proof(self, provider_id: str) -> Proof:
        """Tell what came of a proof. Raises AgeServiceUnavailable."""
        ...

    async def redact(self, provider_id: str) -> None:
        """Have the service forget the document; twice is fine. Raises AgeServiceUnavailable."""
        ...

    async def aclose(self) -> None:
        """Close the connections of the running event loop."""
        ...


class StripeIdentity(AgeService):
    """Stripe Identity by its own SDK; one client for each event loop."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._clients = StripeClients(settings, retries=1)

    @traced("age.begin")
    async def begin(self, verification_id: str, return_url: str) -> Begun:
        async with self._answered() as client:
            made = await client.v1.identity.verification_sessions.create_async(
                {
                    "type": "document",
                    "client_reference_id": verification_id,
                    "metadata": {"age_verification_id": verification_id},
                    "options": {"document": {"require_matching_selfie": True}},
                    "return_url": return_url,
                },
                {"idempotency_key": verification_id},
            )
        if made.url is None:
            raise AgeServiceUnavailable("no page")
        return Begun(made.id, made.url)

    @traced("age.proof")
    async def proof(self, provider_id: str) -> Proof:
        async with self._answered() as client:
            found = await client.v1.identity.verification_sessions.retrieve_async(
                provider_id, {"expand": ["verified_outputs.dob"]}
            )
        return _read(found)

    @traced("age.redact")
    async def redact(self, provider_id: str) -> None:
        async with self._answered() as client:
            # Without a key: what it kept of a refusal would be said for a day.
            with _gone_is_fine():
                await client.v1.identity.verification_sessions.redact_async(provider_id)

    @asynccontextmanager
    async def _answered(self) -> AsyncIterator[StripeClient]:
        try:
            async with asyncio.timeout(self._settings.provider_timeout_seconds):
                yield self._clients.here()
        except (stripe.StripeError, TimeoutError) as error:
            raise AgeServiceUnavailable(type(error).__name__) from error

    async def aclose(self) -> None:
        await self._clients.aclose()


@contextmanager
def _gone_is_fine() -> Iterator[None]:
    """What the service does not know any more need not be forgotten."""
    try:
        yield
    except stripe.InvalidRequestError as error:
        if error.http_status != HTTPStatus.NOT_FOUND:
            raise


def _read(session: VerificationSession) -> Proof:
    if session.status == "canceled":
        return Proof(ProofState.REFUSED)
    if session.status != "verified":
        return Proof(ProofState.PENDING)
    born = getattr(session.verified_outputs, "dob", None)
    if born is None or not (born.year and born.month and born.day):
        # Redacted already, or a document that does not tell.
        return Proof(ProofState.REFUSED)
    return Proof(ProofState.VERIFIED, date(born.year, born.month, born.day))
