"""PaymentIntents: /v1/payment_intents."""

import re
import secrets
import time
from dataclasses import dataclass

from sandbox.stripe.charges import Charges, unexpected
from sandbox.stripe.events import Events
from sandbox.stripe.methods import KINDS
from sandbox.stripe.store import Store, new_id
from sandbox.stripe.tokens import Wallet
from sandbox.stripe.wire import Json, Refusal, integer, needed, only, truth

CURRENCIES = ("krw", "usd", "eur", "jpy", "gbp")
# Stripe takes nothing below half a dollar or so.
LEAST = {"krw": 100, "jpy": 50}
LEAST_OTHERWISE = 50
CREATE = (
    "amount", "currency", "confirm", "customer", "description", "metadata", "payment_method",
    "payment_method_data", "payment_method_types", "automatic_payment_methods", "return_url",
    "capture_method", "receipt_email", "shipping", "off_session", "expand",
    "payment_method_options", "error_on_requires_action",
)  # fmt: skip
CONFIRM = ("payment_method", "payment_method_data", "return_url", "expand", "client_secret")
SECURE = ("cryptogram", "transaction_id", "version", "electronic_commerce_indicator",
          "ares_trans_status")  # fmt: skip
CANCELABLE = ("requires_payment_method", "requires_action", "requires_capture", "processing")
CLAUSE = re.compile(r"metadata\['([\w-]+)'\]:'([^']*)'|status:'(\w+)'")


@dataclass(frozen=True)
class Call:
    """One request to an endpoint: its form or query, the id of its path, and how it was sent."""

    given: Json
    id: str = ""
    origin: str = ""
    is_preview: bool = False


