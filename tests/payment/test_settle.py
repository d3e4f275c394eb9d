"""What becomes of a payment: an order, another try, or the money back."""

import asyncio

import pytest
from sqlalchemy import update

from gateways.payments import ChargeOutcome, ChargeState
from models.checkout import Checkout, CheckoutStatus
from models.order import Actor, Order, OrderStatus
from models.payment import Payment, PaymentStatus, RefundStatus
from services import order, payment, pricing, refund
from tests.payment.till import Till

LOST = "lost_reply_after_acceptance"
CREATE = {"method": "POST", "path": "/v1/payment_intents"}


async def test_a_payment_becomes_an_order(till: Till) -> None:
    row = await till.paid()
    assert row.status is PaymentStatus.SUCCEEDED
    placed = await till.order(row.id)
    assert placed is not None
    assert (placed.status, placed.id) == (OrderStatus.PAID, row.order_id)
    assert (await till.checkout(row.id)).status is CheckoutStatus.COMPLETED
    assert await till.ledger(row.id) == {"provider": row.amount}
    (charge,) = till.charges(row.id)
    assert (charge["amount"], charge["currency"]) == (row.amount, "krw")
    assert row.client_secret is None
    assert row.due_at is None


async def test_a_decline_gives_everything_back_and_opens_the_checkout(till: Till) -> None:
    card = await till.card(2_000)
    id = await till.intent("pm_card_chargeDeclinedInsufficientFunds", cards=[card])
    assert await till.balance(card) == 0
    row = await till.attempt(id)
    assert (row.status, row.decline_code) == (PaymentStatus.FAILED, "insufficient_funds")
    checkout = await till.checkout(id)
    assert (checkout.status, checkout.quote) == (CheckoutStatus.OPEN, None)
    assert await till.balance(card) == 2_000
    assert await till.ledger(id) == {}
    assert await till.order(id) is None


async def test_a_gift_card_pays_its_part(till: Till) -> None:
    card = await till.card(2_000)
    row = await till.paid(cards=[card])
    assert row.gift_card_amount == 2_000
    assert await till.ledger(row.id) == {"provider": row.amount, "gift_card": 2_000}
    (charge,) = till.charges(row.id)
    assert charge["amount"] == row.amount


async def test_what_gift_cards_pay_alone_needs_no_provider(till: Till) -> None:
    card = await till.card(100_000)
    till.bank.faults({"fault": "500", "times": -1})
    row = await till.paid(None, cards=[card])
    assert (row.amount, row.status, row.method) == (0, PaymentStatus.SUCCEEDED, "gift_card")
    placed = await till.order(row.id)
    assert placed is not None
    assert placed.status is OrderStatus.PAID
    assert await till.balance(card) == 100_000 - row.gift_card_amount
    assert await till.ledger(row.id) == {"gift_card": row.gift_card_amount}


async def test_a_bank_that_thinks_places_the_order_unpaid(till: Till) -> None:
    till.bank.speed(processing_seconds=3_600)
    row = await till.paid("pm_usBankAccount_success")
    placed = await till.order(row.id)
    assert placed is not None
    assert (row.status, placed.status) == (PaymentStatus.PROCESSING, OrderStatus.PLACED)
    assert (await till.checkout(row.id)).status is CheckoutStatus.COMPLETED
    till.listen()
    await asyncio.to_thread(till.bank.processed, str(row.provider_id))
    await till.until(row.id, PaymentStatus.SUCCEEDED)
    placed = await till.order(row.id)
    assert placed is not None
    assert placed.status is OrderStatus.PAID


async def test_a_bank_that_refuses_later_ends_the_order(till: Till) -> None:
    till.bank.speed(processing_seconds=3_600)
    card = await till.card(2_000)
    row = await till.paid("pm_usBankAccount_insufficientFunds", cards=[card])
    await asyncio.to_thread(till.bank.processed, str(row.provider_id), ok=False)
    row = await till.reconcile(row.id)
    assert (row.status, row.decline_code) == (PaymentStatus.FAILED, "insufficient_funds")
    placed = await till.order(row.id)
    assert placed is not None
    assert placed.status is OrderStatus.CANCELED
    assert await till.balance(card) == 2_000
    kept = await till.sdk.v1.payment_intents.retrieve_async(str(row.provider_id))
    assert kept.status == "canceled"


