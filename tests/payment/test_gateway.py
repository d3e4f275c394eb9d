"""Every answer of the provider, through its own SDK, from a server that speaks its wire."""

import asyncio
import logging
import time
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
import stripe

from core.ids import new_id
from gateways.payments import (
    ChargeOutcome,
    ChargeRequest,
    ChargeState,
    PaymentsRefused,
    PaymentsUnavailable,
    RefundRequest,
    RefundState,
    StripePayments,
)
from sandbox.stack import Stack
from sandbox.stripe.server import StripeControl
from tests.conftest import settings_of

S = ChargeState
BACK = "http://127.0.0.1:1/back"
CREATE = {"method": "POST", "path": "/v1/payment_intents"}
PREVIEW = "2026-09-30.preview"
LOST = "lost_reply_after_acceptance"


def asked(method: str | None = "pm_card_visa", **more: Any) -> ChargeRequest:
    """Thirty thousand won, for a payment of its own."""
    given = {"amount": 30_000, "currency": "KRW", "return_url": BACK, **more}
    return ChargeRequest(
        payment_id=new_id("pay"),
        checkout_id="chk_1",
        asked_at=datetime.now(UTC),
        method=method,
        **given,
    )


def taken(bank: StripeControl, *requests: ChargeRequest) -> list[Any]:
    """The charges that were made for these."""
    ids = {request.payment_id for request in requests}
    return [c for c in bank.calls()["charges"] if c["metadata"].get("payment_id") in ids]  # type: ignore[attr-defined]


def client(stack: Stack, version: str | None = None) -> stripe.StripeClient:
    """The SDK by itself, as an agent's side has it."""
    return stripe.StripeClient(
        stack.env["STRIPE_API_KEY"],
        base_addresses={"api": stack.env["STRIPE_BASE_URL"]},
        stripe_version=version,
    )


def back(charge: ChargeOutcome, amount: int) -> RefundRequest:
    """A refund of so much."""
    return RefundRequest(new_id("rfd"), "pay_1", str(charge.provider_id), amount)


@pytest.mark.parametrize(
    ("method", "state", "code"),
    [
        ("pm_card_visa", S.SUCCEEDED, None),
        ("pm_card_chargeDeclined", S.FAILED, "generic_decline"),
        ("pm_card_chargeDeclinedInsufficientFunds", S.FAILED, "insufficient_funds"),
        ("pm_card_chargeDeclinedExpiredCard", S.FAILED, "expired_card"),
        ("pm_card_chargeDeclinedIncorrectCvc", S.FAILED, "incorrect_cvc"),
        ("pm_card_authenticationRequired", S.REQUIRES_ACTION, None),
        ("kakao_pay", S.REQUIRES_ACTION, None),
        ("naver_pay", S.REQUIRES_ACTION, None),
        ("pm_usBankAccount_success", S.PROCESSING, None),
        (None, S.REQUIRES_PAYMENT_METHOD, None),
    ],
)
async def test_each_outcome(
    payments: StripePayments,
    bank: StripeControl,
    method: str | None,
    state: ChargeState,
    code: str | None,
) -> None:
    request = asked(method)
    outcome = await payments.charge(request)
    assert (outcome.state, outcome.decline_code) == (state, code)
    assert (outcome.amount, outcome.currency) == (30_000, "KRW")
    assert len(taken(bank, request)) == (state is S.SUCCEEDED)
    assert (outcome.redirect_url is not None) == (state is S.REQUIRES_ACTION)
    found = await payments.find(request, outcome.provider_id)
    assert found is not None
    assert found.state is state
    assert await payments.find(request, None) == found


async def test_won_have_no_cents_and_dollars_do(
    payments: StripePayments, bank: StripeControl
) -> None:
    won, dollars = asked(), asked(amount=2_450, currency="USD")
    await payments.charge(won)
    await payments.charge(dollars)
    sums = [(charge["amount"], charge["currency"]) for charge in taken(bank, won, dollars)]
    assert sums == [(30_000, "krw"), (2_450, "usd")]


