"""3-D Secure by the agent or at the bank: refused, replayed, and never on a word alone."""

from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
import pytest_asyncio
from sqlalchemy import select, update

from app import App
from models.payment import Payment, PaymentStatus
from sandbox.stripe.charges import cryptogram_of
from sandbox.stripe.server import StripeControl
from services import partner, payment
from services.acp.document import validator
from services.partner import SANDBOX_TOKEN_ID
from tests.acp.agent import Agent, codes
from tests.acp.test_hard import again, paying
from tests.acp.test_sessions import ready
from tests.conftest import World
from tests.support.api import Api, key

ASKS = "spt_card_authenticationRequired"
FAILED = ("abandoned", "canceled", "denied", "internal_error", "not_supported", "rejected")


@pytest_asyncio.fixture(loop_scope="session")
async def agent(world: World, app: App) -> AsyncIterator[Agent]:
    """The sandbox's agent, which runs 3-D Secure."""
    async with Agent(world.url, partner.secret_of(app.settings, SANDBOX_TOKEN_ID)) as one:
        yield one


@pytest.fixture
def bank(world: World) -> Iterator[StripeControl]:
    """What decides there, and takes its time."""
    control = StripeControl(world.env["STRIPE_BASE_URL"])
    control.speed(processing_seconds=3600)
    yield control
    control.speed()


def result(outcome: str, cryptogram: str | None = None) -> dict[str, Any]:
    """What an agent says came of it."""
    if outcome not in ("authenticated", "attempt_acknowledged", "informational"):
        return {"outcome": outcome}
    details = {
        "three_ds_cryptogram": cryptogram or cryptogram_of("ds-1"),
        "electronic_commerce_indicator": "05",
        "transaction_id": "ds-1",
        "version": "2.2.0",
    }
    return {"outcome": outcome, "outcome_details": details}


async def complete(
    agent: Agent, seen: dict[str, Any], told: Any = None, token: str = ASKS, same: str | None = None
) -> Any:
    """Complete a session, with what came of 3-D Secure."""
    body = paying(token) | ({"authentication_result": told} if told else {})
    return await agent.post(f"/checkout_sessions/{seen['id']}/complete", body, same)


async def asked(agent: Agent, minsu: Api) -> dict[str, Any]:
    """A session whose bank asks the buyer."""
    answer = await agent.pay(await ready(agent, minsu), ASKS)
    assert answer.status_code == 200
    return dict(answer.json())


async def payments(app: App, seen: dict[str, Any]) -> list[Payment]:
    """The payments of a session, the oldest first."""
    query = select(Payment).where(Payment.checkout_id == seen["id"]).order_by(Payment.id)
    async with app.db.read() as session:
        return list(await session.scalars(query))


def charged(bank: StripeControl, rows: list[Payment]) -> int:
    """How often money was taken for a session."""
    ids = {row.provider_id for row in rows}
    return sum(one["payment_intent"] in ids for one in bank.calls()["charges"])


async def test_the_agent_is_told_what_to_authenticate_with(agent: Agent, minsu: Api) -> None:
    seen = await asked(agent, minsu)
    assert (seen["status"], codes(seen)) == ("authentication_required", ["requires_3ds"])
    told = seen["authentication_metadata"]
    assert list(validator("AuthenticationMetadata").iter_errors(told)) == []
    assert told["directory_server"] == "visa"
    assert told["acquirer_details"]["merchant_name"] == "NERDX"
    assert seen["capabilities"]["interventions"] == {"supported": ["3ds"]}
    later = (await agent.get(f"/checkout_sessions/{seen['id']}")).json()
    assert later["authentication_metadata"] == told


async def test_without_a_result_it_is_refused(agent: Agent, minsu: Api, app: App) -> None:
    seen, same = await asked(agent, minsu), key()
    for _ in range(2):
        refused = await complete(agent, seen, same=same)
        assert refused.status_code == 400
        told = {name: refused.json()[name] for name in ("type", "code", "param")}
        assert told == {
            "type": "invalid_request",
            "code": "requires_3ds",
            "param": "$.authentication_result",
        }
    assert again(refused)
    assert [row.status for row in await payments(app, seen)] == [PaymentStatus.REQUIRES_ACTION]


@pytest.mark.parametrize("outcome", ["authenticated", "attempt_acknowledged", "informational"])
async def test_what_the_bank_believes_pays_once(
    agent: Agent, minsu: Api, app: App, bank: StripeControl, outcome: str
) -> None:
    seen, same = await asked(agent, minsu), key()
    done = await complete(agent, seen, result(outcome), same=same)
    assert (done.status_code, done.json()["status"]) == (200, "completed"), done.text
    assert "authentication_metadata" not in done.json()
    kept = await complete(agent, seen, result(outcome), same=same)
    assert (kept.json(), again(kept)) == (done.json(), True)
    rows = await payments(app, seen)
    assert [row.status for row in rows] == [PaymentStatus.CANCELED, PaymentStatus.SUCCEEDED]
    assert all("authentication" not in row.request for row in rows)
    assert charged(bank, rows) == 1


