"""Refunds that failed, given back after all by staff."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from gateways.payments import RefundOutcome, RefundState
from models.checkout import Checkout, CheckoutStatus
from models.payment import Refund, RefundStatus
from services import refund
from services.account import SANDBOX_PASSWORD
from tests.payment.till import Till
from tests.support.api import Api, Refused, key

RETRY = """mutation ($i: RetryRefundInput!) { retryRefund(input: $i) { __typename
  ... on Refund { id status reason amount { amount } }
  ... on RefundNotRetryable { status } ... on RefundExceedsCharge { refundable { amount } }
  ... on UserError { code message field } } }"""
CANCEL = """mutation ($i: CancelOrderInput!) { cancelOrder(input: $i) { __typename
  ... on Order { status refunds { id status } } ... on UserError { code message } } }"""


@pytest_asyncio.fixture(loop_scope="session")
async def staff(api: Api) -> AsyncIterator[Api]:
    """Somebody who may refund."""
    yield await api.sign_in("demo-staff@example.com", SANDBOX_PASSWORD)


async def retried(staff: Api, id: str, same: str | None = None) -> Any:
    return await staff.one(RETRY, i={"refundId": id, "idempotencyKey": same or key()})


async def failed(till: Till, id: str) -> Refund | None:
    """Have the provider refuse a refund."""
    async with till.host.begin() as uow:
        row = await uow.session.get_one(Refund, id)
        outcome = RefundOutcome(RefundState.FAILED, None, row.amount)
        return await refund.settle(uow, id, outcome)


async def test_a_canceled_order_gets_its_money_back_after_all(till: Till, staff: Api) -> None:
    row = await till.paid()
    order = await till.order(row.id)
    assert order
    given = {"orderId": order.id, "reason": "no", "idempotencyKey": key()}
    done = await staff.one(CANCEL, i=given)
    (first,) = done["refunds"]
    early = await retried(staff, first["id"])
    assert (early["code"], early["status"]) == ("REFUND_NOT_RETRYABLE", "INTENT")
    await failed(till, first["id"])
    assert await till.ledger(row.id) == {"provider": row.amount}
    same = key()
    again = await retried(staff, first["id"], same)
    assert (again["__typename"], again["reason"]) == ("Refund", "no")
    assert again["amount"]["amount"] == row.amount
    assert (await retried(staff, first["id"], same))["id"] == again["id"]
    refused = await retried(staff, first["id"])
    assert (refused["code"], refused["field"]) == ("REFUND_NOT_RETRYABLE", "input.refundId")
    assert (await retried(staff, again["id"], same))["code"] == "IDEMPOTENCY_CONFLICT"
    assert (await till.pay_back(again["id"])).status is RefundStatus.SUCCEEDED
    assert await till.ledger(row.id) == {"provider": 0}
    late = await retried(staff, again["id"])
    assert (late["code"], late["status"]) == ("REFUND_NOT_RETRYABLE", "SUCCEEDED")


async def test_money_without_an_order_too(till: Till, staff: Api) -> None:
    id = await till.intent()
    checkout = await till.checkout(id)
    async with till.host.begin() as uow:
        (await uow.session.get_one(Checkout, checkout.id)).status = CheckoutStatus.CANCELED
    row = await till.attempt(id)
    (first,) = await till.refunds(id)
    assert (first.order_id, first.amount) == (None, row.amount)
    await failed(till, first.id)
    second = await retried(staff, first.id)
    await failed(till, second["id"])
    third = await retried(staff, second["id"])
    assert (await till.pay_back(third["id"])).status is RefundStatus.SUCCEEDED
    assert await till.ledger(id) == {"provider": 0}


async def test_never_more_than_was_paid(till: Till, staff: Api) -> None:
    row = await till.paid()
    first = await till.refund(row.id, row.amount - 500)
    await failed(till, first.id)
    await till.refund(row.id, 1_000)
    refused = await retried(staff, first.id)
    assert refused["code"] == "REFUND_EXCEEDS_CHARGE"
    assert refused["refundable"]["amount"] == row.amount - 1_000


async def test_only_staff_and_only_what_is_there(till: Till, staff: Api, minsu: Api) -> None:
    assert (await retried(staff, "rfd_nothing"))["code"] == "NOT_FOUND"
    with pytest.raises(Refused) as caught:
        await retried(minsu, "rfd_nothing")
    assert caught.value.code == "FORBIDDEN"
