"""Reads what the model was given: sections, knowledge, turns, results of tools."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

import orjson

from sandbox.openai.chat.asked import Asked, item_text
from sandbox.openai.chat.talk.language import locale_of, sentences, terms

SHORT = 8
_SECTION = re.compile(r"^#{1,3} +(.+?)\s*$", re.MULTILINE)
_PIECE = re.compile(r"^\[([^\]\s]+)\]\s*\(([^;)]*)(?:;\s*([^)]*))?\)[ \t]*(.*)$", re.MULTILINE)
_PARAGRAPHS = re.compile(r"(\d)\s*(?:-|–|~|to|에서)\s*(\d)\s*(?:개의?\s*)?(?:paragraph|문단)")
_LANGUAGE = re.compile(r"\b(in English)\b|한국어로", re.IGNORECASE)
_WHOLE = {
    "ko": re.compile(r"[다요죠까네지오][\"'”’)]*[.!?…]*$"),
    "en": re.compile(
        r"(?=(\S+\s+){3})(?=.*\b(is|are|was|were|has|have|had|does|did|can|will|it|its|and|the|that"
        r"|which|who|we|they|you|your|a|an|as|on|with)\b)",
        re.IGNORECASE,
    ),
}
# What talks to a machine rather than to a reader is nothing to tell.
_ORDERS = re.compile(
    r"\bignore (all|any|previous|the)|system prompt|\byou (must|are now)\b|\b(call|use) [a-z]+_[a-z]+"
    r"|\binstructions?:|assistant|지시를? (무시|따르)|프롬프트|도구를 (호출|사용)|[a-z]+_[a-z_]+\s*\(",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Piece:
    """Something that the answer may rest on."""

    id: str
    kind: str
    title: str
    text: str
    truth: str = ""
    reason: str = ""

    @property
    def is_product(self) -> bool:
        return self.kind.lower() == "product"

    @property
    def is_ingredient(self) -> bool:
        return self.kind.lower() == "ingredient"

    @property
    def is_story(self) -> bool:
        return self.kind.lower() in ("lore", "story", "legend")

    def sentences(self) -> list[str]:
        """What it says, without what is an order to machines."""
        return [one for one in sentences(self.text) if not is_order(one)]

    def is_whole(self, sentence: str) -> bool:
        """Whether it reads as a sentence, not as an entry of a list."""
        if self.is_story:
            return True
        if re.search(r"\d/\d", sentence):
            return False
        return bool(_WHOLE[locale_of(sentence) or "en"].search(sentence))


@dataclass(frozen=True)
class Result:
    """What a tool gave in this turn."""

    tool: str
    arguments: Mapping[str, object]
    data: object
    text: str

    @property
    def message(self) -> str:
        """What the tool wants said, word by word."""
        if not isinstance(self.data, dict):
            return self.text if self.data is None else ""
        for name in ("message", "say", "line"):
            if isinstance(said := self.data.get(name), str) and said.strip():
                return said.strip()
        # A reason is for the model, unless it is written as one speaks to people.
        reason = str(self.data.get("reason") or self.data.get("error") or "")
        return reason if re.fullmatch(r"[A-Z가-힣].*[.!?]", reason) else ""

    @property
    def has_failed(self) -> bool:
        """Whether the tool says that it did not do it."""
        named = ("ok", "available", "succeeded", "in_stock")
        return isinstance(self.data, dict) and any(self.data.get(one) is False for one in named)


@dataclass(frozen=True)
class Prompt:
    """A request as the local model understands it."""

    asked: Asked
    sections: Mapping[str, str]
    pieces: list[Piece]
    turns: list[tuple[str, str]]
    results: list[Result] = field(default_factory=list)

    @property
    def words(self) -> str:
        """What the customer said last."""
        return next((text for role, text in reversed(self.turns) if role == "user"), "")

    @property
    def topic(self) -> str:
        """What it is about: the last words, with those before them when they say too little."""
        if terms(self.words) and len(self.words) >= SHORT:
            return self.words
        earlier = [text for role, text in self.turns if role == "user"][-2:-1]
        return " ".join([*earlier, self.words])

    @property
    def locale(self) -> str:
        """The language to answer in: the one that the rules name, or the customer's."""
        if named := _LANGUAGE.search(self.sections.get("rules", "")):
            return "en" if named[1] else "ko"
        persona = self.sections.get("persona", "") + self.sections.get("rules", "")
        return locale_of(self.words) or locale_of(persona) or "en"

    @property
    def is_korean(self) -> bool:
        return self.locale == "ko"

    @property
    def tools(self) -> Mapping[str, dict[str, object]]:
        return self.asked.tools

    @property
    def paragraphs(self) -> tuple[int, int]:
        """The least and the most of an answer."""
        found = _PARAGRAPHS.search(self.sections.get("rules", ""))
        return (int(found[1]), int(found[2])) if found else (2, 4)

    @property
    def said_before(self) -> str:
        """All that was answered until now."""
        return "\n".join(text for role, text in self.turns if role == "assistant")

    def has_called(self, tool: str) -> bool:
        """Whether a tool has been called since the customer spoke."""
        return any(result.tool == tool for result in self.results)

    def can(self, tool: str) -> bool:
        """Whether a tool is there and has not been used in this turn."""
        return tool in self.tools and not self.has_called(tool)


