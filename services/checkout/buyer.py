"""Who may see and change a checkout."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from core.errors import InvalidInput, NotFound
from core.idempotency import once
from core.outbox import UnitOfWork
from core.viewer import Viewer
from models.checkout import Checkout

# Strangers share one scope of keys, so theirs have to be hard to guess.
STRANGERS_KEY = 16


@dataclass(frozen=True)
class Buyer:
    """A person, signed in or not, or a partner's agent."""

    viewer: Viewer
    partner_id: str | None = None

    @property
    def customer_id(self) -> str | None:
        """The customer, if somebody is signed in."""
        return self.viewer.customer_id

    def may_use(self, checkout: Checkout) -> bool:
        """Tell whether it is theirs: by account, by partner, or because nobody owns it.

        Who knows the id of one without an owner holds it, as one holds a basket in a shop.
        """
        if self.partner_id:
            return checkout.partner_id == self.partner_id
        return checkout.customer_id in (None, self.customer_id)


async def locked(uow: UnitOfWork, buyer: Buyer, id: str) -> Checkout:
    """Return the row, locked. Raises NotFound, also where it is somebody else's."""
    row = await uow.session.get(Checkout, id, with_for_update=True, populate_existing=True)
    if row is None or not buyer.may_use(row):
        raise NotFound("input.checkoutId")
    return row


def named(buyer: Buyer, operation: str, checkout_id: str | None) -> str:
    """Name an operation for its idempotency keys: strangers' keys count for one checkout."""
    if buyer.customer_id is None and checkout_id:
        return f"{operation}:{checkout_id}"
    return operation


async def keyed(
    uow: UnitOfWork,
    buyer: Buyer,
    operation: str,
    key: str,
    request: Mapping[str, Any],
    work: Callable[[], Awaitable[str]],
) -> str:
    """Do the work once for this key, and return the id it gave.

    Raises IdempotencyConflict, InvalidInput.
    """
    if buyer.customer_id is None:
        checkout_id = request.get("checkout_id")
        operation = named(buyer, operation, checkout_id)
        if not checkout_id and len(key) < STRANGERS_KEY:
            reason = {
                "ko": f"로그인하지 않았다면 idempotencyKey는 {STRANGERS_KEY}자 이상이어야 합니다.",
                "en": f"Without signing in, idempotencyKey needs {STRANGERS_KEY} characters.",
            }
            raise InvalidInput("input.idempotencyKey", reason)
    return await once(uow, buyer.viewer, operation, key, request, work)
