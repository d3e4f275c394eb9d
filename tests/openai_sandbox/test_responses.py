"""The wire of responses: what OpenAI's SDK sees, and what the server keeps."""

import openai
import pytest

from sandbox.openai.server import OpenAISandbox
from tests.openai_sandbox.conftest import sdk

TOOL = {"type": "function", "name": "track_order", "description": "", "strict": True,
        "parameters": {"type": "object", "properties": {"order": {"type": "string"}},
                       "required": ["order"], "additionalProperties": False}}  # fmt: skip
CALL = {"type": "function_call", "call_id": "call_1", "name": "track_order", "arguments": "{}"}


@pytest.mark.parametrize(
    ("bad", "said"),
    [
        ({"input": ""}, "Missing required parameter: 'input'"),
        ({"tools": [{**TOOL, "name": "no spaces"}]}, "Invalid 'tools"),
        ({"tools": [{**TOOL, "parameters": {**TOOL["parameters"], "required": []}}]}, "required"),
        ({"tools": [{**TOOL, "parameters": {"type": "object"}}]}, "additionalProperties"),
        ({"input": [{"role": "user", "content": "a"}, CALL]}, "No tool output found"),
        ({"input": [{"type": "function_call_output", "call_id": "x", "output": "y"}]},
         "No tool call found"),
        ({"max_output_tokens": 3}, "max_output_tokens"),
        ({"metadata": {"a": "b" * 513}}, "metadata"),
        ({"safety_identifier": "x" * 65}, "safety_identifier"),
        ({"background": True, "store": False}, "store"),
        ({"previous_response_id": "resp_1"}, "conversation"),
        ({"text": {"format": {"type": "json_schema", "name": "a", "strict": True,
                              "schema": {"type": "object", "properties": {}}}}}, "response_format"),
    ],
)  # fmt: skip
async def test_bad_requests_are_refused_in_openai_s_words(sandbox, client, bad, said) -> None:
    with pytest.raises(openai.BadRequestError, match=said):
        await client.responses.create(**{"model": "gpt-6-luna", "input": "a"} | bad)
    assert sandbox.chats() == []


async def test_unknown_models_and_runs(client) -> None:
    with pytest.raises(openai.NotFoundError, match="does not exist"):
        await client.responses.create(model="scripted:angel", input="a")
    for call in (client.responses.retrieve, client.responses.cancel, client.responses.delete):
        with pytest.raises(openai.NotFoundError):
            await call("resp_unknown")


async def test_only_background_runs_are_cancelled_and_streamed_again(client) -> None:
    done = await client.responses.create(model="gpt-6-luna", input="a")
    assert (await client.responses.retrieve(done.id)).output_text == done.output_text
    with pytest.raises(openai.BadRequestError):
        await client.responses.cancel(done.id)
    with pytest.raises(openai.BadRequestError):
        await client.responses.retrieve(done.id, stream=True)
    await client.responses.delete(done.id)
    with pytest.raises(openai.NotFoundError):
        await client.responses.retrieve(done.id)


async def test_the_sdk_s_own_helper_resumes(client) -> None:
    run = await client.responses.create(model="gpt-6-luna", input="막걸리", background=True)
    async with client.responses.stream(response_id=run.id) as stream:
        kinds = [event.type async for event in stream]
        whole = (await stream.get_final_response()).output_text
    assert (kinds[0], kinds[-1]) == ("response.created", "response.completed")
    events = await client.responses.retrieve(run.id, stream=True, starting_after=4)
    numbers = [event.sequence_number async for event in events]
    assert numbers == list(range(5, len(kinds)))
    assert "막걸리" in whole


async def test_a_foreground_stream_ends_with_its_reader(sandbox, client) -> None:
    stream = await client.responses.create(model="scripted:slow:0.02", input="a", stream=True)
    async for event in stream:
        if event.type == "response.output_text.delta":
            break
    await stream.close()
    (run,) = sandbox.chats()
    while run["is_running"]:
        (run,) = sandbox.chats()
    assert run["status"] == "cancelled"


async def test_a_restart_forgets_no_round(tmp_path) -> None:
    with OpenAISandbox.at(tmp_path) as first:
        async with sdk(first) as client:
            done = await client.responses.create(model="gpt-6-luna", input="하나", background=True)
            async with client.responses.stream(response_id=done.id) as stream:
                said = (await stream.get_final_response()).output_text
            first.chat(tokens_per_second=2)
            cut = await client.responses.create(model="gpt-6-luna", input="둘", background=True)
            stopped = await client.responses.create(model="gpt-6-luna", input="c", background=True)
            await client.responses.cancel(stopped.id)
            gone = await client.responses.create(model="gpt-6-luna", input="d", background=True)
            await client.responses.delete(gone.id)
    with OpenAISandbox.at(tmp_path) as second:
        async with sdk(second) as client:
            assert (await client.responses.retrieve(done.id)).output_text == said
            async with client.responses.stream(response_id=cut.id) as stream:
                assert "둘" in (await stream.get_final_response()).output_text
            assert (await client.responses.retrieve(stopped.id)).status == "cancelled"
            with pytest.raises(openai.NotFoundError):
                await client.responses.retrieve(gone.id)


async def test_words_come_at_the_speed_asked_for(sandbox, client) -> None:
    sandbox.chat(tokens_per_second=20)
    run = await client.responses.create(model="gpt-6-luna", input="a", background=True)
    assert run.status == "in_progress"
    assert run.usage is None
    sandbox.chat(model="scripted:empty")
    empty = await client.responses.create(model="gpt-6-luna", input="a")
    assert (empty.output, empty.usage.output_tokens, empty.model) == ([], 0, "gpt-6-luna")
    async with client.responses.stream(response_id=run.id) as stream:
        final = await stream.get_final_response()
    assert final.usage.output_tokens >= len(final.output_text.split())