async def test_a_declined_charge_cannot_be_paid_later(
    payments: StripePayments, stack: Stack
) -> None:
    outcome = await payments.charge(asked("pm_card_chargeDeclined"))
    intents = client(stack).v1.payment_intents
    kept = intents.retrieve(str(outcome.provider_id))
    assert kept.status == "canceled"
    with pytest.raises(stripe.InvalidRequestError) as refused:
        intents.confirm(str(outcome.provider_id), {"payment_method": "pm_card_visa"})
    assert refused.value.code == "payment_intent_unexpected_state"


async def test_a_hundred_lost_replies_are_a_hundred_charges(
    payments: StripePayments, bank: StripeControl
) -> None:
    requests = [asked() for _ in range(100)]
    bank.faults({"match": CREATE, "fault": LOST, "times": -1})
    lost = await asyncio.gather(*map(payments.charge, requests), return_exceptions=True)
    assert all(isinstance(one, PaymentsUnavailable) for one in lost)
    bank.faults()
    outcomes = await asyncio.gather(*map(payments.charge, requests))
    assert {outcome.state for outcome in outcomes} == {S.SUCCEEDED}
    charges = taken(bank, *requests)
    assert len(charges) == 100
    assert len({charge["metadata"]["payment_id"] for charge in charges}) == 100


async def test_a_single_lost_reply_is_not_even_noticed(
    payments: StripePayments, bank: StripeControl
) -> None:
    request = asked()
    bank.faults({"match": CREATE, "fault": LOST})
    assert (await payments.charge(request)).state is S.SUCCEEDED
    assert len(taken(bank, request)) == 1


async def test_a_key_is_good_for_one_request(payments: StripePayments, bank: StripeControl) -> None:
    request = asked()
    await payments.charge(request)
    other = ChargeRequest(**{**vars(request), "amount": 1_000})
    with pytest.raises(PaymentsUnavailable, match="IdempotencyError"):
        await payments.charge(other)
    assert [charge["amount"] for charge in taken(bank, request)] == [30_000]


async def test_twice_at_once_is_one_charge(payments: StripePayments, bank: StripeControl) -> None:
    request = asked()
    bank.faults({"match": CREATE, "fault": "slow", "seconds": 0.3})
    both = await asyncio.gather(payments.charge(request), payments.charge(request))
    assert both[0] == both[1]
    assert len(taken(bank, request)) == 1


@pytest.mark.parametrize("fault", ["429", "500", "malformed", "cut_stream"])
async def test_without_an_answer_nothing_is_assumed(
    payments: StripePayments, bank: StripeControl, fault: str
) -> None:
    request = asked()
    bank.faults({"match": CREATE, "fault": fault, "times": 2})
    with pytest.raises(PaymentsUnavailable):
        await payments.charge(request)
    bank.faults()
    assert (await payments.charge(request)).state is S.SUCCEEDED
    assert len(taken(bank, request)) == 1


async def test_a_failure_that_is_kept_under_the_key_is_looked_up(
    payments: StripePayments, bank: StripeControl
) -> None:
    request = asked()
    bank.faults({"match": CREATE, "fault": "500", "code": "after"})
    with pytest.raises(PaymentsUnavailable):
        await payments.charge(request)
    with pytest.raises(PaymentsUnavailable):
        await payments.charge(request)
    found = await payments.find(request, None)
    assert found is not None
    assert found.state is S.SUCCEEDED
    assert len(taken(bank, request)) == 1


async def test_what_the_search_does_not_know_yet_is_found(
    payments: StripePayments, bank: StripeControl
) -> None:
    bank.speed(search_lag_seconds=3_600)
    request = asked()
    made = await payments.charge(request)
    for _ in range(3):
        await payments.charge(asked())
    found = await payments.find(request, None)
    assert found is not None
    assert found.provider_id == made.provider_id
    assert await payments.find(asked(), None) is None


