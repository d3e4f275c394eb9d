"""Payment methods, and shared payment tokens: a customer's method lent to us, up to a limit."""

import time
from dataclasses import asdict

from sandbox.stripe.events import Events
from sandbox.stripe.methods import KINDS, METHODS, TOKENS, Method, of_kind
from sandbox.stripe.store import Store, new_id
from sandbox.stripe.wire import Json, Refusal, integer, needed, only

GRANTED = "shared_payment.granted_token"
DAY = 86_400


class Wallet:
    """What can be paid with."""

    def __init__(self, store: Store, events: Events) -> None:
        self._store, self._events = store, events

    def create(self, given: Json) -> Json:
        """POST /v1/payment_methods: of a kind, or a card by a test token."""
        only(given, "type", "card", "metadata", "billing_details")
        kind = needed(given, "type")
        if kind == "card":
            name = TOKENS.get(str((given.get("card") or {}).get("token")))
            if name is None:
                raise Refusal(402, "Sending card numbers to the API is unsafe.", param="card")
            return self.made(METHODS[name])
        return self.made(self._kind(kind))

    def retrieve(self, id: str) -> Json:
        """GET /v1/payment_methods/{id}."""
        return self._store.get(id, "payment_method")

    def attach(self, id: str, given: Json) -> Json:
        """POST /v1/payment_methods/{id}/attach."""
        only(given, "customer")
        method = self.named(id)
        method["customer"] = self._store.get(needed(given, "customer"), "customer")["id"]
        self._store.save(method)
        return method

    def made(self, method: Method) -> Json:
        """A new payment method that behaves like this one."""
        shown = {"brand": method.brand, "last4": method.last4, "exp_month": 12, "exp_year": 2034}
        return self._store.add(
            {
                "id": new_id("pm"),
                "object": "payment_method",
                "type": method.kind,
                "billing_details": {},
                "customer": None,
                "livemode": False,
                "metadata": {},
                method.kind: shown if method.last4 else {},
                "_method": asdict(method),
            }
        )

    def named(self, id: str) -> Json:
        """A payment method by its id, or a new one by a test name."""
        if id in METHODS:
            return self.made(METHODS[id])
        if (known := self._store.find(id, "payment_method")) is None:
            code = "resource_missing"
            raise Refusal(400, f"No such PaymentMethod: '{id}'", code=code, param="payment_method")
        return known

    def of_data(self, given: Json) -> Json:
        """A payment method by `payment_method_data[type]`."""
        only(given, "type", "billing_details", "metadata")
        return self.made(self._kind(needed(given, "type")))

    def grant(self, given: Json) -> Json:
        """POST /v1/test_helpers/shared_payment/granted_tokens."""
        only(given, "payment_method", "usage_limits", "customer", "shared_metadata")
        limits = given.get("usage_limits") or {}
        method = self.named(needed(given, "payment_method"))
        expires = integer(limits, "expires_at") or int(time.time()) + DAY
        token = {
            "id": new_id("spt"),
            "object": GRANTED,
            "agent_details": {},
            "customer": given.get("customer"),
            "deactivated_at": None,
            "deactivated_reason": None,
            "livemode": False,
            "payment_method_details": {"type": method["type"]},
            "risk_details": {},
            "shared_metadata": given.get("shared_metadata") or {},
            "usage_details": {
                "amount_captured": {"currency": needed(limits, "currency"), "value": 0}
            },
            "usage_limits": {
                "currency": needed(limits, "currency"),
                "max_amount": integer(limits, "max_amount") or 0,
                "expires_at": expires,
            },
            "_payment_method": method["id"],
        }
        return self._store.add(token)

    def granted(self, id: str) -> Json:
        """GET /v1/shared_payment/granted_tokens/{id}."""
        return self._store.get(id, GRANTED)

    def revoke(self, id: str) -> Json:
        """POST /v1/test_helpers/shared_payment/granted_tokens/{id}/revoke."""
        token = self._store.get(id, GRANTED)
        if token["deactivated_at"] is None:
            self._end(token, "revoked")
        return token

    def borrowed(self, id: str, amount: int, currency: str) -> Json:
        """The method behind a token that may pay this much now, or 400.

        A test name such as `spt_card_visa` is a token without limits for `pm_card_visa`.
        """
        token = self._store.find(id, GRANTED)
        if token is None and id.startswith("spt_") and (name := f"pm_{id[4:]}") in METHODS:
            return self.made(METHODS[name])
        if token is None:
            raise _refused(f"No such shared payment token: '{id}'", "resource_missing")
        limits, used = token["usage_limits"], token["usage_details"]["amount_captured"]["value"]
        if token["deactivated_at"] is not None:
            raise _refused("The shared payment token is not active.", "token_deactivated")
        if limits["expires_at"] <= time.time():
            self._end(token, "expired")
            raise _refused("The shared payment token has expired.", "token_expired")
        if limits["currency"] != currency:
            raise _refused("The shared payment token is for another currency.", "currency_mismatch")
        if used + amount > limits["max_amount"]:
            raise _refused("The amount exceeds the token's usage limits.", "amount_too_large")
        return self._store.get(token["_payment_method"], "payment_method")

    def spend(self, id: str, amount: int) -> None:
        """Counts what was paid with a token, if it has limits."""
        if (token := self._store.find(id, GRANTED)) is None:
            return
        used = token["usage_details"]["amount_captured"]
        used["value"] += amount
        self._store.save(token)
        self._events.add(f"{GRANTED}.used", token)
        if used["value"] >= token["usage_limits"]["max_amount"]:
            self._end(token, "consumed")

    def _end(self, token: Json, reason: str) -> None:
        token["deactivated_at"], token["deactivated_reason"] = int(time.time()), reason
        self._store.save(token)
        self._events.add(f"{GRANTED}.deactivated", token)

    def _kind(self, kind: str) -> Method:
        if kind not in KINDS:
            raise Refusal(400, f"Invalid type: {kind}", param="payment_method_data[type]")
        return of_kind(kind)


def method_of(object: Json) -> Method:
    """How a payment method behaves."""
    return Method(**object["_method"])


def _refused(message: str, code: str) -> Refusal:
    param = "payment_method_data[shared_payment_granted_token]"
    return Refusal(400, message, code=code, param=param)
