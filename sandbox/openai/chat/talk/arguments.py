"""Fills the arguments of a tool by the names and types of its schema."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence

from sandbox.openai.chat.talk.language import matches, quantities, terms
from sandbox.openai.chat.talk.prompt import Piece, Prompt

_CODE = re.compile(r"\b(?=[A-Z0-9_-]*[A-Z])[A-Z0-9][A-Z0-9_-]{3,23}\b")
_CODE_SAID = re.compile(
    r"(?:code|coupon|코드|쿠폰)\s*(?:is|는|은|:)?\s*[\"'“”]?([A-Za-z0-9][A-Za-z0-9_-]{2,23})"
)
_ASKS = re.compile(
    r"\b(can you|please|tell|me|us|a|an|the|another|about|of|stor(y|ies)|tales?)\b"
    r"|(옛날\s*)?이야기(를|나)?|(들려|해|말해)\s*(줘요?|주세요|줄래요?|주실래요?)|하나|좀|[?!.]",
    re.IGNORECASE,
)
_GLUED = re.compile(r"([A-Za-z가-힣]+)(\d+)")
_MENTION = re.compile(r"[A-Za-z가-힣]+\d+(?:\s+[A-Z][a-z]+|\s+[가-힣]+)?(?:\s+[A-Z][a-z]+)?")
_ORDER = re.compile(
    r"\b[2-9CFHKMRUXY]{4}-[2-9CFHKMRUXY]{4}\b|#?\b(?:[A-Z]{1,4}-?)?\d{4,}[\w-]*\b"
    r"|\bord(?:er)?_[\w-]+"
)
_MAIL = re.compile(r"[\w.+-]+@[\w-]+\.[\w.]+")
_PLEASE = re.compile(
    r"\b(please|thanks|buy|order|add|get|take|want|send|have|i|i'd|like|to|me|us|a|an|the|of|bottles?|"
    r"cart|my|in|put|can|you|for|is|are|there|any|stock|left|do|when|back|notify|tell|let|know)\b"
    r"|담아|주문|구매|할게요|할게|살게요|주세요|주세|줘|부탁해요|부탁|해\s*주|있나요|있어요|재고|입고되면|입고|알려|[?!.,]",
    re.IGNORECASE,
)  # fmt: skip


def named(prompt: Prompt, text: str) -> list[Piece]:
    """The products that a text names, in the order in which it names them."""
    products = [piece for piece in prompt.pieces if piece.is_product]
    said, shared = terms(text), _shared(products)
    heads = {term for head, _ in _GLUED.findall(text) for term in terms(head)}
    numbers = {number for _, number in _GLUED.findall(text)}
    amounts = {str(number) for number, _, _ in quantities(text)} - numbers
    best: dict[int, tuple[int, Piece]] = {}
    for piece in products:
        own = _names(piece)
        hits = [n for n, term in enumerate(said) if any(matches(term, one) for one in own)]
        telling = [
            n for n in hits
            if said[n] in numbers or (said[n] not in shared and said[n] not in amounts)
        ]  # fmt: skip
        is_other = bool(numbers) and not numbers & own and {said[n] for n in telling} <= heads
        if telling and not is_other and len(hits) > best.get(telling[0], (0, piece))[0]:
            best[telling[0]] = (len(hits), piece)
    return [piece for _, (_, piece) in sorted(best.items())]


def _names(piece: Piece) -> set[str]:
    return {*terms(piece.title), *terms(piece.id.replace("-", " "))}


def _shared(products: list[Piece]) -> set[str]:
    """Stems of more than one product, such as the maker's name: they tell nothing apart."""
    counts = Counter(term for piece in products for term in _names(piece))
    return {term for term, count in counts.items() if count > 1}


def wanted_products(prompt: Prompt) -> list[Piece]:
    """The products that the customer speaks of, now or last."""
    if found := named(prompt, prompt.words):
        return found
    for _, text in reversed(prompt.turns[:-1]):
        cited = [piece for piece in prompt.pieces if piece.is_product and f"[{piece.id}]" in text]
        if found := cited[:1] or named(prompt, text)[:1]:
            return found
    return []


def spoken_of(prompt: Prompt) -> str | None:
    """A product in words: as the customer names it, else as it was named before."""
    rest = described(prompt.words)
    if _GLUED.search(rest):
        return rest
    for _, text in reversed(prompt.turns[:-1]):
        if found := _MENTION.findall(text):
            return str(found[-1])
    return None


def described(text: str) -> str:
    """A product in the customer's own words, when no knowledge names it."""
    for _, start, end in reversed(quantities(text)):
        text = text[:start] + " " + text[end:]
    return " ".join(_PLEASE.sub(" ", text).split())


