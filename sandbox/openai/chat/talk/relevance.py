"""Finds what of the knowledge bears on a question."""

import math
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from sandbox.openai.chat.talk.language import matches, terms
from sandbox.openai.chat.talk.prompt import Piece

TITLE = 1.6
LEAST_SHARE = 0.4
_NUMBERS = re.compile(
    r"몇|도수|온도|얼마나|how (strong|much|cold|warm|many)|\babv\b|alcohol|temperature",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Found:
    """A piece that bears on the question, and its sentences in the order in which they count."""

    piece: Piece
    score: float
    hits: frozenset[str]
    best: tuple[int, ...]


_WHERE = re.compile(r"어디|원산지|\bwhere\b|\borigin\b", re.IGNORECASE)


def find(question: str, pieces: Sequence[Piece]) -> list[Found]:
    """The pieces that bear on a question, best first; none when nothing fits."""
    wanted = list(dict.fromkeys(terms(question)))
    if not wanted or not pieces:
        return []
    weights = _weights(wanted, pieces)
    # An entry of a list is worth telling to who asks for what stands in lists.
    entry = 1.0 if _NUMBERS.search(question) else 0.2
    found = [_judge(piece, wanted, weights, entry, rank) for rank, piece in enumerate(pieces)]
    if _WHERE.search(question):
        found = [_with_place(one) for one in found]
    hits = frozenset().union(*(one.hits for one in found))
    whole = sum(weights.values())
    is_named = any(_hits(wanted, piece.title) for piece in pieces)
    if not hits or (not is_named and sum(weights[term] for term in hits) < LEAST_SHARE * whole):
        return []
    return sorted((one for one in found if one.hits), key=lambda one: -one.score)


def _with_place(found: Found) -> Found:
    """An ingredient with where it comes from, which stands first in its text."""
    lines = found.piece.sentences()
    if not found.piece.is_ingredient or not lines or found.piece.is_whole(lines[0]):
        return found
    rest = tuple(number for number in found.best if number)
    return replace(found, score=found.score * 1.5, best=(0, *rest))


def _weights(wanted: Sequence[str], pieces: Sequence[Piece]) -> dict[str, float]:
    counts = Counter[str]()
    for piece in pieces:
        said = set(terms(f"{piece.title} {piece.text} {piece.id}"))
        counts.update(term for term in wanted if any(matches(term, other) for other in said))
    return {term: 0.3 + math.log((len(pieces) + 1) / (counts[term] + 0.5)) for term in wanted}


def _judge(
    piece: Piece, wanted: Sequence[str], weights: dict[str, float], entry: float, rank: int
) -> Found:
    title = _hits(wanted, f"{piece.title} {piece.id.replace('-', ' ')}")
    lines = piece.sentences()
    scores: list[float] = []
    hits = set(title)
    for line in lines:
        held = _hits(wanted, line)
        hits |= held
        worth = 1.0 if piece.is_whole(line) else entry
        scores.append(worth * sum(weights[term] for term in held))
    order = sorted(range(len(lines)), key=lambda number: (-scores[number], number))
    if entry < 1.0:
        order.sort(key=lambda number: not piece.is_whole(lines[number]))
    best = max(scores, default=0.0)
    rest = sum(weights[term] for term in hits) * 0.5
    score = best + TITLE * sum(weights[term] for term in title) + rest + 0.1 / (rank + 1)
    return Found(piece, score, frozenset(hits), tuple(order))


def _hits(wanted: Sequence[str], text: str) -> set[str]:
    said = set(terms(text))
    return {term for term in wanted if any(matches(term, other) for other in said)}


def at_first(piece: Piece) -> Found:
    """A piece for a question that shares no word with it: from its beginning."""
    lines = piece.sentences()
    order = sorted(range(len(lines)), key=lambda number: not piece.is_whole(lines[number]))
    return Found(piece, 1.0, frozenset(), tuple(order))


def is_linked(one: Piece, other: Piece) -> bool:
    """Whether one of them names the other."""
    return _names(one, other) or _names(other, one)


def _names(one: Piece, other: Piece) -> bool:
    said = set(terms(f"{one.title} {one.text}"))
    title = set(terms(other.title))
    return bool(title) and all(any(matches(term, word) for word in said) for term in title)


def passage(found: Found, length: int, said: str = "") -> list[str]:
    """Its best sentences with what stands beside them, in their order, without what was said."""
    lines = found.piece.sentences()
    fresh = [number for number in found.best if lines[number] not in said]
    if not fresh:
        return []
    first = fresh[0]
    whole = [number for number in fresh if number == first or found.piece.is_whole(lines[number])]
    near = sorted(whole, key=lambda number: (abs(number - first) > 2, abs(number - first)))
    return [_spoken(found.piece, lines[number]) for number in sorted(near[:length])]


def _spoken(piece: Piece, line: str) -> str:
    return line if piece.is_whole(line) else f"{piece.title}: {line}"
