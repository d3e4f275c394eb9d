"""Customers: /v1/customers."""

from sandbox.stripe.intents import Call, listed
from sandbox.stripe.store import Store, new_id
from sandbox.stripe.wire import Json, only

FIELDS = ("email", "name", "phone", "description")


class Customers:
    """Who pays."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def create(self, call: Call) -> Json:
        """POST /v1/customers."""
        only(call.given, *FIELDS, "metadata", "expand")
        told = {name: call.given.get(name) for name in FIELDS}
        metadata = call.given.get("metadata") or {}
        customer = {"id": new_id("cus"), "object": "customer", "livemode": False, **told}
        return self._store.add({**customer, "metadata": metadata})

    def retrieve(self, call: Call) -> Json:
        """GET /v1/customers/{id}."""
        return self._store.get(call.id, "customer")

    def page(self, call: Call) -> Json:
        """GET /v1/customers."""
        only(call.given, "limit", "starting_after", "created", "expand")
        return listed(self._store, "customer", call.given, None)

    def update(self, call: Call) -> Json:
        """POST /v1/customers/{id}."""
        only(call.given, *FIELDS, "metadata", "expand")
        customer = self._store.get(call.id, "customer")
        customer |= {name: call.given[name] for name in FIELDS if name in call.given}
        customer["metadata"] |= call.given.get("metadata") or {}
        self._store.save(customer)
        return customer

    def delete(self, call: Call) -> Json:
        """DELETE /v1/customers/{id}: its metadata and addresses go, the id stays known."""
        customer = self._store.get(call.id, "customer")
        customer |= dict.fromkeys(FIELDS) | {"metadata": {}, "deleted": True}
        self._store.save(customer)
        return {"id": call.id, "object": "customer", "deleted": True}
