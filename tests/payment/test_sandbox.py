"""The provider's stand-in keeps the wire: forms, keys, states, and what it knows over a restart."""

import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import stripe

from sandbox.providers import Stripe
from sandbox.state import State
from sandbox.stripe.server import StripeControl
from sandbox.stripe.wire import Refusal, form

QUIET: Any = {"enabled": True, "allow_redirects": "never"}
MADE: Any = {
    "amount": 30_000,
    "currency": "krw",
    "confirm": True,
    "payment_method": "pm_card_visa",
    "automatic_payment_methods": QUIET,
}


class Ear:
    """Who is told: refuses as many messages as it is asked to."""

    def __init__(self) -> None:
        self.refuse = 0
        self.heard: list[tuple[bytes, str]] = []
        ear = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                ear.heard.append((body, self.headers["stripe-signature"]))
                ear.refuse -= 1
                self.send_response(500 if ear.refuse >= 0 else 200)
                self.end_headers()

            def log_message(self, format: str, *args: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/hook"
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        self.thread.start()

    def kinds(self, secret: str) -> list[str]:
        """What was told, each message with a signature that the SDK takes."""
        return [stripe.Webhook.construct_event(*one, secret).type for one in self.heard]

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


@pytest.fixture
def ear() -> Iterator[Ear]:
    """Where events are sent."""
    made = Ear()
    yield made
    made.close()


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Stripe]:
    """A stand-in of this test's own, which may be killed."""
    made = Stripe(State(tmp_path), None)
    made.start()
    yield made
    made.stop()


@pytest.fixture
def knobs(server: Stripe) -> StripeControl:
    """The server's knobs."""
    return StripeControl(server.env()["STRIPE_BASE_URL"])


@pytest.fixture
def sdk(server: Stripe) -> Iterator[stripe.StripeClient]:
    """The provider's own client."""
    env = server.env()
    http = stripe.RequestsClient()
    where: Any = {"api": env["STRIPE_BASE_URL"]}
    yield stripe.StripeClient(
        env["STRIPE_API_KEY"], base_addresses=where, http_client=http, max_network_retries=0
    )
    http.close()


def until(ready: Callable[[], object], seconds: float = 30) -> None:
    """Wait until it is so."""
    deadline = time.monotonic() + seconds
    while not ready():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_what_it_knows_outlives_it(
    server: Stripe, sdk: stripe.StripeClient, knobs: StripeControl, ear: Ear
) -> None:
    secret = server.env()["STRIPE_WEBHOOK_SECRET"]
    knobs.speed(processing_seconds=2)
    knobs.webhook(ear.url, secret, hold=True)
    intents = sdk.v1.payment_intents
    paid = intents.create(MADE, {"idempotency_key": "once"})
    thinking = intents.create({**MADE, "payment_method": "pm_usBankAccount_success"})
    assert (paid.status, thinking.status) == ("succeeded", "processing")
    server.kill()
    server.start()
    assert intents.create(MADE, {"idempotency_key": "once"}).id == paid.id
    with pytest.raises(stripe.IdempotencyError):
        intents.create({**MADE, "amount": 1_000}, {"idempotency_key": "once"})
    until(lambda: intents.retrieve(thinking.id).status == "succeeded")
    assert [charge["amount"] for charge in knobs.calls()["charges"]] == [30_000, 30_000]


def test_events_are_sent_again_until_they_are_taken(
    server: Stripe, sdk: stripe.StripeClient, knobs: StripeControl, ear: Ear
) -> None:
    secret = server.env()["STRIPE_WEBHOOK_SECRET"]
    ear.refuse = 2
    knobs.webhook(ear.url, secret)
    knobs.faults({"match": {"path": "/webhook", "prompt_contains": "charge."}, "fault": "twice"})
    sdk.v1.payment_intents.create(MADE)
    until(lambda: len(knobs.calls()["delivered"]) == 4)
    kinds = ear.kinds(secret)
    assert set(kinds) == {
        "payment_intent.created",
        "payment_intent.succeeded",
        "charge.succeeded",
    }
    assert len(kinds) == 6
    with pytest.raises(stripe.SignatureVerificationError):
        ear.kinds("whsec_other")


