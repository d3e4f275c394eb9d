"""OpenAI's Responses API, streamed from runs in the background that outlive their readers."""

from collections.abc import AsyncGenerator, Sequence
from typing import cast

from openai import AsyncStream, omit
from openai.types.responses import (
    Response,
    ResponseInputParam,
    ResponseStreamEvent,
    ResponseTextConfigParam,
    ToolParam,
)

from core.settings import Settings
from core.telemetry import traced
from gateways.llm.faults import asking, beginning, listening
from gateways.llm.port import (
    Ask,
    Ended,
    Item,
    Llm,
    LlmGone,
    LlmUnavailable,
    Shape,
    Step,
    Tool,
    ToolCall,
    Turn,
    Usage,
)
from gateways.llm.reading import Reader, usage
from gateways.provider import OpenAIClients

type Events = AsyncStream[ResponseStreamEvent]


class OpenAIResponses(Llm):
    """Speaks through the official SDK; what costs is sent once, and nothing waits for ever.

    Each round is a background run that the provider stores: readers may come and go. There is no
    way to find a run whose id was lost, since the API lists none.
    """

    def __init__(self, settings: Settings) -> None:
        self._clients = OpenAIClients(settings)
        self._model = settings.openai_chat_model
        self._deadline = settings.provider_timeout_seconds
        self._stall = settings.chat_stall_seconds
        # The connection's own patience must not end before ours.
        self._patience = max(self._deadline, self._stall) + 5.0

    async def open(self, ask: Ask) -> AsyncGenerator[Step]:
        events = await self._create(ask)
        async for step in self._steps(events, Reader()):
            yield step

    async def resume(self, provider_id: str, after: int) -> AsyncGenerator[Step]:
        events = await self._again(provider_id, after)
        async for step in self._steps(events, Reader(provider_id, after)):
            yield step

    @traced("llm.open")
    async def _create(self, ask: Ask) -> Events:
        client = self._clients.here()
        options: dict[str, object] = {}
        if ask.tools:
            options |= {"tools": _tools(ask.tools), "parallel_tool_calls": False}
        if ask.shape:
            options["text"] = _shape(ask.shape)
        if ask.customer_hash:
            options["safety_identifier"] = ask.customer_hash
        async with beginning(self._deadline):
            events: Events = await client.responses.create(
                model=ask.model or self._model,
                instructions=ask.instructions,
                input=_input(ask.turns),
                max_output_tokens=ask.max_output_tokens,
                metadata={"reply": ask.reference},
                background=True,
                store=True,
                stream=True,
                stream_options={"include_obfuscation": False},
                timeout=self._patience,
                **options,  # type: ignore[call-overload]
            )
            return events

    @traced("llm.resume")
    async def _again(self, provider_id: str, after: int) -> Events:
        client = self._clients.here()
        async with asking(self._deadline):
            return await client.responses.retrieve(
                provider_id,
                stream=True,
                starting_after=omit if after < 0 else after,
                timeout=self._patience,
            )

    async def _steps(self, events: Events, reader: Reader) -> AsyncGenerator[Step]:
        try:
            while not reader.is_over:
                is_unknown = reader.provider_id is None
                async with listening(self._stall, is_unknown):
                    event = await anext(events, None)
                    step = reader.read(event) if event is not None else None
                if event is None:
                    step = await self._last(reader)
                if step is not None:
                    yield step
        finally:
            await events.close()

    async def _last(self, reader: Reader) -> Step:
        """What a stream that just stopped had left to say: a run that was cancelled ends so."""
        message = "the stream ended before the answer"
        if reader.provider_id is None:
            raise LlmUnavailable(message, retryable=True, is_unknown=True)
        response = await self._retrieve(reader.provider_id)
        if response.status != "cancelled":
            raise LlmUnavailable(message, retryable=True)
        reader.is_over = True
        return Ended(usage(response), "cancelled", reader.after + 1)

    @traced("llm.retrieve")
    async def _retrieve(self, provider_id: str) -> Response:
        client = self._clients.here().with_options(max_retries=1)
        async with asking(self._deadline):
            return await client.responses.retrieve(provider_id, stream=False)

    @traced("llm.cancel")
    async def cancel(self, provider_id: str) -> Usage:
        client = self._clients.here().with_options(max_retries=1)
        try:
            async with asking(self._deadline):
                return usage(await client.responses.cancel(provider_id))
        except LlmGone:
            return Usage()

    @traced("llm.forget")
    async def forget(self, provider_id: str) -> None:
        client = self._clients.here().with_options(max_retries=1)
        try:
            async with asking(self._deadline):
                await client.responses.delete(provider_id)
        except LlmGone:
            return

    async def aclose(self) -> None:
        await self._clients.aclose()


def _input(turns: Sequence[Item]) -> ResponseInputParam:
    return cast(ResponseInputParam, [_item(turn) for turn in turns])


def _item(item: Item) -> dict[str, object]:
    if isinstance(item, Turn):
        return {"role": item.role, "content": item.text}
    if isinstance(item, ToolCall):
        return {
            "type": "function_call",
            "call_id": item.call_id,
            "name": item.name,
            "arguments": item.arguments,
        }
    return {"type": "function_call_output", "call_id": item.call_id, "output": item.output}


def _tools(tools: Sequence[Tool]) -> list[ToolParam]:
    return [
        {
            "type": "function",
            "name": tool.name,
            "description": tool.description,
            "parameters": dict(tool.parameters),
            "strict": True,
        }
        for tool in tools
    ]


def _shape(shape: Shape) -> ResponseTextConfigParam:
    return {
        "format": {
            "type": "json_schema",
            "name": shape.name,
            "schema": dict(shape.schema),
            "strict": True,
        }
    }
