"""Documents of proofs of age: forgotten by the service however the proof ended, sooner or later."""

from collections.abc import AsyncIterator
from datetime import timedelta
from urllib.parse import urlsplit

import httpx2
import pytest
import pytest_asyncio
from sqlalchemy import update

from app import App
from gateways.age import AgeServiceUnavailable, StripeIdentity
from models.checkout import AgeVerification, AgeVerificationStatus
from services import age
from services.account import SANDBOX_PASSWORD
from tests.cameo.desk import until
from tests.checkout.test_age import START
from tests.conftest import World
from tests.support.api import TLS, Api, key
from tests.support.serve import free_port


@pytest_asyncio.fixture(loop_scope="session")
async def hana(world: World, app: App) -> AsyncIterator[Api]:
    """An adult who has said so, and not proven it."""
    async with Api(world.url) as client:
        yield await client.sign_in("demo-hana@example.com", SANDBOX_PASSWORD)


async def is_forgotten(world: World, url: str) -> bool:
    """Ask the service."""
    session = urlsplit(url).path.rpartition("/")[2]
    where = f"{world.env['STRIPE_BASE_URL']}/v1/identity/verification_sessions/{session}"
    headers = {"authorization": f"Bearer {world.env['STRIPE_API_KEY']}"}
    async with httpx2.AsyncClient(verify=TLS) as http:
        return (await http.get(where, headers=headers)).json()["redaction"] is not None


async def row_of(app: App, id: str) -> AgeVerification:
    async with app.db.read() as session:
        return await session.get_one(AgeVerification, id)


async def test_a_proof_that_ended_by_time_is_forgotten_too(
    hana: Api, app: App, world: World
) -> None:
    proof = await hana.one(START, i={"idempotencyKey": key()})
    world.program("worker")
    world.program("relay", CLOCK_OFFSET_SECONDS="3700")

    async def done() -> bool:
        return await is_forgotten(world, proof["url"])

    await until(done)

    async def noted() -> bool:
        return (await row_of(app, proof["id"])).redact_at is None

    await until(noted)
    assert (await row_of(app, proof["id"])).status is AgeVerificationStatus.EXPIRED


async def test_a_service_that_does_not_answer_is_asked_again(
    hana: Api, app: App, world: World
) -> None:
    proof = await hana.one(START, i={"idempotencyKey": key()})
    async with app.begin() as uow:
        ended = update(AgeVerification).where(AgeVerification.id == proof["id"])
        await uow.session.execute(ended.values(expires_at=uow.now()))
    async with app.begin() as uow:
        await age.sweep(uow)
    nowhere = {"stripe_base_url": f"http://127.0.0.1:{free_port()}"}
    dead = StripeIdentity(world.settings.model_copy(update=nowhere))
    with pytest.raises(AgeServiceUnavailable):
        await age.redact(app.begin, dead, proof["id"])
    first = (await row_of(app, proof["id"])).redact_at
    assert first
    async with app.begin() as uow:
        uow.now = lambda: first + timedelta(seconds=1)
        await age.sweep_documents(uow)
    second = (await row_of(app, proof["id"])).redact_at
    assert second
    assert second > first
    for _ in range(2):
        await age.redact(app.begin, app.gateways.age, proof["id"])
    assert await is_forgotten(world, proof["url"])
    assert (await row_of(app, proof["id"])).redact_at is None


async def test_what_the_service_does_not_know_needs_no_forgetting(app: App) -> None:
    await app.gateways.age.redact("vs_of_another_life")