def code(text: str, pieces: Sequence[Piece]) -> str | None:
    """A discount code in a text."""
    if said := _CODE_SAID.search(text):
        return said[1].upper()
    names = {term for piece in pieces if piece.is_product for term in _names(piece)}
    codes = [one for one in _CODE.findall(text) if not set(terms(one)) <= names | {""}]
    return codes[0] if codes else None


def order_number(text: str) -> str | None:
    """An order that a text names."""
    found = _ORDER.search(text)
    return found[0].lstrip("#") if found else None


class Filler:
    """Fills schemas for one request."""

    def __init__(self, prompt: Prompt) -> None:
        self._prompt = prompt
        self._products = wanted_products(prompt)
        self._amounts = [number for number, _, _ in quantities(prompt.words)]

    def arguments(self, tool: str, line: int = 0) -> dict[str, object]:
        """The arguments of a tool; `line` says for which of the products that were named."""
        return self._object(self._prompt.tools[tool], line)

    def _object(self, schema: Mapping[str, object], line: int) -> dict[str, object]:
        properties = schema.get("properties")
        named = properties if isinstance(properties, dict) else {}
        return {name: self._value(name, inner, line) for name, inner in named.items()}

    def _value(self, name: str, schema: Mapping[str, object], line: int) -> object:
        kinds, schema = _kinds(schema)
        if "array" in kinds:
            return self._list(name, schema)
        if "object" in kinds:
            return self._object(schema, line)
        if options := schema.get("enum"):
            return self._option(name, options if isinstance(options, list) else [], kinds)
        if "integer" in kinds or "number" in kinds:
            return self._number(name, kinds, line)
        if "boolean" in kinds:
            return None if "null" in kinds else False
        return self._text(name.lower(), kinds, line)

    def _list(self, name: str, schema: Mapping[str, object]) -> list[object]:
        inner = schema.get("items")
        inner = inner if isinstance(inner, dict) else {}
        if "object" in _kinds(inner)[0]:
            count = max(1, len(self._products))
            return [self._value(name, inner, line) for line in range(count)]
        if re.search(r"product|item", name):
            return [self._value(name, inner, line) for line in range(len(self._products))]
        if re.search(r"tag|flavou?r|taste|keyword|mood", name):
            options = inner.get("enum")
            said = [term for term in terms(self._prompt.words) if not term.startswith("~")]
            if isinstance(options, list):
                return [one for one in options if _is_said(str(one), self._prompt.words)]
            return list(said)
        return []

    def _option(self, name: str, options: list[object], kinds: set[str]) -> object:
        products = [piece.id for piece in self._products]
        for one in options:
            if (
                one in products
                or one == self._prompt.locale
                or _is_said(str(one), self._prompt.words)
            ):
                return one
        return None if "null" in kinds or None in options else options[0]

    def _number(self, name: str, kinds: set[str], line: int) -> int | None:
        if re.search(r"quantity|qty|count|amount|bottles|number", name):
            return self._amounts[min(line, len(self._amounts) - 1)] if self._amounts else 1
        return None if "null" in kinds else 3 if re.search(r"first|limit|max", name) else 1

    def _text(self, name: str, kinds: set[str], line: int) -> object:
        words = self._prompt.words
        found: object = None
        if re.search(r"product|variant|sku|item|bottle|drink", name):
            known = self._products[line].id if line < len(self._products) else None
            found = known or spoken_of(self._prompt)
        elif re.search(r"code|coupon|promo|discount", name):
            found = code(words, self._prompt.pieces)
        elif re.search(r"order|tracking|parcel", name):
            found = order_number(words)
        elif re.search(r"mail", name):
            found = mail[0] if (mail := _MAIL.search(words)) else None
        elif re.search(r"locale|language|lang", name):
            found = self._prompt.locale
        elif not re.search(r"^id$|_id$|phone|address|channel|currency|size|region", name):
            found = self._prompt.topic
            if name == "topic":
                found = " ".join(_ASKS.sub(" ", found).split()) or found
        return found if found is not None else None if "null" in kinds else ""


def _kinds(schema: Mapping[str, object]) -> tuple[set[str], Mapping[str, object]]:
    """The types that a schema allows, and the schema of what is no null."""
    options = schema.get("anyOf")
    if isinstance(options, list) and options:
        kinds = {str(one.get("type")) for one in options if isinstance(one, dict)}
        rest = [one for one in options if isinstance(one, dict) and one.get("type") != "null"]
        return kinds, rest[0] if rest else schema
    given = schema.get("type")
    return {str(kind) for kind in given} if isinstance(given, list) else {str(given)}, schema


def _is_said(option: str, text: str) -> bool:
    said = terms(text)
    return any(matches(own, term) for own in terms(option.replace("_", " ")) for term in said)
