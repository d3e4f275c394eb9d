"""What the tests of payments stand on."""

from collections.abc import AsyncIterator, Iterator

import pytest
import pytest_asyncio
from stripe import StripeClient

from app import App
from gateways.payments import StripePayments
from gateways.payments.clients import Http
from sandbox.stack import Stack
from sandbox.stripe.server import StripeControl
from tests.conftest import World
from tests.payment.till import Till
from tests.support.settings import settings_of


@pytest.fixture
def bank(stack: Stack) -> Iterator[StripeControl]:
    """The knobs of the provider's sandbox; they are back at the end of the test."""
    control = StripeControl(stack.env["STRIPE_BASE_URL"])
    yield control
    control.faults()
    control.webhook(None)
    control.speed()


@pytest_asyncio.fixture(loop_scope="session")
async def payments(stack: Stack, bank: StripeControl) -> AsyncIterator[StripePayments]:
    """The gateway, as it is in production."""
    gateway = StripePayments(settings_of(stack.env))
    yield gateway
    await gateway.aclose()


@pytest_asyncio.fixture(loop_scope="session")
async def till(world: World, app: App, bank: StripeControl) -> AsyncIterator[Till]:
    """A shop whose checkouts are ready to be paid, and which hears no events yet."""
    http = Http(timeout=20)
    where = {"api": world.env["STRIPE_BASE_URL"]}
    key = world.env["STRIPE_API_KEY"]
    yield Till(world, app, bank, StripeClient(key, base_addresses=where, http_client=http))
    await http.close_async()
    await app.gateways.payments.aclose()
