"""Reads documents for what they say of things: Markdown, JSON and CSV. Their text is data alone."""

import csv
import io
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from services.search.words import word_set

MARKDOWN, JSON, CSV = "text/markdown", "application/json", "text/csv"
NOTE = "note"
DELIMITERS = ",;\t|"

SUBJECTS = word_set(
    "subject id name thing product ingredient lore story 대상 주제 상품 제품 재료 이름"
)
PREDICATES = word_set("predicate property attribute relation 속성 항목 관계")
VALUES = word_set("value object fact 값 내용 사실")

HEADING = re.compile(r"^ {0,3}#{1,6}\s+(.+?)\s*#*\s*$")
FENCE = re.compile(r"^\s*(```|~~~)")
ITEM = re.compile(r"^\s*(?:[-*+]|\d{1,3}[.)])\s+(.+)$")
ROW = re.compile(r"^\s*\|(.+)\|\s*$")
RULE = re.compile(r"^[\s:|-]+$")
EMPHASIS = re.compile(r"\*\*|__|`")
WHOLE = re.compile(r"^(.{1,200}?)\s+[—–]\s+(.{1,80}?)\s*[:：]\s*(\S.*)$")
PAIR = re.compile(r"^([^.!?。]{1,60}?)\s*[:：]\s*(\S.*)$")


class Unreadable(ValueError):
    """The document is not of its kind."""


@dataclass(frozen=True)
class Told:
    """Something that a line of a document says; `is_loose` if only its heading names the thing."""

    line: int
    quote: str
    subject: str
    predicate: str
    value: str
    is_loose: bool = False


@dataclass(frozen=True)
class Row:
    """A line of a table."""

    line: int
    cells: Sequence[str]
    quote: str


def read(media_type: str, text: str) -> list[Told]:
    """Return what a document says, in its order. Raises Unreadable."""
    text = text.removeprefix("\ufeff")
    if media_type == MARKDOWN:
        return list(_markdown(text))
    return list(_json(text) if media_type == JSON else _csv(text))


def _csv(text: str) -> Iterator[Told]:
    first = text.lstrip().partition("\n")[0]
    delimiter = max(DELIMITERS, key=lambda sign: (first.count(sign), -DELIMITERS.index(sign)))
    lines = text.splitlines()
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, skipinitialspace=True)
    rows, before = list[Row](), 0
    try:
        for cells in reader:
            number, before = before + 1, reader.line_num
            if any(cell.strip() for cell in cells):
                rows.append(Row(number, cells, lines[number - 1] if number <= len(lines) else ""))
    except csv.Error as error:
        raise Unreadable(str(error)) from error
    return _table(rows)


def _table(rows: Sequence[Row]) -> Iterator[Told]:
    """Read rows of subject, predicate and value, or of a subject and a column for each."""
    if not rows:
        return
    heads = [" ".join(cell.split()).lower() for cell in rows[0].cells]
    where = [
        next((at for at, head in enumerate(heads) if head in names), None)
        for names in (SUBJECTS, PREDICATES, VALUES)
    ]
    if None not in where:
        yield from _long(rows[1:], [at for at in where if at is not None])
    elif where[0] is not None:
        yield from _wide(rows, where[0])
    else:
        yield from _long(rows, [0, 1, 2])


def _long(rows: Sequence[Row], where: Sequence[int]) -> Iterator[Told]:
    for row in rows:
        cells = [row.cells[at] if at < len(row.cells) else "" for at in where]
        yield Told(row.line, row.quote, cells[0], cells[1], cells[2])


def _wide(rows: Sequence[Row], subject: int) -> Iterator[Told]:
    heads = rows[0].cells
    for row in rows[1:]:
        named = row.cells[subject] if subject < len(row.cells) else ""
        for at, cell in enumerate(row.cells):
            if at != subject and cell.strip():
                predicate = heads[at] if at < len(heads) else ""
                yield Told(row.line, row.quote, named, predicate, cell)


def _markdown(text: str) -> Iterator[Told]:
    heading, fenced, table = "", False, list[Row]()
    for number, line in enumerate([*text.splitlines(), ""], 1):
        if not fenced and (row := ROW.match(line)):
            if not RULE.match(line):
                cells = [_plain(cell) for cell in row[1].split("|")]
                table.append(Row(number, cells, line))
            continue
        yield from _table(table)
        table = []
        if FENCE.match(line):
            fenced = not fenced
        elif not fenced and (title := HEADING.match(line)):
            heading = _plain(title[1])
        elif not fenced and line.strip():
            yield from _said(number, line, heading)


def _said(number: int, line: str, heading: str) -> Iterator[Told]:
    item = ITEM.match(line)
    text = _plain(item[1] if item else line)
    if whole := WHOLE.match(text):
        yield Told(number, line, whole[1], whole[2], whole[3])
    elif pair := PAIR.match(text):
        if heading:
            yield Told(number, line, heading, pair[1], pair[2], is_loose=True)
    elif heading and not text.startswith((">", "<", "!", "[")):
        yield Told(number, line, heading, NOTE, text, is_loose=True)


def _plain(text: str) -> str:
    return EMPHASIS.sub("", text).strip()


def _json(text: str) -> Iterator[Told]:
    try:
        found = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise Unreadable(str(error)) from error
    places = _Places(text)
    if isinstance(found, dict) and isinstance(found.get("facts"), list):
        found = found["facts"]
    if isinstance(found, list):
        for record in found:
            if isinstance(record, dict):
                yield from _record(record, places)
    elif isinstance(found, dict):
        for subject, told in found.items():
            places.find(subject)
            if isinstance(told, dict):
                yield from _pairs(subject, told, places)
    else:
        raise Unreadable("neither a list nor an object")


def _record(record: dict[str, Any], places: "_Places") -> Iterator[Told]:
    """Read `{subject, predicate, value}`, or a subject with other keys as predicates."""
    keys = {
        names: next((key for key in record if key.lower() in names), None)
        for names in (SUBJECTS, PREDICATES, VALUES)
    }
    subject, predicate, value = keys[SUBJECTS], keys[PREDICATES], keys[VALUES]
    named = _text(record.get(subject)) if subject else ""
    places.find(named)
    if predicate and value:
        line, quote = places.find(_text(record[value]))
        yield Told(line, quote, named, _text(record[predicate]), _text(record[value]))
    else:
        yield from _pairs(named, {k: v for k, v in record.items() if k != subject}, places)


def _pairs(subject: str, told: dict[str, Any], places: "_Places") -> Iterator[Told]:
    for predicate, value in told.items():
        line, quote = places.find(predicate)
        if (text := _text(value)) or value in ("", None):
            yield Told(line, quote, subject, predicate, text)


def _text(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(text for one in value if (text := _text(one)))
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, str | int | float) else ""


class _Places:
    """Tells in which line of a JSON text the next mention of something stands."""

    def __init__(self, text: str) -> None:
        self._text, self._at, self._line, self._lines = text, 0, 1, text.splitlines()

    def find(self, said: str) -> tuple[int, str]:
        """Go on to where this is said, and return the line; stay if it is nowhere."""
        forms = (json.dumps(said, ensure_ascii=False), json.dumps(said), said)
        found = [at for form in forms if (at := self._text.find(form, self._at)) >= 0]
        if found and said:
            self._line += self._text.count("\n", self._at, min(found))
            self._at = min(found)
        quote = self._lines[self._line - 1] if self._line <= len(self._lines) else ""
        return self._line, quote
