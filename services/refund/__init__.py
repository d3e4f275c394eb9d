"""Refunds: written down first, then asked for, never more than was paid."""

from services.refund.intent import RefundTooLarge, again, intend, refundable
from services.refund.settle import due, pay_back, settle, sweep
from services.refund.tasks import PayBack, RefundChanged

__all__ = [
    "PayBack",
    "RefundChanged",
    "RefundTooLarge",
    "again",
    "due",
    "intend",
    "pay_back",
    "refundable",
    "settle",
    "sweep",
]
