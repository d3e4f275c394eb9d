"""Stripe, by its own SDK: PaymentIntents, refunds and webhooks."""

import asyncio
import logging
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from typing import cast

import stripe
from stripe import PaymentIntent, RequestOptions, StripeClient
from stripe.params import (
    PaymentIntentCreateParams,
    PaymentIntentListParams,
    PaymentIntentRetrieveParams,
    PaymentIntentSearchParams,
    RefundListParams,
)

from core.settings import Settings
from core.telemetry import traced
from gateways.payments import reading
from gateways.payments.clients import StripeClients
from gateways.payments.port import (
    Authentication,
    ChargeOutcome,
    ChargeRequest,
    ChargeState,
    NewsInvalid,
    Payments,
    PaymentsRefused,
    PaymentsUnavailable,
    ProviderNews,
    RefundOutcome,
    RefundRequest,
)

# Its lower levels write whole requests and answers, client secrets too.
logging.getLogger("stripe").setLevel(logging.WARNING)

TOLERANCE_SECONDS = 300
RETRIES = 1
PAGE = 100
EACH = ["data.payment_method"]
# Clocks differ, and a charge may be asked for again some minutes later.
EARLY, LATE = timedelta(minutes=2), timedelta(minutes=15)
METHOD = re.compile(r"(?:pm|spt)_\w{1,250}|[a-z]{2,20}(?:_[a-z]{2,20}){0,3}", re.ASCII)
CLOSED = "payment_intent_unexpected_state"


