"""Refunds: /v1/refunds."""

from sandbox.stripe.charges import Charges
from sandbox.stripe.events import Events
from sandbox.stripe.intents import Call, listed
from sandbox.stripe.store import Store, new_id
from sandbox.stripe.tokens import method_of
from sandbox.stripe.wire import Json, Refusal, integer, only

CREATE = ("payment_intent", "charge", "amount", "reason", "metadata", "expand")


class Refunds:
    """Money on its way back; never more than was charged."""

    def __init__(self, store: Store, events: Events, charges: Charges) -> None:
        self._store, self._events, self._charges = store, events, charges

    def create(self, call: Call) -> Json:
        """POST /v1/refunds."""
        only(call.given, *CREATE)
        charge = self._charge(call.given)
        left = charge["amount_captured"] - charge["amount_refunded"]
        if left == 0:
            raise Refusal(400, "Charge has already been refunded.", code="charge_already_refunded")
        amount = integer(call.given, "amount")
        amount = left if amount is None else amount
        if not 1 <= amount <= left:
            message = f"Refund amount ({amount}) is greater than unrefunded amount ({left})."
            raise Refusal(400, message, param="amount")
        method = method_of(self._store.get(charge["payment_method"], "payment_method"))
        refund = self._store.add(self._new(call.given, charge, amount), charge["payment_intent"])
        charge["amount_refunded"] += amount
        charge["refunded"] = charge["amount_refunded"] == charge["amount_captured"]
        self._store.save(charge)
        if method.refund == "pending":
            self._to(refund, "pending", "created")
            self._later(refund["id"], "succeeded")
        else:
            self._to(refund, "succeeded", "created")
        if method.refund == "fails":
            self._later(refund["id"], "failed")
        self._events.add("charge.refunded", charge)
        return refund

    def retrieve(self, call: Call) -> Json:
        """GET /v1/refunds/{id}."""
        return self._store.get(call.id, "refund")

    def page(self, call: Call) -> Json:
        """GET /v1/refunds: the newest first, of one payment intent."""
        only(call.given, "payment_intent", "limit", "starting_after", "created", "expand")
        return listed(self._store, "refund", call.given, call.given.get("payment_intent"))

    def ended(self, id: str, status: str) -> None:
        """The bank's last word; what it refused is charged again."""
        refund = self._store.get(id, "refund")
        if refund["status"] in ("failed", "canceled"):
            return
        if status == "failed":
            charge = self._store.get(refund["charge"], "charge")
            charge["amount_refunded"] -= refund["amount"]
            charge["refunded"] = False
            self._store.save(charge)
            refund["failure_reason"] = "expired_or_canceled_card"
        self._to(refund, status, "failed" if status == "failed" else "updated")

    def _later(self, id: str, status: str) -> None:
        seconds = self._charges.processing_seconds
        self._charges.after(seconds, lambda: self.ended(id, status))

    def _charge(self, given: Json) -> Json:
        if given.get("charge"):
            return self._store.get(str(given["charge"]), "charge")
        intent = self._store.get(str(given.get("payment_intent")), "payment_intent")
        if intent["status"] != "succeeded":
            message = "This PaymentIntent does not have a successful charge to refund."
            raise Refusal(400, message, param="payment_intent")
        return self._store.get(intent["latest_charge"], "charge")

    def _new(self, given: Json, charge: Json, amount: int) -> Json:
        return {
            "id": new_id("re"),
            "object": "refund",
            "amount": amount,
            "charge": charge["id"],
            "currency": charge["currency"],
            "metadata": given.get("metadata") or {},
            "payment_intent": charge["payment_intent"],
            "reason": given.get("reason"),
            "status": "pending",
        }

    def _to(self, refund: Json, status: str, told: str) -> None:
        refund["status"] = status
        self._store.save(refund)
        self._events.add(f"refund.{told}", refund)
