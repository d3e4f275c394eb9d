"""POST /v1/responses: a small answer that is always the same for the same question."""

import re
import time
from collections.abc import AsyncIterator
from hashlib import blake2b

import orjson
from starlette.responses import Response, StreamingResponse

from sandbox.openai.wire import WireError, answer

_HANGUL = re.compile(r"[가-힣]")


def respond(body: dict[str, object]) -> Response:
    """Answers at once, or as server-sent events when asked to stream."""
    model, question = body.get("model"), last_words(body.get("input"))
    if not isinstance(model, str):
        raise WireError(400, "Missing required parameter: 'model'.", param="model",
                        code="missing_required_parameter")  # fmt: skip
    if not question:
        raise WireError(400, "Missing required parameter: 'input'.", param="input",
                        code="missing_required_parameter")  # fmt: skip
    reply = _Reply(model, question)
    if body.get("stream"):
        return StreamingResponse(reply.events(), media_type="text/event-stream")
    return answer(reply.whole())


def last_words(given: object) -> str:
    """The text of the last message."""
    if isinstance(given, str):
        return given
    if not isinstance(given, list) or not given or not isinstance(given[-1], dict):
        return ""
    content = given[-1].get("content") or given[-1].get("output") or ""
    if isinstance(content, str):
        return content
    parts = [part.get("text") for part in content if isinstance(part, dict)]
    return "\n".join(part for part in parts if isinstance(part, str))


class _Reply:
    def __init__(self, model: str, question: str) -> None:
        self._mark = blake2b(f"{model}\n{question}".encode(), digest_size=12).hexdigest()
        self._model, self._question = model, question
        short = " ".join(question.split())[:80]
        korean = _HANGUL.search(question)
        self.text = f"“{short}”라고 하셨네요. 한 잔 어떠세요?" if korean else f"You said “{short}”."
        self._created = int(time.time())

    def whole(self, status: str = "completed") -> dict[str, object]:
        done = status == "completed"
        words, asked = len(self.text.split()), len(self._question.split())
        usage = {
            "input_tokens": asked,
            "input_tokens_details": {"cached_tokens": 0, "cache_write_tokens": 0},
            "output_tokens": words,
            "output_tokens_details": {"reasoning_tokens": 0},
            "total_tokens": asked + words,
        }
        return {
            "id": f"resp_{self._mark}",
            "object": "response",
            "created_at": self._created,
            "status": status,
            "error": None,
            "incomplete_details": None,
            "instructions": None,
            "metadata": {},
            "model": self._model,
            "output": [self._item(done)] if done else [],
            "parallel_tool_calls": True,
            "temperature": 1.0,
            "tool_choice": "auto",
            "tools": [],
            "top_p": 1.0,
            "usage": usage if done else None,
        }

    def _item(self, done: bool) -> dict[str, object]:
        return {
            "id": f"msg_{self._mark}",
            "type": "message",
            "role": "assistant",
            "status": "completed" if done else "in_progress",
            "content": [self._part(self.text)] if done else [],
        }

    def _part(self, text: str) -> dict[str, object]:
        return {"type": "output_text", "text": text, "annotations": [], "logprobs": []}

    async def events(self) -> AsyncIterator[bytes]:
        for number, event in enumerate(self._steps()):
            data = orjson.dumps({**event, "sequence_number": number})
            yield b"event: " + str(event["type"]).encode() + b"\ndata: " + data + b"\n\n"

    def _steps(self) -> list[dict[str, object]]:
        at = {"item_id": f"msg_{self._mark}", "output_index": 0, "content_index": 0}
        words = re.findall(r"\s*\S+", self.text)
        return [
            {"type": "response.created", "response": self.whole("in_progress")},
            {"type": "response.in_progress", "response": self.whole("in_progress")},
            {"type": "response.output_item.added", "output_index": 0, "item": self._item(False)},
            {"type": "response.content_part.added", **at, "part": self._part("")},
            *(
                {"type": "response.output_text.delta", **at, "delta": word, "logprobs": []}
                for word in words
            ),
            {"type": "response.output_text.done", **at, "text": self.text, "logprobs": []},
            {"type": "response.content_part.done", **at, "part": self._part(self.text)},
            {"type": "response.output_item.done", "output_index": 0, "item": self._item(True)},
            {"type": "response.completed", "response": self.whole()},
        ]