async def test_a_forged_cryptogram_pays_nothing(
    agent: Agent, minsu: Api, app: App, bank: StripeControl
) -> None:
    seen = await asked(agent, minsu)
    told = result("authenticated", cryptogram_of("another"))
    refused = (await complete(agent, seen, told)).json()
    assert (refused["status"], codes(refused)) == ("ready_for_payment", ["payment_declined"])
    assert charged(bank, await payments(app, seen)) == 0


@pytest.mark.parametrize("outcome", FAILED)
async def test_what_failed_gives_the_payment_up(
    agent: Agent, minsu: Api, app: App, bank: StripeControl, outcome: str
) -> None:
    seen, same = await asked(agent, minsu), key()
    ended = await complete(agent, seen, result(outcome), same=same)
    assert ended.status_code == 200
    assert (ended.json()["status"], codes(ended.json())) == (
        "ready_for_payment",
        ["payment_declined"],
    )
    assert again(await complete(agent, seen, result(outcome), same=same))
    (row,) = await payments(app, seen)
    assert row.status is PaymentStatus.CANCELED
    with pytest.raises(Exception, match="400"):
        bank.authenticate(str(row.provider_id))
    done = await complete(agent, seen, token="spt_card_visa")
    assert done.json()["status"] == "completed"


async def test_a_result_never_pays_what_was_not_begun(agent: Agent, minsu: Api, app: App) -> None:
    seen = await ready(agent, minsu)
    ended = (await complete(agent, seen, result("denied"))).json()
    assert (ended["status"], codes(ended)) == ("ready_for_payment", ["payment_declined"])
    assert await payments(app, seen) == []


@pytest.mark.parametrize("outcome", ["authenticated", "denied"])
async def test_what_the_provider_says_is_what_counts(
    agent: Agent, minsu: Api, app: App, bank: StripeControl, outcome: str
) -> None:
    seen = await asked(agent, minsu)
    (row,) = await payments(app, seen)
    bank.authenticate(str(row.provider_id))
    done = (await complete(agent, seen, result(outcome))).json()
    assert (done["status"], codes(done)) == ("completed", [])
    rows = await payments(app, seen)
    assert ([one.status for one in rows], charged(bank, rows)) == ([PaymentStatus.SUCCEEDED], 1)


async def test_an_agent_that_cannot_sends_the_buyer_to_the_bank(
    agent: Agent, minsu: Api, app: App, bank: StripeControl
) -> None:
    agent.capabilities = {}
    seen = await ready(agent, minsu)
    assert seen["capabilities"]["interventions"] == {"supported": []}
    seen = (await agent.pay(seen, ASKS)).json()
    assert (seen["status"], codes(seen)) == ("requires_escalation", ["requires_3ds"])
    assert "authentication_metadata" not in seen
    assert seen["continue_url"].endswith(f"/checkout/{seen['id']}")
    where = "query ($id: ID!) { checkout(id: $id) { payment { redirectUrl } } }"
    page = (await minsu.one(where, id=seen["id"]))["payment"]["redirectUrl"]
    assert page.startswith(bank.origin)
    assert (await complete(agent, seen)).json()["code"] == "requires_3ds"
    (row,) = await payments(app, seen)
    bank.authenticate(str(row.provider_id))
    done = (await complete(agent, seen, result("authenticated"))).json()
    assert done["status"] == "completed"


async def test_a_card_of_another_network_goes_to_the_bank(
    agent: Agent, minsu: Api, app: App
) -> None:
    seen = await asked(agent, minsu)
    async with app.begin() as uow:
        other = update(Payment).where(Payment.checkout_id == seen["id"])
        await uow.session.execute(other.values(network="unionpay"))
    seen = (await agent.get(f"/checkout_sessions/{seen['id']}")).json()
    assert seen["status"] == "requires_escalation"
    assert "authentication_metadata" not in seen


@pytest.mark.env(THREE_DS_ACQUIRER="null")
async def test_nobody_runs_it_whose_acquirer_is_not_told(
    agent: Agent, minsu: Api, app: App, api: Api
) -> None:
    found = (await api.http.get("/.well-known/acp.json")).json()
    assert "intervention_types" not in found["capabilities"]
    seen = await asked(agent, minsu)
    assert seen["status"] == "requires_escalation"
    assert seen["capabilities"]["interventions"] == {"supported": []}
    still = (await complete(agent, seen, result("authenticated"))).json()
    assert (still["status"], codes(still)) == ("requires_escalation", ["requires_3ds"])
    assert len(await payments(app, seen)) == 1


async def test_a_bank_that_thinks_is_waited_for(
    agent: Agent, minsu: Api, app: App, bank: StripeControl
) -> None:
    for ok, status, order in ((True, "completed", "confirmed"), (False, "canceled", "canceled")):
        waits = (await agent.pay(await ready(agent, minsu), "spt_usBankAccount_success")).json()
        assert (waits["status"], waits["order"]["status"]) == ("complete_in_progress", "created")
        refused = await agent.pay(waits, "spt_card_visa")
        assert refused.status_code == 405
        (row,) = await payments(app, waits)
        bank.processed(str(row.provider_id), ok=ok)
        await payment.reconcile(app.begin, app.gateways.payments, row.id)
        after = (await agent.get(f"/checkout_sessions/{waits['id']}")).json()
        assert (after["status"], after["order"]["status"]) == (status, order)