async def test_an_order_that_was_canceled_before_its_money_came_is_refunded(till: Till) -> None:
    till.bank.speed(processing_seconds=3_600)
    card = await till.card(2_000)
    row = await till.paid("pm_usBankAccount_success", cards=[card])
    async with till.host.begin() as uow:
        placed = await uow.session.get_one(Order, row.order_id, with_for_update=True)
        await order.give_up(uow, placed, Actor.CUSTOMER, "cus_1", "changed my mind")
    await asyncio.to_thread(till.bank.processed, str(row.provider_id))
    row = await till.reconcile(row.id)
    assert row.status is PaymentStatus.SUCCEEDED
    (back,) = await till.refunds(row.id)
    assert (await till.pay_back(back.id)).status is RefundStatus.SUCCEEDED
    assert await till.ledger(row.id) == {"provider": 0, "gift_card": 0}
    assert await till.balance(card) == 2_000


@pytest.mark.parametrize("status", [CheckoutStatus.CANCELED, CheckoutStatus.EXPIRED])
async def test_money_for_a_checkout_that_is_gone_goes_back(
    till: Till, status: CheckoutStatus
) -> None:
    card = await till.card(2_000)
    id = await till.intent(cards=[card])
    row = await till.payment(id)
    async with till.host.begin() as uow:
        gone = update(Checkout).where(Checkout.id == row.checkout_id).values(status=status)
        await uow.session.execute(gone)
    row = await till.attempt(id)
    assert row.status is PaymentStatus.SUCCEEDED
    assert await till.order(id) is None
    (back,) = await till.refunds(id)
    assert (back.amount, back.gift_card_amount) == (row.amount, 2_000)
    assert (await till.pay_back(back.id)).status is RefundStatus.SUCCEEDED
    assert await till.ledger(id) == {"provider": 0, "gift_card": 0}
    assert await till.balance(card) == 2_000
    assert (await till.checkout(id)).status is status


async def test_money_for_what_is_sold_out_goes_back(till: Till) -> None:
    id = await till.intent()
    await till.stock(0)
    till.later(hours=1)
    async with till.host.begin() as uow:
        outcome = ChargeOutcome(
            ChargeState.SUCCEEDED, "pi_1", (await till.payment(id)).amount, "KRW"
        )
        row = await payment.settle(uow, id, outcome)
    assert row.status is PaymentStatus.SUCCEEDED
    assert await till.order(id) is None
    checkout = await till.checkout(id)
    assert (checkout.status, checkout.quote) == (CheckoutStatus.OPEN, None)
    (back,) = await till.refunds(id)
    assert back.amount == row.amount


async def test_money_that_comes_after_all_goes_back(till: Till) -> None:
    """A charge that was given up for good, and paid nevertheless."""
    card = await till.card(2_000)
    id = await till.intent("kakao_pay", cards=[card])
    row = await till.attempt(id)
    outcome = ChargeOutcome(ChargeState.CANCELED, row.provider_id, row.amount, "KRW")
    paid = ChargeOutcome(ChargeState.SUCCEEDED, row.provider_id, row.amount, "KRW")
    for said in (outcome, paid, outcome, paid):
        async with till.host.begin() as uow:
            row = await payment.settle(uow, id, said)
    assert row.status is PaymentStatus.SUCCEEDED
    assert await till.balance(card) == 2_000
    assert await till.order(id) is None
    (back,) = await till.refunds(id)
    assert (back.amount, back.gift_card_amount) == (row.amount, 0)


async def test_asking_twice_at_once_is_one_order(till: Till) -> None:
    id = await till.intent()
    till.bank.faults({"match": CREATE, "fault": LOST})
    await asyncio.gather(*(till.attempt(id) for _ in range(5)))
    assert (await till.payment(id)).status is PaymentStatus.SUCCEEDED
    assert len(till.charges(id)) == 1
    assert await till.ledger(id) == {"provider": (await till.payment(id)).amount}