async def test_a_request_that_hangs_ends_in_time(stack: Stack, bank: StripeControl) -> None:
    payments = StripePayments(settings_of({**stack.env, "PROVIDER_TIMEOUT_SECONDS": "0.5"}))
    bank.faults({"match": CREATE, "fault": "timeout", "times": -1})
    begun = time.monotonic()
    with pytest.raises(PaymentsUnavailable):
        await payments.charge(asked())
    assert time.monotonic() - begun < 3
    await payments.aclose()


@pytest.mark.parametrize(
    "method",
    [
        "4242424242424242",
        "pm_card_visa&amount=1",
        "card_number_4242",
        "",
        "spt_",
        "KAKAO",
        "a" * 300,
    ],
)
async def test_what_is_no_method_does_not_leave_the_house(
    payments: StripePayments, bank: StripeControl, method: str
) -> None:
    before = bank.calls()["requests"]
    with pytest.raises(PaymentsRefused) as refused:
        await payments.charge(asked(method))
    assert refused.value.code == "payment_method_invalid"
    assert bank.calls()["requests"] == before


async def test_methods_that_the_provider_does_not_take(payments: StripePayments) -> None:
    for request, code in (
        (asked("pm_nobody"), "resource_missing"),
        (asked("kakao_pay", currency="USD"), "payment_method_unsupported_type"),
        (asked("bitcoin"), "invalid_request"),
        (asked(amount=10), "amount_too_small"),
    ):
        with pytest.raises(PaymentsRefused) as refused:
            await payments.charge(request)
        assert refused.value.code == code


def granted(stack: Stack, **limits: Any) -> str:
    """A token that an agent passes on: fifty thousand won unless it is said."""
    given = {"currency": "krw", "max_amount": 50_000, "expires_at": int(time.time()) + 600}
    answer = client(stack, PREVIEW).raw_request(
        "post",
        "/v1/test_helpers/shared_payment/granted_tokens",
        payment_method="pm_card_visa",
        usage_limits={**given, **limits},
    )
    return str(answer.data["id"])


async def test_a_granted_token_pays_up_to_its_limit(
    payments: StripePayments, stack: Stack, bank: StripeControl
) -> None:
    token = granted(stack)
    request = asked(token)
    assert (await payments.charge(request)).state is S.SUCCEEDED
    with pytest.raises(PaymentsRefused) as refused:
        await payments.charge(asked(token))
    assert refused.value.code == "amount_too_large"
    assert (await payments.charge(asked(token, amount=20_000))).state is S.SUCCEEDED
    with pytest.raises(PaymentsRefused) as spent:
        await payments.charge(asked(token, amount=100))
    assert spent.value.code == "token_deactivated"
    assert len(taken(bank, request)) == 1


async def test_a_granted_token_that_is_no_good_is_refused(
    payments: StripePayments, stack: Stack
) -> None:
    revoked = granted(stack)
    path = f"/v1/test_helpers/shared_payment/granted_tokens/{revoked}/revoke"
    client(stack, PREVIEW).raw_request("post", path)
    for token, code in (
        (revoked, "token_deactivated"),
        (granted(stack, expires_at=int(time.time()) - 1), "token_expired"),
        (granted(stack, currency="usd"), "currency_mismatch"),
        ("spt_nobody", "resource_missing"),
    ):
        with pytest.raises(PaymentsRefused) as refused:
            await payments.charge(asked(token))
        assert refused.value.code == code


async def test_granted_tokens_need_the_preview_of_the_api(stack: Stack) -> None:
    settings = settings_of({**stack.env, "STRIPE_PREVIEW_VERSION": "2026-10-28.endive"})
    payments = StripePayments(settings)
    with pytest.raises(PaymentsRefused) as refused:
        await payments.charge(asked(granted(stack)))
    assert refused.value.code == "parameter_unknown"
    await payments.aclose()


