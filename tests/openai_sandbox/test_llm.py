"""The gateway of language models, against the sandbox over real HTTP."""

import asyncio
import socket
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import aclosing

import pytest
import pytest_asyncio

from core.settings import Settings
from gateways.llm import (
    Ask,
    Called,
    Ended,
    LlmGone,
    LlmUnavailable,
    OpenAIResponses,
    Opened,
    Prices,
    Refused,
    Shape,
    Step,
    Tool,
    ToolCall,
    ToolResult,
    Turn,
    Usage,
    Words,
)
from tests.openai_sandbox.conftest import DEADLINE

POST = {"method": "POST", "path": "/v1/responses"}
SAID = "하나 둘 셋 넷 다섯 여섯 일곱 여덟 아홉 열"
STALL = 0.5


def settings_of(sandbox, **changes) -> Settings:
    return Settings(
        environment="test",
        openai_base_url=changes.pop("openai_base_url", sandbox.base_url),
        openai_api_key=sandbox.config.api_key,
        chat_stall_seconds=STALL,
        **changes,
    )


@pytest_asyncio.fixture(loop_scope="session")
async def llm(sandbox) -> AsyncIterator[OpenAIResponses]:
    made = OpenAIResponses(settings_of(sandbox))
    yield made
    await made.aclose()


def ask(**changes) -> Ask:
    return Ask(
        **{"reference": "reply-1", "instructions": "", "turns": [Turn("user", "안녕")]} | changes
    )


async def heard(steps) -> tuple[list[Step], LlmUnavailable | None]:
    found: list[Step] = []
    try:
        async with asyncio.timeout(DEADLINE), aclosing(steps):
            async for step in steps:
                found.append(step)
    except LlmUnavailable as error:
        return found, error
    return found, None


def words(steps: Sequence[Step]) -> str:
    return "".join(step.text for step in steps if isinstance(step, Words))


async def test_a_round_is_streamed_stored_and_counted(sandbox, llm) -> None:
    sandbox.chat(script=[{"say": SAID}])
    steps, error = await heard(llm.open(ask(customer_hash="c" * 32)))
    assert error is None
    assert isinstance(steps[0], Opened)
    assert words(steps) == SAID
    assert [step.sequence for step in steps] == sorted({step.sequence for step in steps})
    ended = steps[-1]
    assert isinstance(ended, Ended)
    assert ended.reason == "completed"
    assert ended.usage.output_tokens >= 10
    (run,) = sandbox.chats()
    assert run["metadata"] == {"reply": "reply-1"}
    assert run["safety_identifier"] == "c" * 32
    assert run["is_background"]
    assert ended.usage == Usage(run["usage"]["input_tokens"], run["usage"]["output_tokens"])


async def test_tools_are_called_and_answered(sandbox, llm) -> None:
    schema = {"type": "object", "properties": {"code": {"type": "string"}},
              "required": ["code"], "additionalProperties": False}  # fmt: skip
    tools = [Tool("apply_discount", "Apply a code.", schema)]
    wanted = {"name": "apply_discount", "arguments": {"code": "FIRSTCUP"}}
    sandbox.chat(script=[{"say": "한 번 볼게요.", "calls": [wanted]}, {"say": "됐어요."}])
    steps, _ = await heard(llm.open(ask(tools=tools)))
    (call,) = [step for step in steps if isinstance(step, Called)]
    assert (call.name, call.arguments) == ("apply_discount", '{"code":"FIRSTCUP"}')
    turns = [Turn("user", "코드"), ToolCall(call.call_id, call.name, call.arguments),
             ToolResult(call.call_id, '{"ok": true}')]  # fmt: skip
    steps, _ = await heard(llm.open(ask(turns=turns, tools=tools)))
    assert words(steps) == "됐어요."
    assert [item.get("type") for item in sandbox.chats()[-1]["input"]] == [
        None, "function_call", "function_call_output"]  # fmt: skip
    loose = Tool("apply_discount", "Apply a code.", {**schema, "additionalProperties": True})
    _, error = await heard(llm.open(ask(tools=[loose])))
    assert error is not None
    assert (error.retryable, error.is_unknown) == (False, False)


