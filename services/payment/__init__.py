"""Payments: an intent first, then the provider, then what follows; nothing stays open."""

from services.payment.intent import Wish, begin, charge_request
from services.payment.news import forget_old, hear
from services.payment.observe import observe
from services.payment.reconcile import attempt, due, give_up, reconcile, sweep
from services.payment.settle import settle
from services.payment.tasks import PaymentChanged, ReconcilePayment

__all__ = [
    "PaymentChanged",
    "ReconcilePayment",
    "Wish",
    "attempt",
    "begin",
    "charge_request",
    "due",
    "forget_old",
    "give_up",
    "hear",
    "observe",
    "reconcile",
    "settle",
    "sweep",
]
