"""Many customers: each registers, has a photo taken in, and orders films."""

import asyncio
import time
from dataclasses import dataclass

import asyncpg
import httpx2
import orjson

from tests.support.api import Api, Refused, key
from tests.support.cameo import make_portrait, request_cameo

AT_ONCE = 4
PATIENCE_SECONDS, AGAIN_SECONDS = 300.0, 0.5
TEMPLATE = "storm"
REGISTER = """mutation ($input: RegisterInput!) { register(input: $input) {
  __typename ... on Session { accessToken customer { id } } ... on UserError { code message } } }"""
# A real template with one shot of four seconds, the shortest there is, and one second of outro.
OFFER = """insert into cameo_templates select (jsonb_populate_record(t, jsonb_build_object(
  'id', $1::text, 'duration_seconds', 5, 'aspect_ratios', jsonb_build_array('1:1'),
  'shots', jsonb_build_array(t.shots -> 0 || '{"n": 1, "seconds": 4}'),
  'outro', t.outro || '{"seconds": 1}'))).*
from cameo_templates t where id = 'neon-seoul-bar'"""


@dataclass(frozen=True)
class Customer:
    """Somebody who is signed in and whose photo is ready."""

    api: Api
    portrait: str


async def offer(rows: asyncpg.Pool) -> None:
    """Offer the smallest film that the rules allow."""
    await rows.execute(OFFER, TEMPLATE)


async def gather(url: str, count: int) -> list[Customer]:
    """Register so many customers and wait until each has a photo that can be used."""
    room = asyncio.Semaphore(AT_ONCE)

    async def one(number: int) -> Customer:
        async with room:
            return await join(url, number)

    return list(await asyncio.gather(*(one(number) for number in range(count))))


async def join(url: str, number: int) -> Customer:
    """Register one customer, and have a photo checked."""
    api = Api(url)
    told = {"email": f"storm-{number}@example.com", "password": "a long enough one 7"}
    session = await api.one(REGISTER, input={**told, "birthDate": "1990-01-01"})
    if session["__typename"] != "Session":
        raise RuntimeError(orjson.dumps(session).decode())
    api.token, api.customer_id = session["accessToken"], session["customer"]["id"]
    return Customer(api, await make_portrait(api))


async def order(customers: list[Customer], jobs: int) -> list[str]:
    """Order so many films at once, in turn for each customer; return their ids."""
    asked = (customers[number % len(customers)] for number in range(jobs))
    return list(await asyncio.gather(*(persist(customer) for customer in asked)))


async def persist(customer: Customer) -> str:
    """Order one film, asking again with the same key while there is no answer."""
    same, until = key(), time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            return await request_cameo(
                customer.api, customer.portrait, TEMPLATE, idempotencyKey=same
            )
        except (Refused, httpx2.TransportError):
            if time.monotonic() > until:
                raise
        await asyncio.sleep(AGAIN_SECONDS)