def is_order(sentence: str) -> bool:
    """Whether it talks to a machine rather than to a reader."""
    return bool(_ORDERS.search(sentence))


def read_prompt(asked: Asked) -> Prompt:
    """Take a request apart."""
    texts = [asked.instructions]
    turns: list[tuple[str, str]] = []
    for item in asked.items:
        role = str(item.get("role") or "")
        if role in ("developer", "system"):
            texts.append(item_text(item))
        elif role:
            turns.append((role, item_text(item)))
    sections = _sections("\n".join(texts))
    results, before = _results(asked.items)
    pieces = read_pieces(sections.get("knowledge", ""))
    known = [*(piece for result in results for piece in pieces_of(result.data)), *pieces]
    known += [piece for result in before for piece in pieces_of(result.data)]
    unique: dict[str, Piece] = {}
    for piece in known:
        unique.setdefault(piece.id, piece)
    return Prompt(asked, sections, list(unique.values()), turns, results)


def _sections(text: str) -> dict[str, str]:
    parts = _SECTION.split(text)
    pairs = zip(parts[1::2], parts[2::2], strict=False)
    return {name.strip().lower(): body.strip() for name, body in pairs}


def read_pieces(text: str) -> list[Piece]:
    """The blocks of the knowledge section."""
    heads = list(_PIECE.finditer(text))
    ends = [*(head.start() for head in heads[1:]), len(text)][: len(heads)]
    return [
        Piece(head[1], head[2].strip(), head[4].strip(), text[head.end() : end].strip(),
              (head[3] or "").strip())
        for head, end in zip(heads, ends, strict=True)
    ]  # fmt: skip


def pieces_of(data: object) -> list[Piece]:
    """The items of a tool's result."""
    given = data.get("items") if isinstance(data, dict) else data
    items = [one for one in given if isinstance(one, dict)] if isinstance(given, list) else []
    return [_piece(one) for one in items if one.get("id") or one.get("product_id")]


def _piece(item: Mapping[str, object]) -> Piece:
    def text(*names: str) -> str:
        return next((str(item[name]) for name in names if item.get(name)), "")

    return Piece(
        text("id", "product_id"), text("kind", "type") or "product", text("title", "name"),
        text("text", "excerpt", "description", "body"), text("truth"), text("reason"),
    )  # fmt: skip


def _results(items: list[dict[str, object]]) -> tuple[list[Result], list[Result]]:
    """Results since the customer spoke, and those before."""
    calls = {item.get("call_id"): item for item in items if item.get("type") == "function_call"}
    now: list[Result] = []
    before: list[Result] = []
    for item in items:
        if item.get("role") == "user":
            before, now = before + now, []
        if item.get("type") == "function_call_output":
            call = calls.get(item.get("call_id"), {})
            text = str(item.get("output") or "")
            arguments = _json(str(call.get("arguments") or ""))
            name = str(call.get("name") or "")
            found = arguments if isinstance(arguments, dict) else {}
            now.append(Result(name, found, _json(text), text))
    return now, before


def _json(text: str) -> object:
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return None
