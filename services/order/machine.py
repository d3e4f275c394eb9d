"""What may follow what in the life of an order, and who may make it so (row E2).

A refund of a part changes the status only when nothing is left to send: until then an order goes
on its way, and `refunds` tell what went back.
"""

from collections.abc import Mapping

from core.outbox import UnitOfWork
from models.order import Actor, Order, OrderEvent, OrderStatus
from services.order.errors import OrderStateConflict
from services.order.tasks import order_changed

S = OrderStatus
BUYER = frozenset({Actor.CUSTOMER, Actor.AGENT})
STAFF = frozenset({Actor.STAFF})
CARRIER = frozenset({Actor.STAFF, Actor.PROVIDER})
MONEY = frozenset({Actor.PROVIDER, Actor.SYSTEM})
ANYONE = frozenset(Actor)
REFUNDS = {S.PARTIALLY_REFUNDED: STAFF, S.REFUNDED: STAFF}
RETURNS = {S.RETURN_REQUESTED: BUYER | STAFF, S.RETURNED: STAFF}

NEXT: Mapping[OrderStatus, Mapping[OrderStatus, frozenset[Actor]]] = {
    S.PLACED: {S.PAID: MONEY, S.CANCELED: ANYONE},
    S.PAID: {
        S.FULFILLING: STAFF,
        S.SHIPPED: STAFF,
        S.CANCELED: ANYONE - {Actor.PROVIDER},
        S.REFUNDED: STAFF,
    },
    S.FULFILLING: {S.SHIPPED: STAFF, S.REFUNDED: STAFF},
    S.SHIPPED: {S.DELIVERED: CARRIER, **RETURNS, S.REFUNDED: STAFF},
    S.DELIVERED: {**RETURNS, **REFUNDS},
    S.CANCELED: {},
    S.PARTIALLY_REFUNDED: {**RETURNS, S.REFUNDED: STAFF},
    S.REFUNDED: {},
    S.RETURN_REQUESTED: {S.SHIPPED: STAFF, S.DELIVERED: STAFF, S.RETURNED: STAFF, **REFUNDS},
    S.RETURNED: {S.RETURN_REQUESTED: BUYER | STAFF, **REFUNDS},
}


def next_states(order: Order) -> list[OrderStatus]:
    """Return what may come next, by anybody's hand, in the order of the journey."""
    return [status for status in S if status in NEXT[order.status]]


def may(status: OrderStatus, to: OrderStatus, actor: Actor) -> bool:
    """Tell whether this actor may bring an order from one state to another."""
    return actor in NEXT[status].get(to, ())


def require(order: Order, to: OrderStatus, actor: Actor) -> None:
    """Raise OrderStateConflict unless this actor may make this the next state."""
    if not may(order.status, to, actor):
        raise OrderStateConflict(order.status, next_states(order))


def move(
    uow: UnitOfWork,
    order: Order,
    to: OrderStatus,
    actor: Actor,
    actor_id: str | None = None,
    reason: str | None = None,
) -> None:
    """Bring a locked order to this state, and write down who did it and why.

    Raises OrderStateConflict.
    """
    require(order, to, actor)
    _write(uow, order, to, actor, actor_id, reason)


def note(
    uow: UnitOfWork, order: Order, actor: Actor, actor_id: str | None, reason: str | None
) -> None:
    """Write down what happened to a locked order whose state stays as it is."""
    _write(uow, order, order.status, actor, actor_id, reason)


def begin(uow: UnitOfWork, order: Order, actor: Actor, actor_id: str | None) -> None:
    """Write the first line of a new order's history."""
    uow.session.add(_event(uow, order, None, order.status, actor, actor_id, None))
    uow.send(order_changed(order.id))


def _write(
    uow: UnitOfWork,
    order: Order,
    to: OrderStatus,
    actor: Actor,
    actor_id: str | None,
    reason: str | None,
) -> None:
    uow.session.add(_event(uow, order, order.status, to, actor, actor_id, reason))
    order.status = to
    uow.send(order_changed(order.id))


def _event(
    uow: UnitOfWork,
    order: Order,
    before: OrderStatus | None,
    after: OrderStatus,
    actor: Actor,
    actor_id: str | None,
    reason: str | None,
) -> OrderEvent:
    event = OrderEvent(order_id=order.id, before=before, after=after, actor=actor, at=uow.now())
    event.actor_id, event.reason = actor_id, reason
    return event
