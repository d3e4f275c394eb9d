"""Tokens that agents pass on, refunds, and what is never written down; on the provider's wire."""

import logging
import time

import httpx2
import pytest

from gateways.payments import (
    ChargeRequest,
    PaymentsRefused,
    PaymentsUnavailable,
    RefundState,
    StripePayments,
)
from sandbox.stack import Stack
from sandbox.stripe.server import StripeControl
from tests.payment.wire import BACK, LOST, PREVIEW, S, asked, back, client, granted, taken
from tests.support.api import TLS
from tests.support.settings import settings_of


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
        async with httpx2.AsyncClient(verify=TLS) as browser:
            page = await browser.get(url)
            assert "30,000 KRW" in page.text
            forged = await browser.post(url, data={"key": "guess", "answer": "ok"})
            assert forged.status_code == 404
            sent = await browser.post(url, data={"key": url.partition("key=")[2], "answer": answer})
        where = httpx2.URL(sent.headers["location"])
        assert dict(where.params)["redirect_status"] == status
        assert dict(where.params)["checkout"] == "chk_1"
        found = await payments.find(request, outcome.provider_id)
        assert found is not None
        assert found.state is state