async def test_limits_refusals_and_shapes(sandbox, llm) -> None:
    steps, _ = await heard(llm.open(ask(model="scripted:repeat", max_output_tokens=40)))
    assert isinstance(steps[-1], Ended)
    assert steps[-1].reason == "incomplete"
    assert 40 <= steps[-1].usage.output_tokens < 50
    steps, _ = await heard(llm.open(ask(model="scripted:refuse")))
    (refused,) = [step for step in steps if isinstance(step, Refused)]
    assert refused.text == "그 요청은 도와드릴 수 없어요."
    shape = Shape("summary", {"type": "object", "properties": {"summary": {"type": "string"}},
                              "required": ["summary"], "additionalProperties": False})  # fmt: skip
    turns = [
        Turn("user", "너드 이야기를 들려줘요."),
        Turn("assistant", "그래요."),
        Turn("user", "고마워요."),
    ]
    steps, _ = await heard(llm.open(ask(turns=turns, shape=shape)))
    assert words(steps).startswith('{"summary":"너드 이야기를 들려줘요.')


async def gone_on(llm, steps: list[Step]) -> tuple[list[Step], LlmUnavailable | None]:
    first = steps[0]
    assert isinstance(first, Opened)
    return await heard(llm.resume(first.provider_id, steps[-1].sequence))


@pytest.mark.parametrize(
    "fault", [{"fault": "cut_stream", "after": 7}, {"fault": "malformed", "after": 7},
              {"fault": "cut_stream", "after": 1}, {"fault": "drip", "seconds": 20}]
)  # fmt: skip
async def test_a_broken_stream_is_resumed_without_loss(sandbox, llm, fault) -> None:
    sandbox.chat(script=[{"say": SAID}])
    sandbox.faults({"match": POST, **fault})
    steps, error = await heard(llm.open(ask()))
    assert error is not None
    assert error.retryable
    assert error.is_unknown is (not steps)
    if not steps:
        return
    rest, error = await gone_on(llm, steps)
    assert error is None
    assert words([*steps, *rest]) == SAID
    assert isinstance(rest[-1], Ended)
    whole, _ = await heard(llm.resume(steps[0].provider_id, -1))
    assert whole == [*steps, *rest]


@pytest.mark.parametrize("model", ["scripted:stall:3:1.2", "scripted:cut:3", "scripted:garble:3"])
async def test_a_model_that_stops_in_the_middle_is_resumed(llm, model) -> None:
    steps, error = await heard(llm.open(ask(model=model)))
    assert error is not None
    assert (error.retryable, error.is_unknown) == (True, False)
    assert len(words(steps).split()) == 3
    while error is not None:
        rest, error = await gone_on(llm, steps)
        steps += rest
    said, _ = await heard(llm.open(ask()))
    assert words(steps) == words(said)


async def test_a_stall_is_bounded(llm) -> None:
    begun = time.monotonic()
    _, error = await heard(llm.open(ask(model="scripted:stall:0")))
    assert error is not None
    assert STALL <= time.monotonic() - begun < STALL + 2


@pytest.mark.parametrize(
    ("fault", "retryable", "is_unknown"),
    [("429", True, False), ("503", True, False), ("500", True, True), ("400", False, False),
     ("401", False, False), ("lost_reply_after_acceptance", True, True)],
)  # fmt: skip
async def test_what_is_known_of_a_round_that_was_not_opened(
    sandbox, llm, fault, retryable, is_unknown
) -> None:
    sandbox.faults({"match": POST, "fault": fault, "seconds": 3} if fault.isdigit() else
                   {"match": POST, "fault": fault})  # fmt: skip
    steps, error = await heard(llm.open(ask()))
    assert steps == []
    assert error is not None
    assert (error.retryable, error.is_unknown) == (retryable, is_unknown)
    assert error.retry_after == (3 if fault in ("429", "503") else None)
    # Never sent again by itself: a round costs.
    assert sandbox.calls()["requests"] == {"POST /v1/responses": 1}


