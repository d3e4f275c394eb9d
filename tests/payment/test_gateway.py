"""Every answer of the provider, through its own SDK, from a server that speaks its wire."""

import asyncio
import time

import pytest
import stripe

from gateways.payments import (
    ChargeRequest,
    ChargeState,
    PaymentsRefused,
    PaymentsUnavailable,
    StripePayments,
)
from sandbox.stack import Stack
from sandbox.stripe.server import StripeControl
from tests.payment.wire import CREATE, LOST, S, asked, client, taken
from tests.support.settings import settings_of


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