class Intents:
    """What customers are to pay."""

    def __init__(self, store: Store, events: Events, wallet: Wallet, charges: Charges) -> None:
        self._store, self._events = store, events
        self._wallet, self._charges = wallet, charges
        self.search_lag_seconds = 0.0

    def create(self, call: Call) -> Json:
        """POST /v1/payment_intents."""
        given = call.given
        only(given, *CREATE)
        confirm = truth(given, "confirm")
        if given.get("return_url") and not confirm:
            raise Refusal(400, "return_url needs confirm=true.", param="return_url")
        intent = self._new(given)
        method = self._method(call, intent)
        self._store.add(intent, parent=intent["customer"])
        self._events.add("payment_intent.created", intent)
        if confirm:
            self._confirm(call, intent, method)
        elif method:
            intent["status"], intent["payment_method"] = "requires_confirmation", method["id"]
            self._store.save(intent)
        return self._expanded(intent, given)

    def retrieve(self, call: Call) -> Json:
        """GET /v1/payment_intents/{id}."""
        return self._expanded(self._store.get(call.id, "payment_intent"), call.given)

    def update(self, call: Call) -> Json:
        """POST /v1/payment_intents/{id}: its metadata and description."""
        only(call.given, "metadata", "description")
        intent = self._store.get(call.id, "payment_intent")
        intent["metadata"] |= call.given.get("metadata") or {}
        intent["description"] = call.given.get("description", intent["description"])
        self._store.save(intent)
        return intent

    def confirm(self, call: Call) -> Json:
        """POST /v1/payment_intents/{id}/confirm."""
        only(call.given, *CONFIRM)
        intent = self._store.get(call.id, "payment_intent")
        if intent["status"] not in ("requires_payment_method", "requires_confirmation"):
            raise unexpected(intent, "confirm")
        method = self._method(call, intent)
        if method is None and intent["payment_method"]:
            method = self._store.get(intent["payment_method"], "payment_method")
        self._confirm(call, intent, method)
        return self._expanded(intent, call.given)

    def capture(self, call: Call) -> Json:
        """POST /v1/payment_intents/{id}/capture."""
        only(call.given, "amount_to_capture")
        intent = self._store.get(call.id, "payment_intent")
        if intent["status"] != "requires_capture":
            raise unexpected(intent, "capture")
        amount = integer(call.given, "amount_to_capture") or intent["amount_capturable"]
        if amount > intent["amount_capturable"]:
            raise Refusal(400, "The capture is larger than what was authorised.",
                          code="amount_too_large", param="amount_to_capture")  # fmt: skip
        self._charges.capture(intent, amount)
        return intent

    def cancel(self, call: Call) -> Json:
        """POST /v1/payment_intents/{id}/cancel."""
        only(call.given, "cancellation_reason")
        intent = self._store.get(call.id, "payment_intent")
        if intent["status"] not in (*CANCELABLE, "requires_confirmation"):
            raise unexpected(intent, "cancel")
        intent["status"], intent["canceled_at"] = "canceled", int(time.time())
        intent["cancellation_reason"] = call.given.get("cancellation_reason")
        intent["next_action"] = None
        self._store.save(intent)
        self._events.add("payment_intent.canceled", intent)
        return intent

    def page(self, call: Call) -> Json:
        """GET /v1/payment_intents: the newest first, by time and customer."""
        only(call.given, "limit", "starting_after", "created", "customer", "expand")
        page = listed(self._store, "payment_intent", call.given, call.given.get("customer"))
        return {**page, "data": self._each(page["data"], call.given)}

    def search(self, call: Call) -> Json:
        """GET /v1/payment_intents/search: `metadata['k']:'v'` and `status:'s'`, with AND."""
        only(call.given, "query", "limit", "page", "expand")
        clauses = needed(call.given, "query").split(" AND ")
        indexed = time.time() - self.search_lag_seconds
        found = [one for one in self._store.all("payment_intent") if one["created"] <= indexed]
        for clause in clauses:
            if (match := CLAUSE.fullmatch(clause.strip())) is None:
                raise Refusal(400, f"We were unable to parse your search query: {clause}.")
            key, value, status = match.groups()
            found = [
                one
                for one in found
                if (one["metadata"].get(key) == value if key else one["status"] == status)
            ]
        limit = integer(call.given, "limit") or 10
        data = self._each(found[::-1][:limit], call.given)
        return {"object": "search_result", "data": data, "has_more": False,
                "next_page": None, "url": "/v1/payment_intents/search"}  # fmt: skip

    def _new(self, given: Json) -> Json:
        currency, amount = needed(given, "currency").lower(), integer(given, "amount")
        if currency not in CURRENCIES:
            raise Refusal(400, f"Invalid currency: {currency}.", param="currency")
        if amount is None or amount < LEAST.get(currency, LEAST_OTHERWISE):
            code = "parameter_invalid_integer" if (amount or 0) < 1 else "amount_too_small"
            raise Refusal(400, "Amount must be larger.", code=code, param="amount")
        id, automatic = new_id("pi"), given.get("automatic_payment_methods") or {}
        fits = [kind for kind, currencies in KINDS.items() if currency in currencies]
        return {
            "id": id,
            "object": "payment_intent",
            "amount": amount,
            "amount_capturable": 0,
            "amount_received": 0,
            "automatic_payment_methods": {
                "enabled": automatic.get("enabled") == "true",
                "allow_redirects": automatic.get("allow_redirects", "always"),
            },
            "canceled_at": None,
            "cancellation_reason": None,
            "capture_method": given.get("capture_method", "automatic_async"),
            "client_secret": f"{id}_secret_{secrets.token_hex(12)}",
            "currency": currency,
            "customer": given.get("customer"),
            "description": given.get("description"),
            "last_payment_error": None,
            "latest_charge": None,
            "livemode": False,
            "metadata": given.get("metadata") or {},
            "next_action": None,
            "payment_method": None,
            "payment_method_types": given.get("payment_method_types") or ["card", *fits],
            "receipt_email": given.get("receipt_email"),
            "status": "requires_payment_method",
            "_return_url": given.get("return_url"),
            "_token": None,
        }

    def _method(self, call: Call, intent: Json) -> Json | None:
        """The payment method that a request brings."""
        if id := call.given.get("payment_method"):
            return self._wallet.named(str(id))
        data = call.given.get("payment_method_data")
        if not data:
            return None
        if token := data.get("shared_payment_granted_token"):
            if not call.is_preview:
                name = "payment_method_data[shared_payment_granted_token]"
                raise Refusal(400, f"Received unknown parameter: {name}",
                              code="parameter_unknown", param=name)  # fmt: skip
            intent["_token"] = token
            return self._wallet.borrowed(str(token), intent["amount"], intent["currency"])
        return self._wallet.of_data(data)

    def _confirm(self, call: Call, intent: Json, method: Json | None) -> None:
        if method is None:
            message = "You cannot confirm this PaymentIntent because it's missing a payment method."
            raise Refusal(400, message, code="payment_intent_unexpected_state")
        intent["_return_url"] = call.given.get("return_url") or intent["_return_url"]
        automatic = intent["automatic_payment_methods"]
        redirects = automatic["allow_redirects"] == "always"
        if automatic["enabled"] and redirects and not intent["_return_url"]:
            raise Refusal(400, "You must provide a `return_url`.", param="return_url")
        kind = method["type"]
        if kind in KINDS and intent["currency"] not in KINDS[kind]:
            message = f"The payment method `{kind}` cannot be used in {intent['currency']}."
            raise Refusal(400, message, code="payment_method_unsupported_type", param="currency")
        if kind in KINDS and automatic["enabled"] and not redirects:
            message = f"`{kind}` redirects, which this PaymentIntent does not allow."
            raise Refusal(400, message, param="automatic_payment_methods")
        self._charges.confirm(intent, method, call.origin, _imported(call.given))

    def _each(self, intents: list[Json], given: Json) -> list[Json]:
        whole = "data.payment_method" in (given.get("expand") or [])
        return [
            self._expanded(one, {"expand": ["payment_method"]} if whole else {}) for one in intents
        ]

    def _expanded(self, intent: Json, given: Json) -> Json:
        if "payment_method" in (given.get("expand") or []) and intent["payment_method"]:
            method = self._store.get(intent["payment_method"], "payment_method")
            return {**intent, "payment_method": method}
        return intent


def _imported(given: Json) -> Json | None:
    """3-D Secure that ran elsewhere, as `payment_method_options[card][three_d_secure]`."""
    options = given.get("payment_method_options") or {}
    only(options, "card")
    only(options.get("card") or {}, "three_d_secure")
    secure = (options.get("card") or {}).get("three_d_secure")
    if secure is None:
        return None
    only(secure, *SECURE)
    for name in ("cryptogram", "transaction_id", "version"):
        needed(secure, name)
    return dict(secure)


def listed(store: Store, kind: str, given: Json, parent: str | None) -> Json:
    """A page of objects, as Stripe lists them."""
    limit = integer(given, "limit") or 10
    if not 1 <= limit <= 100:
        raise Refusal(400, "limit must be between 1 and 100.", param="limit")
    span = given.get("created") or {}
    since, until = integer(span, "gte") or 0, integer(span, "lte") or 2**40
    rows, more = store.page(kind, limit, given.get("starting_after"), since, until, parent)
    return {"object": "list", "data": rows, "has_more": more, "url": f"/v1/{kind}s"}