async def test_no_answer_and_nobody_there(sandbox) -> None:
    sandbox.faults({"match": POST, "fault": "timeout"})
    slow = OpenAIResponses(settings_of(sandbox, provider_timeout_seconds=0.3))
    _, error = await heard(slow.open(ask()))
    assert error is not None
    assert (error.retryable, error.is_unknown) == (True, True)
    await slow.aclose()
    with socket.create_server(("127.0.0.1", 0)) as door:
        port = door.getsockname()[1]
    away = OpenAIResponses(settings_of(sandbox, openai_base_url=f"http://127.0.0.1:{port}/v1"))
    _, error = await heard(away.open(ask()))
    assert error is not None
    assert (error.retryable, error.is_unknown) == (True, False)
    await away.aclose()


async def test_a_failed_round_says_so(llm) -> None:
    for model, retryable in (("scripted:fail", True), ("scripted:fail:invalid_prompt", False)):
        steps, error = await heard(llm.open(ask(model=model)))
        assert words(steps)
        assert error is not None
        assert (error.retryable, error.is_unknown) == (retryable, False)


async def test_cancel_ends_the_work_within_a_second(sandbox, llm) -> None:
    sandbox.chat(model="scripted:slow:0.05", script=[])
    steps: list[Step] = []
    async with asyncio.timeout(DEADLINE), aclosing(llm.open(ask())) as opened:
        async for step in opened:
            steps.append(step)
            if len([one for one in steps if isinstance(one, Words)]) == 2:
                begun = time.monotonic()
                used = await llm.cancel(steps[0].provider_id)
    assert time.monotonic() - begun < 1
    (run,) = sandbox.chats()
    assert (run["status"], run["is_running"]) == ("cancelled", False)
    assert used == Usage(run["usage"]["input_tokens"], run["usage"]["output_tokens"])
    ended = steps[-1]
    assert isinstance(ended, Ended)
    assert (ended.reason, ended.usage) == ("cancelled", used)
    assert await llm.cancel(steps[0].provider_id) == used
    assert sandbox.chats() == [run]


async def test_a_run_outlives_its_reader_and_can_be_forgotten(sandbox, llm) -> None:
    sandbox.chat(model="scripted:slow:0.03")
    async with aclosing(llm.open(ask())) as opened:
        first = await anext(opened)
    assert isinstance(first, Opened)
    rest, error = await heard(llm.resume(first.provider_id, first.sequence))
    assert error is None
    assert isinstance(rest[-1], Ended)
    await llm.forget(first.provider_id)
    await llm.forget(first.provider_id)
    _, error = await heard(llm.resume(first.provider_id, -1))
    assert isinstance(error, LlmGone)
    assert await llm.cancel(first.provider_id) == Usage()
    (run,) = sandbox.chats()
    assert run["is_deleted"]
    assert run["input"] == []


async def test_a_cut_while_a_hundred_read(sandbox, llm) -> None:
    sandbox.chat(tokens_per_second=500)
    sandbox.faults({"match": POST, "fault": "cut_stream", "after": 9, "times": 50})

    async def one(number: int) -> str:
        said = f"{number} {SAID}"
        steps, error = await heard(llm.open(ask(turns=[Turn("user", said)])))
        if error is not None:
            rest, error = await gone_on(llm, steps)
            steps += rest
        assert error is None
        return words(steps)

    answers = await asyncio.gather(*(one(number) for number in range(100)))
    assert [f"“{n} {SAID}”" in text for n, text in enumerate(answers)] == [True] * 100


def test_costs_are_whole_millionths_rounded_up() -> None:
    prices = Prices.of(Settings(environment="test"))
    assert prices == Prices(100_000, 500_000)
    assert prices.cost(Usage(1_000_000, 1_000_000)) == 600_000
    assert prices.cost(Usage(1, 0)) == 1
    assert prices.cost(Usage()) == 0
    assert Usage(1, 2) + Usage(3, 4) == Usage(4, 6)
