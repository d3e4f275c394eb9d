"""Sends partners the news of their orders."""

import time

from gateways.outbound import AddressRefused, AnswerLate, NoAnswer, Outbound
from models.partner import WebhookFault
from services import partner
from services.partner import DeliverWebhooks, Message, Outcome
from workers.base import Work, handles

BUDGET_SECONDS = 10.0
# Of the tries of one process at once, so that receivers that hang leave threads for other work.
SHARE = 4

_under_way = 0


# The rows are the truth and the relay rings again, so the doorbell itself never retries.
@handles(DeliverWebhooks, max_retries=0)
async def deliver_webhooks(task: DeliverWebhooks, work: Work) -> None:
    """Send what is due for a partner, one after the other, for some seconds."""
    global _under_way
    if _under_way >= max(1, work.settings.worker_threads // SHARE):
        return
    _under_way += 1
    try:
        more = await _deliver(task.partner_id, work)
    finally:
        _under_way -= 1
    if more:
        async with work.begin() as uow:
            uow.send(task)


async def _deliver(partner_id: str, work: Work) -> bool:
    """Return whether there may be more."""
    end = time.monotonic() + BUDGET_SECONDS
    while time.monotonic() < end:
        async with work.begin() as uow:
            message = await partner.claim(uow, work.settings, partner_id)
        if message is None:
            return False
        outcome = await _tried(work.gateways.outbound, message)
        async with work.begin() as uow:
            await partner.settle(uow, work.settings, message, outcome)
    return True


async def _tried(outbound: Outbound, message: Message) -> Outcome:
    try:
        reply = await outbound.post(message.url, message.body, message.headers)
    except AddressRefused:
        return Outcome(WebhookFault.ADDRESS_REFUSED)
    except AnswerLate:
        return Outcome(WebhookFault.TIMEOUT)
    except NoAnswer:
        return Outcome(WebhookFault.UNREACHABLE)
    fault = None if 200 <= reply.status < 300 else WebhookFault.STATUS
    return Outcome(fault, reply.status, reply.retry_after)