async def test_who_gives_up_while_the_bank_asks_may_pay_otherwise(till: Till) -> None:
    row = await till.paid("kakao_pay")
    assert row.redirect_url
    given_up = await payment.give_up(till.host.begin, till.host.gateways.payments, row.id)
    assert given_up.status is PaymentStatus.CANCELED
    assert given_up.redirect_url is None
    assert (await till.checkout(row.id)).status is CheckoutStatus.OPEN
    paid = await till.paid("kakao_pay")
    await asyncio.to_thread(till.bank.authenticate, str(paid.provider_id))
    late = await payment.give_up(till.host.begin, till.host.gateways.payments, paid.id)
    assert late.status is PaymentStatus.SUCCEEDED


async def test_a_granted_token_is_not_kept(till: Till) -> None:
    helpers = "/v1/test_helpers/shared_payment/granted_tokens"
    limits = {"currency": "krw", "max_amount": 100_000}
    answer = await till.sdk.raw_request_async(
        "post", helpers, payment_method="pm_card_visa", usage_limits=limits,
        stripe_version="2026-09-30.preview",
    )  # fmt: skip
    token = answer.data["id"]
    id = await till.intent(token)
    assert (await till.payment(id)).method == "shared_payment_token"
    row = await till.attempt(id)
    assert row.status is PaymentStatus.SUCCEEDED
    assert token not in str(vars(await till.payment(id)))


async def test_refunds_never_exceed_what_was_paid(till: Till) -> None:
    card = await till.card(2_000)
    row = await till.paid(cards=[card])
    total = row.amount + 2_000
    with pytest.raises(refund.RefundTooLarge) as refused:
        await till.refund(row.id, total + 1)
    assert refused.value.refundable == total
    tries = await asyncio.gather(
        *(till.refund(row.id, row.amount) for _ in range(4)), return_exceptions=True
    )
    assert len([one for one in tries if isinstance(one, refund.RefundTooLarge)]) == 3
    rest = await till.refund(row.id, 2_000)
    assert (rest.amount, rest.gift_card_amount, rest.status) == (0, 2_000, RefundStatus.SUCCEEDED)
    assert await till.balance(card) == 2_000
    for one in await till.refunds(row.id):
        await till.pay_back(one.id)
    assert await till.ledger(row.id) == {"provider": 0, "gift_card": 0}
    with pytest.raises(refund.RefundTooLarge):
        await till.refund(row.id, 1)
    with pytest.raises(refund.RefundTooLarge):
        await till.refund(row.id, -1)


async def test_a_refund_that_takes_time(till: Till) -> None:
    till.bank.speed(processing_seconds=0.2)
    row = await till.paid("pm_card_pendingRefund")
    till.listen()
    back = await till.pay_back((await till.refund(row.id, 1_000)).id)
    assert back.status is RefundStatus.PENDING
    await till.until(row.id, RefundStatus.SUCCEEDED)
    assert await till.ledger(row.id) == {"provider": row.amount - 1_000}


async def test_a_refund_that_the_bank_sends_back_can_be_made_again(till: Till) -> None:
    till.bank.speed(processing_seconds=0.2)
    row = await till.paid("pm_card_refundFail")
    till.listen()
    await till.pay_back((await till.refund(row.id, row.amount)).id)
    await till.until(row.id, RefundStatus.FAILED)
    assert await till.ledger(row.id) == {"provider": row.amount}
    assert (await till.refund(row.id, row.amount)).status is RefundStatus.INTENT


async def test_promotions_and_quotes_are_as_they_were_agreed(till: Till) -> None:
    id = await till.intent()
    frozen = (await till.checkout(id)).quote
    assert frozen
    quote = pricing.thaw(frozen)
    row: Payment = await till.attempt(id)
    placed = await till.order(id)
    assert placed is not None
    assert (placed.total, placed.currency) == (quote.total, quote.currency)
    assert row.amount + row.gift_card_amount == quote.total
