"""Embeddings over HTTP, on the provider's bad days."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterator

import pytest
from prometheus_client import REGISTRY

from core.settings import Settings
from gateways.embedding import (
    Breaker,
    EmbeddingsRefused,
    EmbeddingsUnavailable,
    OpenAIEmbeddings,
    State,
)
from sandbox.openai.server import OpenAISandbox

PATH = "/v1/embeddings"


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OpenAISandbox]:
    with OpenAISandbox.at(tmp_path_factory.mktemp("embeddings")) as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(running: OpenAISandbox) -> OpenAISandbox:
    running.reset()
    return running


@pytest.fixture
async def gateway(sandbox: OpenAISandbox) -> AsyncIterator[OpenAIEmbeddings]:
    made = OpenAIEmbeddings(
        Settings(
            environment="test",
            openai_base_url=sandbox.base_url,
            openai_api_key=sandbox.config.api_key,
            embedding_breaker_failures=2,
            embedding_breaker_seconds=1.5,
        )
    )
    yield made
    await made.aclose()


def asked(sandbox: OpenAISandbox) -> int:
    return sandbox.calls()["requests"].get(f"POST {PATH}", 0)  # type: ignore[attr-defined]


def fault(name: str, times: int = 1, **more: object) -> dict[str, object]:
    return {"match": {"path": PATH}, "fault": name, "times": times, **more}


def counted(outcome: str) -> float:
    name = "embedding_requests_total"
    return REGISTRY.get_sample_value(name, {"outcome": outcome}) or 0.0


async def test_each_text_has_its_vector_in_order(
    sandbox: OpenAISandbox, gateway: OpenAIEmbeddings
) -> None:
    texts = [f"막걸리 {number}" for number in range(230)]
    found = await gateway.embed(texts, deadline=20)
    assert [len(vector) for vector in found] == [384] * 230
    assert asked(sandbox) == 3
    assert await gateway.embed([texts[229], texts[0]], deadline=5) == [found[229], found[0]]
    assert await gateway.embed([], deadline=5) == []


async def test_a_fault_that_passes_is_tried_again(
    sandbox: OpenAISandbox, gateway: OpenAIEmbeddings
) -> None:
    failed, answered = counted("failed"), counted("answered")
    sandbox.faults(fault("503", seconds=0.1))
    started = time.monotonic()
    assert len(await gateway.embed(["유자"], deadline=10)) == 1
    assert time.monotonic() - started >= 1.0
    assert asked(sandbox) == 2
    assert (counted("failed"), counted("answered")) == (failed + 1, answered + 1)


async def test_a_provider_that_asks_for_a_minute_gets_five_seconds(
    sandbox: OpenAISandbox, gateway: OpenAIEmbeddings
) -> None:
    """PRODUCT 69: between two tries nothing waits longer, whatever `Retry-After` says."""
    sandbox.faults(fault("429", seconds=60))
    started = time.monotonic()
    async with asyncio.timeout(20):
        assert len(await gateway.embed(["유자"], deadline=60)) == 1
    assert time.monotonic() - started >= 5.0
    assert asked(sandbox) == 2


@pytest.mark.parametrize(
    "name",
    ["429", "500", "timeout", "cut_stream", "malformed", "drip", "lost_reply_after_acceptance"],
)
async def test_every_fault_is_told_within_the_deadline(
    sandbox: OpenAISandbox, gateway: OpenAIEmbeddings, name: str
) -> None:
    sandbox.faults(fault(name, times=-1))
    started = time.monotonic()
    with pytest.raises(EmbeddingsUnavailable):
        await gateway.embed(["유자"], deadline=0.6)
    assert time.monotonic() - started < 0.9


async def test_three_tries_and_no_more(sandbox: OpenAISandbox, gateway: OpenAIEmbeddings) -> None:
    sandbox.faults(fault("500", times=-1))
    with pytest.raises(EmbeddingsUnavailable):
        await gateway.embed(["유자"], deadline=60)
    assert asked(sandbox) == 3


async def test_what_is_wrong_with_the_text_is_not_tried_again(
    sandbox: OpenAISandbox, gateway: OpenAIEmbeddings
) -> None:
    for bad in ("", "  "):
        with pytest.raises(EmbeddingsRefused):
            await gateway.embed(["유자", bad], deadline=5)
    assert asked(sandbox) == 0
    sandbox.faults(fault("400", times=-1))
    for _ in range(3):
        with pytest.raises(EmbeddingsRefused):
            await gateway.embed(["유자"], deadline=5)
    assert asked(sandbox) == 3
    assert gateway.state is State.CLOSED


async def test_the_eleventh_at_once_does_not_wait(
    sandbox: OpenAISandbox, gateway: OpenAIEmbeddings
) -> None:
    sandbox.faults(fault("slow", times=-1, seconds=0.5))
    calls = [asyncio.create_task(gateway.embed([f"{n}"], deadline=10)) for n in range(10)]
    await asyncio.sleep(0)
    started = time.monotonic()
    with pytest.raises(EmbeddingsUnavailable, match="under way"):
        await gateway.embed(["eleventh"], deadline=10)
    assert time.monotonic() - started < 0.3
    assert len(await asyncio.gather(*calls)) == 10
    assert len(await gateway.embed(["later"], deadline=10)) == 1


async def test_the_breaker_opens_and_one_call_closes_it(
    sandbox: OpenAISandbox, gateway: OpenAIEmbeddings
) -> None:
    sandbox.faults(fault("500", times=-1))
    for _ in range(2):
        with pytest.raises(EmbeddingsUnavailable):
            await gateway.embed(["유자"], deadline=0.5)
    assert gateway.state is State.OPEN
    before, started = asked(sandbox), time.monotonic()
    with pytest.raises(EmbeddingsUnavailable, match="a moment ago"):
        await gateway.embed(["유자"], deadline=5)
    assert time.monotonic() - started < 0.2
    assert asked(sandbox) == before
    assert REGISTRY.get_sample_value("embedding_breaker_state") == State.OPEN
    await asyncio.sleep(1.55)
    assert gateway.state is State.HALF_OPEN
    with pytest.raises(EmbeddingsUnavailable):
        await gateway.embed(["유자"], deadline=0.5)
    assert gateway.state is State.OPEN
    await asyncio.sleep(1.55)
    sandbox.faults(fault("slow", seconds=0.3))
    trial = asyncio.create_task(gateway.embed(["유자"], deadline=5))
    await asyncio.sleep(0.05)
    with pytest.raises(EmbeddingsUnavailable, match="a moment ago"):
        await gateway.embed(["another"], deadline=5)
    assert len(await trial) == 1
    assert gateway.state is State.CLOSED


async def test_who_leaves_during_a_trial_does_not_block_the_next(
    sandbox: OpenAISandbox, gateway: OpenAIEmbeddings
) -> None:
    sandbox.faults(fault("500", times=2), fault("slow", seconds=30))
    for _ in range(2):
        with pytest.raises(EmbeddingsUnavailable):
            await gateway.embed(["유자"], deadline=0.5)
    await asyncio.sleep(1.55)
    trial = asyncio.create_task(gateway.embed(["유자"], deadline=20))
    await asyncio.sleep(0.1)
    trial.cancel()
    with pytest.raises(asyncio.CancelledError):
        await trial
    assert len(await gateway.embed(["유자"], deadline=5)) == 1


def test_a_breaker_counts_failures_in_a_row() -> None:
    now = 0.0
    breaker = Breaker(2, 10, lambda: now)
    breaker.failed()
    breaker.succeeded()
    breaker.failed()
    assert breaker.enter()
    breaker.failed()
    assert breaker.state is State.OPEN
    assert not breaker.enter()
    now = 10.0
    assert breaker.enter()
    assert not breaker.enter()
    breaker.succeeded()
    assert breaker.state is State.CLOSED