class StripePayments(Payments):
    """One client for each event loop; each call is over within the provider's time limit."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._secrets = [
            secret
            for field in (settings.stripe_webhook_secret, settings.stripe_webhook_secret_previous)
            if (secret := field.get_secret_value())
        ]
        self._clients = StripeClients(settings, RETRIES)

    @traced("payments.charge")
    async def charge(self, request: ChargeRequest) -> ChargeOutcome:
        options = self._options(request)
        declined: str | None = None
        async with self._answered() as client:
            try:
                intent = await client.v1.payment_intents.create_async(_asked(request), options)
            except stripe.CardError as error:
                declined = reading.decline_code(error)
                found = error.error.payment_intent if error.error else None
                if found is None:
                    return reading.refused(request, declined)
                intent = found
        return await self._closed(request, intent, declined)

    @traced("payments.find")
    async def find(self, request: ChargeRequest, provider_id: str | None) -> ChargeOutcome | None:
        async with self._told() as client:
            if provider_id is None:
                intent = await self._searched(client, request)
            else:
                whole: PaymentIntentRetrieveParams = {"expand": ["payment_method"]}
                intent = await client.v1.payment_intents.retrieve_async(provider_id, whole)
        return await self._closed(request, intent, None) if intent else None

    @traced("payments.cancel")
    async def cancel(self, request: ChargeRequest, provider_id: str) -> ChargeOutcome:
        async with self._told() as client:
            intents = client.v1.payment_intents
            try:
                intent = await intents.cancel_async(
                    provider_id,
                    {"cancellation_reason": "abandoned"},
                    {"idempotency_key": f"{request.payment_id}-cancel"},
                )
            except stripe.InvalidRequestError as error:
                if error.code != CLOSED:
                    raise
                intent = await intents.retrieve_async(provider_id)
        return reading.charge(intent)

    @traced("payments.refund")
    async def refund(self, request: RefundRequest) -> RefundOutcome:
        async with self._answered() as client:
            made = await client.v1.refunds.create_async(
                {
                    "payment_intent": request.charge_id,
                    "amount": request.amount,
                    "metadata": {
                        "refund_id": request.refund_id,
                        "payment_id": request.payment_id,
                    },
                },
                {"idempotency_key": request.refund_id},
            )
        return reading.refund(made)

    @traced("payments.find_refund")
    async def find_refund(
        self, request: RefundRequest, provider_id: str | None
    ) -> RefundOutcome | None:
        async with self._told() as client:
            if provider_id:
                return reading.refund(await client.v1.refunds.retrieve_async(provider_id))
            asked: RefundListParams = {"payment_intent": request.charge_id, "limit": PAGE}
            page = await client.v1.refunds.list_async(asked)
            async for made in page.auto_paging_iter():
                if reading.metadata(made, "refund_id") == request.refund_id:
                    return reading.refund(made)
        return None

    def event(self, body: bytes, signature: str | None) -> ProviderNews:
        for secret in self._secrets:
            try:
                event = stripe.Webhook.construct_event(body, signature, secret, TOLERANCE_SECONDS)
            # Its own check stumbles over bytes that are no text, and signs that are not ASCII.
            except (stripe.SignatureVerificationError, ValueError, TypeError):
                continue
            return reading.news(event)
        raise NewsInvalid("the signature is missing, wrong or too old")

    async def aclose(self) -> None:
        await self._clients.aclose()

    async def _closed(
        self, request: ChargeRequest, intent: PaymentIntent, declined: str | None
    ) -> ChargeOutcome:
        """Close a declined charge that we confirmed: whoever knows its secret could pay it yet."""
        outcome = reading.charge(intent)
        lost = outcome.state is ChargeState.REQUIRES_PAYMENT_METHOD and request.method
        if not lost or intent.id is None:
            return outcome
        code = declined or outcome.decline_code or "card_declined"
        closed = await self.cancel(request, intent.id)
        if closed.state in (ChargeState.CANCELED, ChargeState.FAILED):
            return replace(closed, state=ChargeState.FAILED, decline_code=code)
        return closed

    async def _searched(self, client: StripeClient, request: ChargeRequest) -> PaymentIntent | None:
        """Look in the index first, which may lag; then at all charges of those minutes."""
        query = f"metadata['payment_id']:'{request.payment_id}'"
        search: PaymentIntentSearchParams = {"query": query, "expand": EACH}
        for intent in (await client.v1.payment_intents.search_async(search)).data:
            return intent
        since, until = request.asked_at - EARLY, request.asked_at + LATE
        asked: PaymentIntentListParams = {
            "created": {"gte": int(since.timestamp()), "lte": int(until.timestamp())},
            "limit": PAGE,
            "expand": EACH,
        }
        page = await client.v1.payment_intents.list_async(asked)
        async for intent in page.auto_paging_iter():
            if reading.metadata(intent, "payment_id") == request.payment_id:
                return intent
        return None

    def _options(self, request: ChargeRequest) -> RequestOptions:
        options: RequestOptions = {"idempotency_key": request.payment_id}
        if request.method and request.method.startswith("spt_"):
            options["stripe_version"] = self._settings.stripe_preview_version
        return options

    @asynccontextmanager
    async def _answered(self) -> AsyncIterator[StripeClient]:
        """Give the client of the running loop; what it raises becomes one of our two errors."""
        try:
            async with asyncio.timeout(self._settings.provider_timeout_seconds):
                yield self._clients.here()
        except stripe.InvalidRequestError as error:
            raise PaymentsRefused(error.code or "invalid_request") from error
        except stripe.CardError as error:
            raise PaymentsRefused(reading.decline_code(error)) from error
        except (stripe.StripeError, TimeoutError, AttributeError, KeyError, ValueError) as error:
            raise PaymentsUnavailable(type(error).__name__) from error

    @asynccontextmanager
    async def _told(self) -> AsyncIterator[StripeClient]:
        """The same for look-ups, where a refusal tells nothing about what became of it."""
        try:
            async with self._answered() as client:
                yield client
        except PaymentsRefused as error:
            raise PaymentsUnavailable(error.code) from error


def _asked(request: ChargeRequest) -> PaymentIntentCreateParams:
    """Return the form, equal for equal requests: Stripe compares it when a key comes again."""
    redirects = "always" if request.return_url or request.method is None else "never"
    asked: dict[str, object] = {
        "amount": request.amount,
        "currency": request.currency.lower(),
        "automatic_payment_methods": {"enabled": True, "allow_redirects": redirects},
        "metadata": {"payment_id": request.payment_id, "checkout_id": request.checkout_id},
        "expand": ["payment_method"],
    }
    if request.method is not None:
        asked |= {"confirm": True, **_method(request.method)}
        if request.return_url:
            asked["return_url"] = request.return_url
        if request.authentication:
            asked |= _authenticated(request.authentication)
    return cast("PaymentIntentCreateParams", asked)


def _authenticated(told: Authentication) -> dict[str, object]:
    """Hand over 3-D Secure that was run elsewhere; what the bank does not believe is declined."""
    secure = {
        "cryptogram": told.cryptogram,
        "electronic_commerce_indicator": told.indicator,
        "transaction_id": told.transaction_id,
        "version": told.version,
        "ares_trans_status": told.status,
    }
    options = {"card": {"three_d_secure": secure}}
    return {"payment_method_options": options, "error_on_requires_action": True}


def _method(method: str) -> dict[str, object]:
    if not METHOD.fullmatch(method):
        raise PaymentsRefused("payment_method_invalid")
    if method.startswith("pm_"):
        return {"payment_method": method}
    if method.startswith("spt_"):
        return {"payment_method_data": {"shared_payment_granted_token": method}}
    return {"payment_method_data": {"type": method}}
