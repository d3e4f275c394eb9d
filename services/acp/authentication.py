"""3-D Secure: what agents need to run it, and what becomes of what they say of it.

An agent's word decides nothing: the provider is asked how the payment stands, and the card's bank
judges the cryptogram.
"""

from collections.abc import Mapping
from typing import Any

from core.i18n import Text, pick
from core.settings import Settings
from gateways.payments import Authentication
from services.acp import messages
from services.acp.errors import AcpError

PARAM = "$.authentication_result"
# The letters of the networks for what may be paid with; whatever else came of it may not.
PROCEEDS = {"authenticated": "Y", "attempt_acknowledged": "A", "informational": "I"}
REFUSED = frozenset({"denied", "rejected"})
SERVERS = {"visa": "visa", "mastercard": "mastercard", "amex": "american_express"}
MAX_DETAIL = 100
ASKED: Text = {
    "ko": "은행이 구매자의 인증을 기다립니다. 인증을 마친 뒤 authentication_result와 함께 다시 "
    "요청하거나, 구매자에게 continue_url을 보여 주세요.",
    "en": "The bank is asking the buyer. Complete with the authentication_result once they have "
    "answered, or show them continue_url.",
}
DENIED: Text = {
    "ko": "은행이 구매자를 인증하지 않았습니다. 다른 결제 수단으로 다시 완료해 주세요.",
    "en": "The bank did not authenticate the buyer. Complete again with another way to pay.",
}
UNDONE: Text = {
    "ko": "인증이 끝나지 않아 결제하지 않았습니다. 다시 완료할 수 있습니다.",
    "en": "The authentication was not finished, so nothing was paid. You may complete again.",
}


def outcome_of(body: Mapping[str, Any]) -> str | None:
    """Return what an agent says came of 3-D Secure, if it says so."""
    told = body.get("authentication_result")
    return str(told["outcome"]) if told else None


def proof_of(body: Mapping[str, Any], settings: Settings) -> Authentication | None:
    """Return what the bank is to judge; None where nobody could have run it. Raises AcpError."""
    told = body.get("authentication_result")
    if not told or settings.three_ds_acquirer is None or told["outcome"] not in PROCEEDS:
        return None
    details = {name: str(value) for name, value in told["outcome_details"].items()}
    for name, value in details.items():
        if not 1 <= len(value) <= MAX_DETAIL:
            where = f"{PARAM}.outcome_details.{name}"
            raise AcpError(400, "invalid", "That is not what a bank gives.", param=where)
    return Authentication(
        cryptogram=details["three_ds_cryptogram"],
        indicator=details["electronic_commerce_indicator"],
        transaction_id=details["transaction_id"],
        version=details["version"],
        status=PROCEEDS[told["outcome"]],
    )


def unanswered(locale: str) -> AcpError:
    """The bank asks the buyer, and the request does not say what came of it."""
    return AcpError(400, "requires_3ds", pick(ASKED, locale), param=PARAM)


def failure(outcome: str, locale: str) -> dict[str, Any]:
    """Return the message of a payment that was given up because of its 3-D Secure."""
    denied = outcome in REFUSED
    text = f"{pick(DENIED if denied else UNDONE, locale)} ({outcome})"
    resolution = "requires_buyer_input" if denied else "recoverable"
    return messages.error("payment_declined", text, resolution, PARAM)


def interventions(settings: Settings) -> list[str]:
    """Return what agents may do with buyers in our place."""
    return ["3ds"] if settings.three_ds_acquirer else []


def supported(asked: Mapping[str, Any], settings: Settings) -> list[str]:
    """Return what both sides can do, of what an agent said that it can."""
    theirs = asked.get("interventions", {}).get("supported", ())
    return [one for one in interventions(settings) if one in theirs]


def metadata(
    asked: Mapping[str, Any], settings: Settings, network: str | None
) -> dict[str, Any] | None:
    """Return what an agent runs 3-D Secure with; None where it cannot, or not for this card."""
    acquirer, server = settings.three_ds_acquirer, SERVERS.get(network or "")
    if acquirer is None or server is None or "3ds" not in supported(asked, settings):
        return None
    return {
        "acquirer_details": acquirer.model_dump(exclude_none=True),
        "directory_server": server,
        "flow_preference": {"type": "challenge", "challenge": {"type": "mandated"}},
    }
