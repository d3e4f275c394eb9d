"""Where a text was found: a piece of it with <mark>, in which nothing else is markup."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from html import escape

from core.i18n import LOCALES, Text
from services.search.hangul import chosung, is_chosung, is_partial, letters, romanised, sound
from services.search.terms import HEARD
from services.search.understand import Unit
from services.search.words import fold, is_korean

SPACE = re.compile(r"\s+")
WORD = re.compile(r"[^\W_]+")
ENDINGS = ("ies", "es", "s", "ing", "ed", "er", "ly", "y", "e")
LENGTH = 160
BEFORE = 40

type Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Word:
    """A word of a text: where it begins, and how it is compared."""

    start: int
    said: str
    stem: str
    is_korean: bool


def snippet(title: Text, body: Text, units: Sequence[Unit], locale: str) -> str | None:
    """Return where an entry says it, in this language if it does; None where it was found else."""
    marks = list(dict.fromkeys(mark for unit in units for mark in unit.marks if mark))
    if not marks:
        return None
    others = [other for other in LOCALES if other != locale]
    for at in (locale, *others):
        for text in (_of(body, at), _of(title, at)):
            if text and (spans := _spans(text, marks)):
                return _shown(text, spans)
    return None


def _of(text: Mapping[str, str], locale: str) -> str:
    return text.get(locale, "")


def _spans(text: str, marks: Sequence[str]) -> list[Span]:
    """Return what to mark, in order and without overlaps."""
    found = [span for mark in marks for span in _said(text, mark)]
    spans: list[Span] = []
    for start, end in sorted(found, key=lambda span: (span[0], -span[1])):
        if spans and start < spans[-1][1]:
            continue
        spans.append((start, end))
    return spans


@lru_cache(4_096)
def _words(text: str) -> tuple[Word, ...]:
    """Return the words of a text; those whose length folding changes cannot be marked."""
    found = ((word.start(), word[0], fold(word[0])) for word in WORD.finditer(text))
    return tuple(
        Word(start, said, _stem(said), is_korean(said))
        for start, given, said in found
        if len(said) == len(given)
    )


def _said(text: str, mark: str) -> Iterator[Span]:
    if " " in mark:
        folded = fold(text)
        if len(folded) == len(text):
            yield from (found.span() for found in re.finditer(re.escape(mark), folded))
    elif mark.isascii():
        yield from _latin(_words(text), mark)
    else:
        yield from _hangul(_words(text), mark)


def _latin(words: Sequence[Word], mark: str) -> Iterator[Span]:
    heard, stem = mark.removeprefix(HEARD), _stem(mark)
    for word in words:
        if mark is not heard:
            if word.is_korean and (length := _heard(word.said, heard)):
                yield word.start, word.start + length
        elif word.said.startswith(mark) and (word.said == mark or len(mark) > 2):
            is_part = word.is_korean or mark.isdigit()
            yield word.start, word.start + len(mark if is_part else word.said)
        elif not word.is_korean and word.stem == stem:
            yield word.start, word.start + len(word.said)


def _hangul(words: Sequence[Word], mark: str) -> Iterator[Span]:
    is_first, typed = is_chosung(mark), letters(mark) if is_partial(mark) else ""
    for word in words:
        if not word.is_korean:
            continue
        if typed:
            if letters(word.said).startswith(typed):
                yield word.start, word.start + len(word.said)
            continue
        at = (chosung(word.said) if is_first else word.said).find(mark)
        if at >= 0:
            yield word.start + at, word.start + at + len(mark)


@lru_cache(8_192)
def _heard(word: str, wanted: str) -> int:
    """Return how many syllables of a word sound like this, or 0."""
    lengths = range(1, len(word) + 1)
    return next((n for n in lengths if sound(romanised(word[:n])) == wanted), 0)


def _stem(word: str) -> str:
    for end in ENDINGS:
        if word.endswith(end) and len(word) - len(end) > 2:
            return word.removesuffix(end)
    return word


def _shown(text: str, spans: Sequence[Span]) -> str:
    """Cut a piece around the first place, and mark all that lie in it."""
    begin = max(0, spans[0][0] - BEFORE)
    if begin:
        begin = text.rfind(" ", 0, begin) + 1 or begin
    end = min(len(text), begin + LENGTH)
    if end < len(text):
        cut = text.rfind(" ", spans[0][1], end)
        end = max(cut if cut > 0 else end, spans[0][1])
    shown, at = ["…" if begin else ""], begin
    for start, stop in spans:
        if stop > end:
            break
        shown += [escape(text[at:start]), "<mark>", escape(text[start:stop]), "</mark>"]
        at = stop
    shown += [escape(text[at:end]), "…" if end < len(text) else ""]
    return SPACE.sub(" ", "".join(shown))