async def test_refunds_in_parts_and_never_too_much(
    payments: StripePayments, bank: StripeControl
) -> None:
    charge = await payments.charge(asked())
    first = back(charge, 10_000)
    done = await payments.refund(first)
    assert (done.state, done.amount) == (RefundState.SUCCEEDED, 10_000)
    assert await payments.refund(first) == done
    assert await payments.find_refund(first, None) == done
    assert await payments.find_refund(first, done.provider_id) == done
    with pytest.raises(PaymentsRefused):
        await payments.refund(back(charge, 20_001))
    last = back(charge, 20_000)
    assert await payments.find_refund(last, None) is None
    assert (await payments.refund(last)).state is RefundState.SUCCEEDED
    with pytest.raises(PaymentsRefused) as refused:
        await payments.refund(back(charge, 1))
    assert refused.value.code == "charge_already_refunded"


async def test_a_lost_reply_to_a_refund_is_one_refund(
    payments: StripePayments, bank: StripeControl
) -> None:
    charge = await payments.charge(asked())
    request = back(charge, 10_000)
    bank.faults({"match": {"method": "POST", "path": "/v1/refunds"}, "fault": LOST, "times": 2})
    with pytest.raises(PaymentsUnavailable):
        await payments.refund(request)
    assert (await payments.refund(request)).amount == 10_000
    made = [r for r in bank.calls()["refunds"] if r["payment_intent"] == charge.provider_id]
    assert len(made) == 1


async def test_giving_up_what_was_paid_leaves_it_paid(payments: StripePayments) -> None:
    request = asked()
    paid = await payments.charge(request)
    assert (await payments.cancel(request, str(paid.provider_id))).state is S.SUCCEEDED
    waiting = asked("kakao_pay")
    begun = await payments.charge(waiting)
    assert (await payments.cancel(waiting, str(begun.provider_id))).state is S.CANCELED


async def test_a_wrong_key_is_no_decline(stack: Stack) -> None:
    payments = StripePayments(settings_of({**stack.env, "STRIPE_API_KEY": "sk_test_other"}))
    with pytest.raises(PaymentsUnavailable, match="AuthenticationError"):
        await payments.charge(asked())
    await payments.aclose()


async def test_no_secret_is_written_down(
    payments: StripePayments, stack: Stack, caplog: pytest.LogCaptureFixture
) -> None:
    token = granted(stack)
    request = asked(token)
    other = ChargeRequest(**{**vars(request), "amount": 7_777})
    with caplog.at_level(logging.DEBUG):
        paid = await payments.charge(request)
        with pytest.raises(PaymentsUnavailable) as conflict:
            await payments.charge(other)
        logging.getLogger("nerdx").warning("said: %s", conflict.value)
        await payments.charge(asked("pm_card_chargeDeclined"))
        await payments.refund(back(paid, 1_000))
    assert caplog.text
    for secret in (stack.env["STRIPE_API_KEY"], token, str(paid.client_secret)):
        assert secret not in caplog.text


async def test_the_customer_answers_on_a_page(
    payments: StripePayments, bank: StripeControl
) -> None:
    for answer, state, status in (
        ("ok", S.SUCCEEDED, "succeeded"),
        ("no", S.FAILED, "failed"),
    ):
        request = asked("pm_card_authenticationRequired", return_url=f"{BACK}?checkout=chk_1")
        outcome = await payments.charge(request)
        url = str(outcome.redirect_url)
        async with httpx.AsyncClient() as browser:
            page = await browser.get(url)
            assert "30,000 KRW" in page.text
            forged = await browser.post(url, data={"key": "guess", "answer": "ok"})
            assert forged.status_code == 404
            sent = await browser.post(url, data={"key": url.partition("key=")[2], "answer": answer})
        where = httpx.URL(sent.headers["location"])
        assert dict(where.params)["redirect_status"] == status
        assert dict(where.params)["checkout"] == "chk_1"
        found = await payments.find(request, outcome.provider_id)
        assert found is not None
        assert found.state is state
