"""What happens to a confirmed intent: charged, declined, asked about, or thought over."""

import asyncio
import base64
import hashlib
import time
from collections.abc import Callable
from dataclasses import replace

from sandbox.stripe.events import Events
from sandbox.stripe.methods import UNBELIEVED, Method
from sandbox.stripe.store import Store, new_id
from sandbox.stripe.tokens import Wallet, method_of
from sandbox.stripe.wire import Json, Refusal

UNEXPECTED = "payment_intent_unexpected_state"


class Charges:
    """Moves intents from state to state, each step with its events."""

    def __init__(self, store: Store, events: Events, wallet: Wallet, seconds: float) -> None:
        self.processing_seconds = seconds
        self._store, self._events, self._wallet = store, events, wallet
        self._timers: set[asyncio.TimerHandle] = set()

    def confirm(self, intent: Json, method: Json, origin: str, secure: Json | None = None) -> None:
        """Pays with a method, as far as it goes without the customer. Raises 402 on a decline.

        `secure` is 3-D Secure that ran elsewhere: the bank asks no more, if it believes it.
        """
        behaves = method_of(method)
        if secure:
            behaves = UNBELIEVED if is_forged(secure) else replace(behaves, asks=False)
        intent["payment_method"], intent["last_payment_error"] = method["id"], None
        if behaves.asks:
            self._ask(intent, origin)
        elif behaves.later:
            self._process(intent)
        elif behaves.code:
            self._decline(intent, behaves)
            raise Refusal(402, behaves.message, kind="card_error", is_kept=True,
                          **_said(behaves), payment_intent=intent)  # fmt: skip
        else:
            self._pay(intent)

    def authenticated(self, id: str, ok: bool) -> Json:
        """The customer's answer to 3-D Secure, or in the app of a wallet."""
        intent = self._store.get(id, "payment_intent")
        if intent["status"] != "requires_action":
            raise unexpected(intent, "authenticated")
        behaves = self._behaviour(intent)
        intent["next_action"] = None
        if not ok:
            said = {"code": "payment_intent_authentication_failure",
                    "type": "invalid_request_error",
                    "message": "The provided PaymentMethod has failed authentication."}  # fmt: skip
            self._fail(intent, said)
        elif behaves.code:
            self._decline(intent, behaves)
        else:
            self._pay(intent)
        return intent

    def processed(self, id: str, ok: bool | None = None) -> Json:
        """The bank's decision on what was being processed; None: what the method is known for."""
        intent = self._store.get(id, "payment_intent")
        if intent["status"] != "processing":
            raise unexpected(intent, "processed")
        behaves = self._behaviour(intent)
        if behaves.later == "succeeds" if ok is None else ok:
            self._pay(intent)
        else:
            self._decline(intent, behaves)
        return intent

    def capture(self, intent: Json, amount: int) -> None:
        """Takes what was authorised."""
        self._take(intent, amount)

    def after(self, seconds: float, work: Callable[[], object]) -> None:
        """Does this later, in a transaction; what no longer fits then is left out."""

        def run() -> None:
            self._timers.discard(timer)
            try:
                with self._store.transaction():
                    work()
            except Refusal:
                self._events.drop()
            self._events.flush()

        timer = asyncio.get_running_loop().call_later(max(0.0, seconds), run)
        self._timers.add(timer)

    def resume(self) -> None:
        """Goes on with what was being processed when the last run ended."""
        for intent in self._store.all("payment_intent"):
            if intent["status"] == "processing":
                self._later(intent)

    def stop(self) -> None:
        """Does nothing more by itself."""
        for timer in self._timers:
            timer.cancel()

    def _behaviour(self, intent: Json) -> Method:
        return method_of(self._store.get(intent["payment_method"], "payment_method"))

    def _ask(self, intent: Json, origin: str) -> None:
        page = f"{origin}/sandbox/authenticate/{intent['id']}?key={intent['client_secret']}"
        where = {"url": page, "return_url": intent["_return_url"]}
        if intent["_return_url"]:
            intent["next_action"] = {"type": "redirect_to_url", "redirect_to_url": where}
        else:
            sdk = {"type": "three_d_secure_redirect", "stripe_js": page}
            intent["next_action"] = {"type": "use_stripe_sdk", "use_stripe_sdk": sdk}
        self._to(intent, "requires_action", "requires_action")

    def _process(self, intent: Json) -> None:
        intent["_due"] = time.time() + self.processing_seconds
        self._to(intent, "processing", "processing")
        self._later(intent)

    def _later(self, intent: Json) -> None:
        self.after(intent["_due"] - time.time(), lambda: self.processed(intent["id"]))

    def _pay(self, intent: Json) -> None:
        if intent["capture_method"] == "manual":
            intent["amount_capturable"] = intent["amount"]
            self._to(intent, "requires_capture", "amount_capturable_updated")
        else:
            self._take(intent, intent["amount"])

    def _take(self, intent: Json, amount: int) -> None:
        if intent["_token"]:
            self._wallet.spend(intent["_token"], amount)
        charge = self._charge(intent, "succeeded", amount)
        intent["latest_charge"], intent["amount_received"] = charge["id"], amount
        intent["amount_capturable"] = 0
        self._to(intent, "succeeded", "succeeded")
        self._events.add("charge.succeeded", charge)

    def _decline(self, intent: Json, behaves: Method) -> None:
        charge = self._charge(intent, "failed", intent["amount"], behaves.code)
        intent["latest_charge"] = charge["id"]
        told = {"type": "card_error", "message": behaves.message, **_said(behaves)}
        self._fail(intent, {**told, "charge": charge["id"]})
        self._events.add("charge.failed", charge)

    def _fail(self, intent: Json, error: Json) -> None:
        method = self._store.get(intent["payment_method"], "payment_method")
        kept = {name: method[name] for name in ("id", "object", "type", method["type"])}
        intent["last_payment_error"] = {**error, "payment_method": kept}
        intent["payment_method"] = None
        self._to(intent, "requires_payment_method", "payment_failed")

    def _charge(self, intent: Json, status: str, amount: int, code: str | None = None) -> Json:
        return self._store.add(
            {
                "id": new_id("ch"),
                "object": "charge",
                "amount": amount,
                "amount_captured": amount if status == "succeeded" else 0,
                "amount_refunded": 0,
                "captured": status == "succeeded",
                "currency": intent["currency"],
                "customer": intent["customer"],
                "failure_code": code,
                "livemode": False,
                "metadata": intent["metadata"],
                "paid": status == "succeeded",
                "payment_intent": intent["id"],
                "payment_method": intent["payment_method"],
                "refunded": False,
                "status": status,
            },
            parent=intent["id"],
        )

    def _to(self, intent: Json, status: str, told: str) -> None:
        intent["status"] = status
        self._store.save(intent)
        self._events.add(f"payment_intent.{told}", intent)


def is_forged(secure: Json) -> bool:
    """Whether a cryptogram is none of the bank's: ours signs what it saw, and nothing else."""
    return str(secure["cryptogram"]) != cryptogram_of(str(secure["transaction_id"]))


def cryptogram_of(transaction_id: str) -> str:
    """What this bank gives for an authentication: 20 bytes in Base64."""
    return base64.b64encode(hashlib.sha256(transaction_id.encode()).digest()[:20]).decode()


def unexpected(intent: Json, action: str) -> Refusal:
    """The intent's state does not allow it."""
    message = (
        f"You cannot {action} this PaymentIntent because it has a status of {intent['status']}."
    )
    return Refusal(400, message, code=UNEXPECTED, payment_intent=intent)


def _said(behaves: Method) -> Json:
    return {"code": behaves.code, "decline_code": behaves.decline_code}
