"""Structured output: an object of the schema that was asked for, out of what was said."""

from collections.abc import Mapping

import orjson

from sandbox.openai.chat.talk import minutes
from sandbox.openai.chat.talk.language import matches, sentences, terms
from sandbox.openai.chat.talk.prompt import Prompt

SUMMARY = 5
_LISTS = {"customer": minutes.facts, "facts": minutes.facts, "talk": minutes.topics}


def shaped(prompt: Prompt, schema: Mapping[str, object]) -> str:
    """JSON that keeps to the schema."""
    return orjson.dumps(_value("", schema, prompt)).decode()


def summary(prompt: Prompt) -> str:
    """What was said, in a few of its own sentences: what customers said counts first."""
    said = [text for role, text in prompt.turns if role == "user"]
    answered = [text for role, text in prompt.turns if role == "assistant"]
    told = [one for text in [*said[-SUMMARY:], *answered[-2:]] for one in sentences(text)[:2]]
    return " ".join(dict.fromkeys(told))[:600]


def _value(name: str, schema: Mapping[str, object], prompt: Prompt) -> object:
    options = schema.get("anyOf")
    if isinstance(options, list) and options:
        return _value(name, options[0], prompt)
    if isinstance(listed := schema.get("enum"), list):
        return _option(listed, prompt)
    kind = schema.get("type")
    kind = kind[0] if isinstance(kind, list) else kind
    if kind == "object":
        inner = schema.get("properties")
        named = inner if isinstance(inner, dict) else {}
        return {key: _value(key, one, prompt) for key, one in named.items()}
    if kind == "array":
        return _list(name, schema, prompt)
    if kind in ("integer", "number"):
        return 0
    return False if kind == "boolean" else _text(name, prompt)


def _option(options: list[object], prompt: Prompt) -> object:
    said = terms(prompt.words)
    for one in options:
        if one == prompt.locale or any(matches(a, b) for a in terms(str(one)) for b in said):
            return one
    return options[0]


def _list(name: str, schema: Mapping[str, object], prompt: Prompt) -> list[object]:
    inner = schema.get("items")
    if isinstance(inner, dict) and inner.get("type") == "string":
        if told := _LISTS.get(name):
            return list(told(prompt))
        if "id" in name or "cit" in name:
            return [piece.id for piece in prompt.pieces[:3]]
        said: list[object] = [one for one in terms(prompt.words) if one[0] != "~"]
        return list(dict.fromkeys(said))[:5]
    return []


def _text(name: str, prompt: Prompt) -> str:
    if "locale" in name or "lang" in name:
        return prompt.locale
    if "title" in name:
        return " ".join(prompt.words.split())[:40]
    return summary(prompt)
