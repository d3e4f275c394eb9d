"""A plan as the events of the wire, one after the other."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import orjson

from sandbox.openai.chat import tokens
from sandbox.openai.chat.asked import Asked
from sandbox.openai.chat.plan import Call, Output, Plan, Refuse, Say

type Event = dict[str, object]
_WORDS = re.compile(r"\s*\S+\s*\Z|\s*\S+")
_FAILED = "The model could not go on."


@dataclass
class Answer:
    """A response as it grows; `wire` is the object that the API shows."""

    id: str
    asked: Asked
    created_at: int
    status: str = "in_progress"
    output: list[Event] = field(default_factory=list)
    spent: int = 0
    failure: str | None = None
    is_cut_short: bool = False

    def wire(self) -> Event:
        body = self.asked.body
        error = {"code": self.failure, "message": _FAILED}
        return {
            "id": self.id,
            "object": "response",
            "created_at": self.created_at,
            "status": self.status,
            "background": self.asked.is_background,
            "error": error if self.failure else None,
            "incomplete_details": {"reason": "max_output_tokens"} if self.is_cut_short else None,
            "instructions": self.asked.instructions or None,
            "max_output_tokens": self.asked.max_output_tokens,
            "metadata": body.get("metadata") or {},
            "model": self.asked.model,
            "output": list(self.output),
            "parallel_tool_calls": body.get("parallel_tool_calls", True),
            "temperature": 1.0,
            "text": body.get("text") or {"format": {"type": "text"}},
            "tool_choice": body.get("tool_choice") or "auto",
            "tools": body.get("tools") or [],
            "top_p": 1.0,
            "usage": self.usage() if self.status != "in_progress" else None,
        }

    def usage(self) -> Event:
        read = self.asked.input_tokens
        return {
            "input_tokens": read,
            "input_tokens_details": {"cached_tokens": 0, "cache_write_tokens": 0},
            "output_tokens": self.spent,
            "output_tokens_details": {"reasoning_tokens": 0},
            "total_tokens": read + self.spent,
        }

    @property
    def can_go_on(self) -> bool:
        limit = self.asked.max_output_tokens
        return limit is None or self.spent < limit


def events(answer: Answer, plan: Plan) -> Iterator[Event]:
    """Everything that is said about an answer, which grows meanwhile."""
    yield {"type": "response.created", "response": answer.wire()}
    yield {"type": "response.in_progress", "response": answer.wire()}
    for number, output in enumerate(plan.outputs):
        if not answer.can_go_on:
            break
        yield from _item(answer, number, output)
    answer.is_cut_short = not answer.can_go_on
    answer.failure = plan.failure
    answer.status = "completed"
    if plan.failure:
        answer.status = "failed"
    elif answer.is_cut_short:
        answer.status = "incomplete"
    yield {"type": f"response.{answer.status}", "response": answer.wire()}


def _item(answer: Answer, number: int, output: Output) -> Iterator[Event]:
    if isinstance(output, Call):
        yield from _call(answer, number, output)
    else:
        yield from _message(answer, number, output)


def _message(answer: Answer, number: int, output: Say | Refuse) -> Iterator[Event]:
    id = f"msg_{answer.id[5:]}{number:02d}"
    kind, key = ("refusal", "refusal") if isinstance(output, Refuse) else ("output_text", "text")
    at = {"item_id": id, "output_index": number, "content_index": 0}
    extra: Event = {} if kind == "refusal" else {"logprobs": []}
    item: Event = {"id": id, "type": "message", "role": "assistant", "status": "in_progress"}
    yield _added(number, {**item, "content": []})
    yield {"type": "response.content_part.added", **at, "part": _part(kind, key, "")}
    said = ""
    for word in _WORDS.findall(output.text):
        if not answer.can_go_on:
            break
        said += word
        answer.spent += tokens.count(word)
        yield {"type": f"response.{kind}.delta", **at, "delta": word, **extra}
    yield {"type": f"response.{kind}.done", **at, key: said, **extra}
    yield {"type": "response.content_part.done", **at, "part": _part(kind, key, said)}
    status = "completed" if answer.can_go_on else "incomplete"
    done = {**item, "status": status, "content": [_part(kind, key, said)]}
    answer.output.append(done)
    yield {"type": "response.output_item.done", "output_index": number, "item": done}


def _call(answer: Answer, number: int, call: Call) -> Iterator[Event]:
    id, at = f"fc_{answer.id[5:]}{number:02d}", {"output_index": number}
    arguments = orjson.dumps(dict(call.arguments)).decode() if call.raw is None else call.raw
    item: Event = {"id": id, "type": "function_call", "status": "in_progress", "name": call.name}
    item |= {"call_id": f"call_{answer.id[5:]}{number:02d}", "arguments": ""}
    answer.spent += tokens.count(arguments) + tokens.count(call.name) + 8
    yield _added(number, item)
    kind = "response.function_call_arguments"
    yield {"type": f"{kind}.delta", "item_id": id, **at, "delta": arguments}
    told = {"item_id": id, **at, "name": call.name, "arguments": arguments}
    yield {"type": f"{kind}.done", **told}
    done = {**item, "status": "completed", "arguments": arguments}
    answer.output.append(done)
    yield {"type": "response.output_item.done", **at, "item": done}


def _added(number: int, item: Mapping[str, object]) -> Event:
    return {"type": "response.output_item.added", "output_index": number, "item": item}


def _part(kind: str, key: str, text: str) -> Event:
    part: Event = {"type": kind, key: text}
    return part if kind == "refusal" else {**part, "annotations": [], "logprobs": []}


def is_word(event: Event) -> bool:
    """Whether the event is a piece of text that people would watch come."""
    return str(event["type"]).endswith((".output_text.delta", ".refusal.delta"))


def sse(event: Event) -> bytes:
    """One event as a server sends it."""
    return b"event: " + str(event["type"]).encode() + b"\ndata: " + orjson.dumps(event) + b"\n\n"
