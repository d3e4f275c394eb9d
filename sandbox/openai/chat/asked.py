"""A request for a response, checked as OpenAI checks it."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import orjson

from sandbox.openai.chat import tokens
from sandbox.openai.wire import WireError

_NAME = re.compile(r"[a-zA-Z0-9_-]{1,64}")
LEAST_OUTPUT = 16


@dataclass(frozen=True)
class Asked:
    """The body of POST /v1/responses."""

    body: Mapping[str, object]

    @property
    def model(self) -> str:
        return str(self.body["model"])

    @property
    def instructions(self) -> str:
        return str(self.body.get("instructions") or "")

    @property
    def is_streamed(self) -> bool:
        return bool(self.body.get("stream"))

    @property
    def is_background(self) -> bool:
        return bool(self.body.get("background"))

    @property
    def items(self) -> list[dict[str, object]]:
        """The input as a list of items."""
        given = self.body.get("input")
        if isinstance(given, str):
            return [{"role": "user", "content": given}]
        return [item for item in _list(given) if isinstance(item, dict)]

    @property
    def tools(self) -> dict[str, dict[str, object]]:
        """The parameters' schemas of the functions, by name."""
        found = {}
        for tool in _list(self.body.get("tools")):
            if isinstance(tool, dict) and tool.get("type") == "function":
                found[str(tool["name"])] = _object(tool.get("parameters"))
        return found

    @property
    def shape(self) -> dict[str, object] | None:
        """The JSON schema that the answer must keep to."""
        form = _object(_object(self.body.get("text")).get("format"))
        return _object(form.get("schema")) if form.get("type") == "json_schema" else None

    @property
    def max_output_tokens(self) -> int | None:
        given = self.body.get("max_output_tokens")
        return given if isinstance(given, int) else None

    @property
    def input_tokens(self) -> int:
        """What reading all of it costs."""
        texts = [self.instructions, *(item_text(item) for item in self.items)]
        tools = orjson.dumps(self.body.get("tools") or []).decode()
        spent = sum(tokens.count(text) + 4 for text in texts)
        return spent + (tokens.count(tools) if self.tools else 0)

    @property
    def last_words(self) -> str:
        """The text of the last item."""
        return item_text(self.items[-1]) if self.items else ""


def item_text(item: Mapping[str, object]) -> str:
    """The words of a message or of a tool's output; a call's arguments."""
    content = item.get("content") or item.get("output") or item.get("arguments") or ""
    if isinstance(content, str):
        return content
    parts = [part.get("text") for part in _list(content) if isinstance(part, dict)]
    return "\n".join(part for part in parts if isinstance(part, str))


def read(body: dict[str, object]) -> Asked:
    """Check a body, or raise 400 as OpenAI does."""
    asked = Asked(body)
    if not isinstance(body.get("model"), str):
        raise _missing("model")
    if not asked.items or not asked.last_words.strip():
        raise _missing("input")
    for tool in _list(body.get("tools")):
        _check_tool(_object(tool))
    _check_text(_object(body.get("text")))
    _check_calls(asked.items)
    _check_options(body)
    return asked


def _check_tool(tool: dict[str, object]) -> None:
    if tool.get("type") != "function":
        raise WireError(400, "The sandbox has function tools only.", param="tools")
    name = tool.get("name")
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise WireError(400, "Invalid 'tools[].name'.", param="tools", code="invalid_value")
    if tool.get("strict", True):
        _check_schema(f"function '{name}'", tool.get("parameters"), "tools[].parameters")


def _check_text(text: dict[str, object]) -> None:
    form = _object(text.get("format"))
    if form.get("type") == "json_schema" and form.get("strict"):
        _check_schema(f"response_format '{form.get('name')}'", form.get("schema"), "text.format")


def _check_schema(what: str, schema: object, param: str) -> None:
    for problem in _problems(schema, ()):
        code = "invalid_function_parameters" if param.startswith("tools") else "invalid_json_schema"
        message = f"Invalid schema for {what}: {problem}"
        raise WireError(400, message, param=param, code=code)


def _problems(schema: object, at: tuple[str, ...]) -> Iterator[str]:
    """What strict mode does not take."""
    if not isinstance(schema, dict):
        yield f"In context={at}, schema must be an object."
        return
    if "properties" in schema or schema.get("type") == "object":
        names = _object(schema.get("properties"))
        if schema.get("additionalProperties") is not False:
            yield f"In context={at}, 'additionalProperties' is required to be false."
        if missing := set(names) - {str(name) for name in _list(schema.get("required"))}:
            yield f"In context={at}, 'required' must have every key. Missing {sorted(missing)}."
        for name, inner in names.items():
            yield from _problems(inner, (*at, "properties", name))
    if "items" in schema:
        yield from _problems(schema["items"], (*at, "items"))
    for inner in _list(schema.get("anyOf")):
        yield from _problems(inner, (*at, "anyOf"))


def _check_calls(items: list[dict[str, object]]) -> None:
    """Every output needs its call before it, and every call its output."""
    called: set[object] = set()
    for item in items:
        if item.get("type") == "function_call":
            called.add(item.get("call_id"))
        elif item.get("type") == "function_call_output":
            if (id := item.get("call_id")) not in called:
                message = f"No tool call found for function call output with call_id {id}."
                raise WireError(400, message, param="input")
            called.remove(id)
    for id in called:
        message = f"No tool output found for function call {id}."
        raise WireError(400, message, param="input")


def _check_options(body: dict[str, object]) -> None:
    if body.get("background") and body.get("store") is False:
        raise WireError(400, "Background mode requires 'store' to be true.", param="store")
    if body.get("previous_response_id"):
        raise WireError(400, "The sandbox takes the whole conversation in 'input'.",
                        param="previous_response_id")  # fmt: skip
    limit = body.get("max_output_tokens")
    if limit is not None and (not isinstance(limit, int) or limit < LEAST_OUTPUT):
        raise WireError(400, f"'max_output_tokens' must be at least {LEAST_OUTPUT}.",
                        param="max_output_tokens", code="integer_below_min_value")  # fmt: skip
    metadata = _object(body.get("metadata"))
    if len(metadata) > 16 or any(len(str(value)) > 512 for value in metadata.values()):
        raise WireError(400, "Invalid 'metadata'.", param="metadata")
    if len(str(body.get("safety_identifier") or "")) > 64:
        raise WireError(400, "Invalid 'safety_identifier': at most 64 characters.",
                        param="safety_identifier", code="string_above_max_length")  # fmt: skip


def _missing(name: str) -> WireError:
    return WireError(400, f"Missing required parameter: '{name}'.", param=name,
                     code="missing_required_parameter")  # fmt: skip


def _object(given: object) -> dict[str, object]:
    return given if isinstance(given, dict) else {}


def _list(given: object) -> list[object]:
    return given if isinstance(given, list) else []
