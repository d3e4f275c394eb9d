"""What operators are told of money: what waits for an answer, and every refund."""

import re
from datetime import timedelta

import yaml
from sqlalchemy import update

from core.settings import ROOT
from models.payment import Payment
from services import payment
from tests.payment.till import Till
from tests.support.api import Api

RULES = ROOT / "docker" / "monitoring" / "rules.yaml"


async def number(api: Api, name: str) -> float:
    """A number of /metrics; nothing is 0."""
    text = (await api.http.get("/metrics")).text
    found = re.search(rf"^{re.escape(name)} (\S+)$", text, re.MULTILINE)
    return float(found[1]) if found else 0.0


def rules() -> dict[str, str]:
    """What is asked for each alarm."""
    groups = yaml.safe_load(RULES.read_text())["groups"]
    return {rule["alert"]: rule["expr"] for group in groups for rule in group["rules"]}


async def test_a_payment_without_an_answer_is_told(till: Till, api: Api) -> None:
    id = await till.intent()
    assert await number(api, "payment_limbo_seconds") < 60
    async with till.host.begin() as uow:
        old = update(Payment).where(Payment.id == id)
        await uow.session.execute(old.values(created_at=uow.now() - timedelta(seconds=700)))
    assert 700 <= await number(api, "payment_limbo_seconds") < 800
    assert rules()["PaymentsInLimbo"] == "max(payment_limbo_seconds) > 600"
    async with till.host.begin() as uow:
        now = update(Payment).where(Payment.id == id)
        await uow.session.execute(now.values(created_at=uow.now()))
    await payment.attempt(till.host.begin, till.host.gateways.payments, id)
    assert await number(api, "payment_limbo_seconds") == 0


async def test_a_bank_that_takes_its_time_is_no_limbo(till: Till, api: Api) -> None:
    row = await till.paid("pm_card_authenticationRequired")
    async with till.host.begin() as uow:
        old = update(Payment).where(Payment.id == row.id)
        await uow.session.execute(old.values(created_at=uow.now() - timedelta(seconds=700)))
    assert await number(api, "payment_limbo_seconds") == 0


async def test_a_refund_onto_a_card_alone_is_counted(till: Till, api: Api) -> None:
    card = await till.card(500_000)
    row = await till.paid(cards=[card])
    assert row.amount == 0
    await till.refund(row.id, 1_000)
    assert await number(api, 'refunds_total{status="succeeded"}') == 1
    other = await till.paid()
    await till.pay_back((await till.refund(other.id, 1_000)).id)
    assert await number(api, 'refunds_total{status="succeeded"}') == 2


def test_the_first_failure_of_all_raises_the_alarm() -> None:
    asked = " ".join(rules()["RefundFailed"].split())
    failed = 'max(refunds_total{status="failed"})'
    before = 'max(refunds_total{status="failed"} offset 1h)'
    assert asked == f"{failed} - ({before} or vector(0)) > 0"
    assert rules()["PartnersPaused"] == "max(partner_webhooks_paused) > 0"
