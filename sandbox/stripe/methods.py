"""Stripe's test payment methods: how each behaves."""

from dataclasses import dataclass
from typing import Literal

type Later = Literal["succeeds", "fails"]

MESSAGES = {
    "expired_card": "Your card has expired.",
    "incorrect_cvc": "Your card's security code is incorrect.",
    "processing_error": "An error occurred while processing your card. Try again in a little bit.",
    "insufficient_funds": "Your card has insufficient funds.",
    "authentication_required": "Your card was declined. This transaction requires authentication.",
}


@dataclass(frozen=True)
class Method:
    """`code` declines; `asks` sends the customer elsewhere first; `later` is a bank that thinks."""

    kind: str = "card"
    brand: str = "visa"
    last4: str = "4242"
    code: str | None = None
    decline_code: str | None = None
    asks: bool = False
    later: Later | None = None
    refund: Literal["pending", "fails"] | None = None

    @property
    def message(self) -> str:
        """What Stripe says to the customer about a decline."""
        said = MESSAGES.get(self.decline_code or "") or MESSAGES.get(self.code or "")
        return said or "Your card was declined."


def _declined(decline_code: str, **more: bool) -> Method:
    return Method(last4="0002", code="card_declined", decline_code=decline_code, **more)  # type: ignore[arg-type]


DECLINES = {
    "chargeDeclined": _declined("generic_decline"),
    "chargeDeclinedInsufficientFunds": _declined("insufficient_funds"),
    "chargeDeclinedLostCard": _declined("lost_card"),
    "chargeDeclinedStolenCard": _declined("stolen_card"),
    "chargeDeclinedFraudulent": _declined("fraudulent"),
    "chargeDeclinedVelocityLimitExceeded": _declined("card_velocity_exceeded"),
    "chargeDeclinedExpiredCard": Method(last4="0069", code="expired_card"),
    "chargeDeclinedIncorrectCvc": Method(last4="0127", code="incorrect_cvc"),
    "chargeDeclinedProcessingError": Method(last4="0119", code="processing_error"),
}
UNBELIEVED = _declined("authentication_required")
ASKS = {
    "authenticationRequired": Method(last4="3155", asks=True),
    "threeDSecure2Required": Method(last4="3220", asks=True),
    "threeDSecureRequired": Method(last4="3063", asks=True),
    "authenticationRequiredChargeDeclinedInsufficientFunds": _declined(
        "insufficient_funds", asks=True
    ),
}
BANKS: dict[str, Method] = {
    "success": Method("us_bank_account", "", "6789", later="succeeds"),
    "insufficientFunds": Method("us_bank_account", "", "2222", "payment_method_not_available",
                                "insufficient_funds", later="fails"),
    "accountClosed": Method("us_bank_account", "", "1113", "payment_method_not_available",
                            "account_closed", later="fails"),
    "debitNotAuthorized": Method("us_bank_account", "", "3335", "payment_method_not_available",
                                 "debit_not_authorized", later="fails"),
}  # fmt: skip
METHODS: dict[str, Method] = {
    **{f"pm_card_{name}": method for name, method in (DECLINES | ASKS).items()},
    **{f"pm_card_visa_{name}": method for name, method in DECLINES.items()},
    **{f"pm_usBankAccount_{name}": method for name, method in BANKS.items()},
    "pm_card_visa": Method(),
    "pm_card_visa_debit": Method(last4="5556"),
    "pm_card_mastercard": Method(brand="mastercard", last4="4444"),
    "pm_card_amex": Method(brand="amex", last4="8431"),
    "pm_card_jcb": Method(brand="jcb", last4="0505"),
    "pm_card_unionpay": Method(brand="unionpay", last4="0005"),
    "pm_card_kr": Method(brand="visa", last4="0009"),
    "pm_card_us": Method(),
    "pm_card_pendingRefund": Method(last4="7726", refund="pending"),
    "pm_card_refundFail": Method(last4="5126", refund="fails"),
}
TOKENS = {"tok_visa": "pm_card_visa", "tok_mastercard": "pm_card_mastercard",
          "tok_kr": "pm_card_kr", "tok_chargeDeclined": "pm_card_chargeDeclined"}  # fmt: skip

# Kinds that send the customer to an app or a bank's page, with the currencies they take.
KINDS = {
    "kakao_pay": ("krw",),
    "naver_pay": ("krw",),
    "samsung_pay": ("krw",),
    "payco": ("krw",),
    "kr_card": ("krw",),
    "amazon_pay": ("usd",),
    "cashapp": ("usd",),
    "alipay": ("usd", "krw"),
}


def of_kind(kind: str) -> Method:
    """A wallet or local card: the customer is asked elsewhere."""
    return Method(kind, "", "", asks=True)
