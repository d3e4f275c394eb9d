"""Proofs of age, with the sandbox's verification service, its page and its webhooks."""

from collections.abc import AsyncIterator
from datetime import date
from urllib.parse import urlsplit

import httpx2
import pytest
import pytest_asyncio

from app import App
from services.account import SANDBOX_PASSWORD
from tests.cameo.desk import until
from tests.checkout.till import addressed, pay, start
from tests.conftest import World
from tests.support.api import TLS, Api, key

START = """mutation ($i: StartAgeVerificationInput!) { startAgeVerification(input: $i) { __typename
  ... on AgeVerification { id url status expiresAt } ... on UserError { code message field } } }"""
ME = "{ me { age birthDate } }"
PROOF = "query ($id: ID!) { node(id: $id) { ... on AgeVerification { status url } } }"


@pytest_asyncio.fixture(loop_scope="session")
async def hana(world: World, app: App) -> AsyncIterator[Api]:
    """An adult who has said so, and not proven it."""
    async with Api(world.url) as client:
        yield await client.sign_in("demo-hana@example.com", SANDBOX_PASSWORD)


async def _shown(url: str, born: str, answer: str = "ok") -> httpx2.Response:
    """Show a document on the service's page, and go back to ours."""
    async with httpx2.AsyncClient(verify=TLS) as browser:
        assert (await browser.get(url)).status_code == 200
        sent = await browser.post(url, data={"born": born, "answer": answer})
        assert sent.status_code == 303
        return await browser.get(sent.headers["location"], headers={"accept-language": "ko"})


async def test_proof_opens_the_till(hana: Api) -> None:
    seen = await addressed(hana, await start(hana))
    assert [problem["__typename"] for problem in seen["problems"]] == ["AgeProofRequired"]
    proof = await hana.one(START, i={"idempotencyKey": key()})
    assert proof["__typename"] == "AgeVerification", proof
    page = await _shown(proof["url"], "1991-03-02")
    assert "성인 인증이 끝났습니다" in page.text
    assert (await hana.one(ME)) == {"age": "VERIFIED", "birthDate": "1991-03-02"}
    bought = await pay(hana, seen)
    assert bought["order"]["status"] == "PAID", bought


async def test_a_minor_is_refused_and_stays_one(hana: Api) -> None:
    proof = await hana.one(START, i={"idempotencyKey": key()})
    born = date.today().replace(year=date.today().year - 17, month=1, day=1)
    page = await _shown(proof["url"], born.isoformat())
    assert "되지 않았습니다" in page.text
    assert (await hana.one(ME))["age"] == "MINOR"
    assert (await hana.one(PROOF, id=proof["id"])) == {"status": "REFUSED", "url": None}


async def test_giving_up_proves_nothing(hana: Api) -> None:
    proof = await hana.one(START, i={"idempotencyKey": key()})
    await _shown(proof["url"], "1991-03-02", "no")
    assert (await hana.one(ME))["age"] == "DECLARED"


async def test_the_same_key_is_the_same_proof(hana: Api) -> None:
    same = key()
    first = await hana.one(START, i={"idempotencyKey": same})
    again = await hana.one(START, i={"idempotencyKey": same})
    assert again == first


async def test_nobody_is_sent_to_a_stranger(hana: Api) -> None:
    given = {"idempotencyKey": key(), "returnUrl": "https://evil.example/x"}
    refused = await hana.one(START, i=given)
    assert (refused["__typename"], refused["field"]) == ("InvalidInput", "input.returnUrl")


async def test_a_proof_is_its_owners(hana: Api, minsu: Api) -> None:
    proof = await hana.one(START, i={"idempotencyKey": key()})
    assert await minsu.one(PROOF, id=proof["id"]) is None


@pytest.mark.usefixtures("workers")
async def test_without_coming_back_the_webhook_or_the_relay_tells(hana: Api, world: World) -> None:
    proof = await hana.one(START, i={"idempotencyKey": key()})
    async with httpx2.AsyncClient(verify=TLS) as browser:
        data = {"born": "1988-01-31", "answer": "ok"}
        assert (await browser.post(proof["url"], data=data)).status_code == 303
        session = urlsplit(proof["url"]).path.rpartition("/")[2]
        service = world.env["STRIPE_BASE_URL"]
        headers = {"authorization": f"Bearer {world.env['STRIPE_API_KEY']}"}
        where = f"{service}/v1/identity/verification_sessions/{session}"

        async def is_proven() -> bool:
            return bool((await hana.one(ME))["age"] == "VERIFIED")

        async def is_forgotten() -> bool:
            found = await browser.get(where, headers=headers)
            return found.json()["redaction"] is not None

        await until(is_proven)
        await until(is_forgotten)
