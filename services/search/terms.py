"""The words of an entry for the full text: as written, taken apart, and as people type them.

A tsvector is made here and not by Postgres' parser, so that each kind of lexeme is told from the
others by its first sign: `=` letters as they are typed, `~` how it sounds in Latin letters.
"""

from collections import defaultdict
from collections.abc import Sequence
from itertools import pairwise
from typing import Literal

from services.search.hangul import chosung, letters, romanised, sound
from services.search.morphology import korean
from services.search.words import is_korean, parts, words

type Weight = Literal["A", "B", "C", "D"]

TYPED, HEARD = "=", "~"
NAME_WORDS = 6
LONGEST = 80


class Terms:
    """Collects lexemes; each keeps the best of its weights, and A is best."""

    def __init__(self) -> None:
        self.lexemes: dict[str, Weight] = {}
        self._english: dict[Weight, list[str]] = defaultdict(list)

    def add(self, text: str, weight: Weight) -> None:
        """Take a text in; unless it is of weight D it is a name, found however it is spelled."""
        found = words(text)
        for word in found:
            self._word(word, weight)
        if is_korean(text):
            for piece in korean.pieces(text):
                self._put(piece, weight)
        if text.isascii() or not is_korean(text):
            self._english[weight].append(text)
        if weight != "D" and 1 < len(found) <= NAME_WORDS:
            self._joined(found, weight)

    def english(self, weight: Weight) -> str:
        """Return the texts of this weight that are not Korean."""
        return "\n".join(self._english[weight])

    def literal(self) -> str:
        """Return a tsvector as Postgres reads it."""
        return " ".join(f"{quoted(lex)}:1{weight}" for lex, weight in self.lexemes.items())

    def _word(self, word: str, weight: Weight) -> None:
        self._put(word, weight)
        pieces = parts(word)
        if len(pieces) > 1:
            for piece in pieces:
                self._put(piece, weight)
        if weight == "D":
            return
        self._spelled(word, weight)
        for piece in pieces:
            if is_korean(piece) and len(piece) > 1:
                self._put(HEARD + sound(romanised(piece)), weight)

    def _joined(self, found: Sequence[str], weight: Weight) -> None:
        """Take in what people write in one word: neighbours, and the whole name."""
        for one, other in pairwise(found):
            self._put(one + other, weight)
        whole = "".join(found)
        self._put(whole, weight)
        self._spelled(whole, weight)
        if all(map(str.isalpha, found)) and is_korean(whole):
            self._put(HEARD + sound(romanised(whole)), weight)

    def _spelled(self, word: str, weight: Weight) -> None:
        if not is_korean(word):
            return
        self._put(TYPED + letters(word), weight)
        if len(word) > 1:
            self._put(chosung(word), weight)

    def _put(self, lexeme: str, weight: Weight) -> None:
        if lexeme and len(lexeme) <= LONGEST:
            self.lexemes[lexeme] = min(self.lexemes.get(lexeme, "D"), weight)


def quoted(lexeme: str) -> str:
    """Write a lexeme so that nothing in it is read as syntax."""
    escaped = lexeme.replace("\\", "\\\\").replace("'", "''")
    return f"'{escaped}'"
