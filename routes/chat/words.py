"""One reply in the words of two protocols; what is said is the same (PRODUCT C1).

`AiSdk` is the UI message stream, version 1, of the AI SDK (`useChat`); `AgUi` is AG-UI 1.0.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Protocol

import orjson

from models.chat import ChatMessage, ChatStep, MessageStatus, StepKind

type Part = dict[str, Any]


class Words(Protocol):
    """How a protocol tells of a reply."""

    headers: Mapping[str, str]

    def begin(self) -> Iterator[Part]:
        """Open the stream."""
        ...

    def step(self, reply: ChatMessage, step: ChatStep, told: Part) -> Iterator[Part]:
        """Tell one step; `told` is what it shows, whole."""
        ...

    def lost(self) -> Iterator[Part]:
        """Tell that the reply cannot be followed to its end here."""
        ...

    def done(self) -> bytes:
        """Close the stream."""
        ...


class AiSdk:
    """https://ai-sdk.dev/docs/ai-sdk-ui/stream-protocol, UI message stream."""

    headers: Mapping[str, str] = {"x-vercel-ai-ui-message-stream": "v1"}

    def __init__(self, chat_id: str, reply_id: str) -> None:
        self._reply_id = reply_id
        self._open: str | None = None

    def begin(self) -> Iterator[Part]:
        yield {"type": "start", "messageId": self._reply_id}
        yield {"type": "start-step"}

    def step(self, reply: ChatMessage, step: ChatStep, told: Part) -> Iterator[Part]:
        if step.kind is StepKind.TEXT:
            yield from self._text(f"part-{told['part']}", told["text"])
            return
        if step.kind is StepKind.CITATION:
            yield {
                "type": "source-document",
                "sourceId": told["id"],
                "mediaType": "application/vnd.nerdx.node+json",
                "title": told["title"],
                "providerMetadata": {"nerdx": told},
            }
            return
        yield from self._closed()
        yield from self._other(reply, step, told)

    def _other(self, reply: ChatMessage, step: ChatStep, told: Part) -> Iterator[Part]:
        if step.kind is StepKind.TOOL_STARTED:
            call = {"toolCallId": told["call"], "toolName": told["tool"], "dynamic": True}
            yield {"type": "tool-input-start", **call}
            yield {"type": "tool-input-available", **call, "input": {}, "title": told["label"]}
        elif step.kind is StepKind.TOOL_ENDED:
            call = {"toolCallId": told["call"], "dynamic": True}
            if told["succeeded"]:
                yield {"type": "tool-output-available", **call, "output": {"ok": True}}
            else:
                yield {"type": "tool-output-error", **call, "errorText": "not now"}
        elif step.kind in (StepKind.CARD, StepKind.HANDOFF):
            part = reply.parts[step.payload["part"]]
            id = f"part-{step.payload['part']}"
            yield {"type": f"data-{part['type']}", "id": id, "data": told}
        elif step.kind is StepKind.BLOCKED:
            yield {"type": "data-blocked", "data": {"reason": told["reason"]}}
        elif reply.status is MessageStatus.STOPPED:
            yield {"type": "abort", "reason": "stopped"}
        elif reply.status is MessageStatus.FAILED:
            yield {"type": "error", "errorText": reply.reason or "FAILED"}
        else:
            yield {"type": "finish-step"}
            yield {"type": "finish", "finishReason": "stop"}

    def lost(self) -> Iterator[Part]:
        yield from self._closed()
        yield {"type": "error", "errorText": "RESYNC"}

    def done(self) -> bytes:
        return b"data: [DONE]\n\n"

    def _text(self, id: str, text: str) -> Iterator[Part]:
        if self._open != id:
            yield from self._closed()
            yield {"type": "text-start", "id": id}
            self._open = id
        yield {"type": "text-delta", "id": id, "delta": text}

    def _closed(self) -> Iterator[Part]:
        if self._open is not None:
            yield {"type": "text-end", "id": self._open}
            self._open = None


class AgUi:
    """https://docs.ag-ui.com, events of one run."""

    headers: Mapping[str, str] = {}

    def __init__(self, chat_id: str, reply_id: str) -> None:
        self._run = {"threadId": chat_id, "runId": reply_id}
        self._reply_id = reply_id
        self._open: str | None = None

    def begin(self) -> Iterator[Part]:
        yield {"type": "RUN_STARTED", **self._run}

    def step(self, reply: ChatMessage, step: ChatStep, told: Part) -> Iterator[Part]:
        if step.kind is StepKind.TEXT:
            yield from self._text(f"{self._reply_id}:{told['part']}", told["text"])
            return
        if step.kind is StepKind.CITATION:
            yield {"type": "CUSTOM", "name": "citation", "value": told}
            return
        yield from self._closed()
        yield from self._other(reply, step, told)

    def _other(self, reply: ChatMessage, step: ChatStep, told: Part) -> Iterator[Part]:
        if step.kind is StepKind.TOOL_STARTED:
            yield {
                "type": "TOOL_CALL_START",
                "toolCallId": told["call"],
                "toolCallName": told["tool"],
                "parentMessageId": self._reply_id,
            }
            yield {"type": "CUSTOM", "name": "tool", "value": told}
        elif step.kind is StepKind.TOOL_ENDED:
            yield {"type": "TOOL_CALL_END", "toolCallId": told["call"]}
            yield {
                "type": "TOOL_CALL_RESULT",
                "messageId": f"{self._reply_id}:{told['call']}",
                "toolCallId": told["call"],
                "content": "ok" if told["succeeded"] else "not now",
                "role": "tool",
            }
        elif step.kind in (StepKind.CARD, StepKind.HANDOFF):
            part = reply.parts[step.payload["part"]]
            yield {"type": "CUSTOM", "name": part["type"], "value": told}
        elif step.kind is StepKind.BLOCKED:
            yield {"type": "CUSTOM", "name": "blocked", "value": {"reason": told["reason"]}}
        elif reply.status is MessageStatus.FAILED:
            reason = reply.reason or "FAILED"
            yield {"type": "RUN_ERROR", "message": reason, "code": reason}
        else:
            result = {"status": reply.status.value}
            yield {"type": "RUN_FINISHED", **self._run, "result": result}

    def lost(self) -> Iterator[Part]:
        yield from self._closed()
        yield {"type": "RUN_ERROR", "message": "RESYNC", "code": "RESYNC"}

    def done(self) -> bytes:
        return b""

    def _text(self, id: str, text: str) -> Iterator[Part]:
        if self._open != id:
            yield from self._closed()
            yield {"type": "TEXT_MESSAGE_START", "messageId": id, "role": "assistant"}
            self._open = id
        yield {"type": "TEXT_MESSAGE_CONTENT", "messageId": id, "delta": text}

    def _closed(self) -> Iterator[Part]:
        if self._open is not None:
            yield {"type": "TEXT_MESSAGE_END", "messageId": self._open}
            self._open = None


def framed(part: Part) -> bytes:
    """Write a part as a server-sent event."""
    return b"data: " + orjson.dumps(part) + b"\n\n"