def test_a_restart_sends_what_nobody_took(tmp_path: Path, ear: Ear) -> None:
    server = Stripe(State(tmp_path), ear.url.removesuffix("/hook"))
    env = server.env()
    http = stripe.RequestsClient()
    where: Any = {"api": env["STRIPE_BASE_URL"]}
    sdk = stripe.StripeClient(env["STRIPE_API_KEY"], base_addresses=where, http_client=http)
    ear.refuse = 3
    server.start()
    sdk.v1.payment_intents.create(MADE)
    until(lambda: len(ear.heard) == 3)
    server.kill()
    server.start()
    until(lambda: len(set(ear.kinds(env["STRIPE_WEBHOOK_SECRET"]))) == 3 and len(ear.heard) >= 6)
    server.stop()
    http.close()


def test_money_is_held_and_taken_later(sdk: stripe.StripeClient) -> None:
    intents = sdk.v1.payment_intents
    held = intents.create({**MADE, "capture_method": "manual"})
    assert (held.status, held.amount_capturable) == ("requires_capture", 30_000)
    with pytest.raises(stripe.InvalidRequestError, match="larger"):
        intents.capture(held.id, {"amount_to_capture": 30_001})
    taken = intents.capture(held.id, {"amount_to_capture": 10_000})
    assert (taken.status, taken.amount_received) == ("succeeded", 10_000)
    with pytest.raises(stripe.InvalidRequestError, match="greater"):
        sdk.v1.refunds.create({"payment_intent": held.id, "amount": 10_001})
    with pytest.raises(stripe.InvalidRequestError, match="has a status of succeeded"):
        intents.cancel(held.id)


def test_customers_and_their_methods(sdk: stripe.StripeClient) -> None:
    customer = sdk.v1.customers.create({"email": "minsu@example.com", "metadata": {"id": "cus_1"}})
    method = sdk.v1.payment_methods.create({"type": "card", "card": {"token": "tok_visa"}})
    sdk.v1.payment_methods.attach(method.id, {"customer": customer.id})
    intents = sdk.v1.payment_intents
    made = [
        intents.create({**MADE, "customer": customer.id, "payment_method": method.id})
        for _ in range(3)
    ]
    intents.create(MADE)
    listed = list(intents.list({"customer": customer.id, "limit": 2}).auto_paging_iter())
    assert [one.id for one in listed] == [one.id for one in reversed(made)]
    assert sdk.v1.customers.delete(customer.id).deleted
    numbers: Any = {"type": "card", "card": {"number": "4242424242424242"}}
    with pytest.raises(stripe.CardError, match="unsafe"):
        sdk.v1.payment_methods.create(numbers)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"amount": 0}, "amount"),
        ({"currency": "xxx"}, "currency"),
        ({"surprise": 1}, "surprise"),
        ({"payment_method": "pm_nobody"}, "payment_method"),
        ({"confirm": False, "return_url": "http://127.0.0.1:1"}, "return_url"),
        ({"automatic_payment_methods": {"enabled": True}}, "return_url"),
    ],
)
def test_what_the_api_would_refuse_is_refused(
    sdk: stripe.StripeClient, change: dict[str, Any], told: str
) -> None:
    with pytest.raises(stripe.InvalidRequestError) as refused:
        sdk.v1.payment_intents.create({**MADE, **change})
    assert refused.value.param == told


def test_forms_are_nested_by_brackets() -> None:
    assert form("a=1&b[c][d]=2&e[]=3&e[]=4&f[0][g]=5&f[1][g]=6&h=%5B") == {
        "a": "1",
        "b": {"c": {"d": "2"}},
        "e": ["3", "4"],
        "f": [{"g": "5"}, {"g": "6"}],
        "h": "[",
    }
    for broken in ("a[b=1", "a=1&a[b]=2", "[a]=1"):
        with pytest.raises(Refusal):
            form(broken)
