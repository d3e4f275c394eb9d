"""What somebody means by what they typed: each word as a question to the full text."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from services.search.hangul import (
    from_keys,
    is_chosung,
    is_partial,
    letters,
    sound,
)
from services.search.lexicon import Lexicon
from services.search.morphology import korean
from services.search.terms import HEARD, TYPED, quoted
from services.search.vocabulary import Vocabulary
from services.search.words import STOP, WORD, fold, is_korean, parts, words

MOST_WORDS = 12


@dataclass(frozen=True)
class Unit:
    """One thing that is asked for; `query` is of a tsquery."""

    query: str
    marks: tuple[str, ...] = ()
    """What to mark in a text: words, pieces of words, first consonants."""
    as_read: str = ""
    """The word as it was understood."""
    is_found: bool = True


@dataclass(frozen=True)
class Understood:
    """A text as it is looked for."""

    units: Sequence[Unit]
    corrected: str | None
    is_for_meaning: bool
    """Whether there are words to compare by meaning, not signs of a keyboard alone."""

    @property
    def is_unknown(self) -> bool:
        """Whether a word is in no entry."""
        return any(not unit.is_found for unit in self.units)


def understand(
    text: str, lexicon: Lexicon, vocabulary: Vocabulary, stems: Mapping[str, str]
) -> Understood:
    """Read a text, with what this process knows by now; `stems` are of its English words."""
    return _Reader(lexicon, vocabulary, stems).read(text)


def any_of(nodes: Iterable[str]) -> str:
    """Ask for one of these."""
    found = list(dict.fromkeys(nodes))
    return "".join(found) if len(found) < 2 else "(" + " | ".join(found) + ")"


def all_of(nodes: Iterable[str]) -> str:
    """Ask for all of these."""
    found = list(dict.fromkeys(nodes))
    return found[0] if len(found) == 1 else "(" + " & ".join(found) + ")"


@dataclass(frozen=True)
class _Reader:
    lexicon: Lexicon
    vocabulary: Vocabulary
    stems: Mapping[str, str]

    def read(self, text: str) -> Understood:
        given = words(text)
        said = [word for word in given if not self._is_empty(word)] or given
        units: list[Unit] = []
        read: dict[str, str] = {}
        for phrase in self._phrases(given, set(said)):
            if len(units) == MOST_WORDS:
                break
            unit = self._phrase(phrase) if len(phrase) > 1 else self._unit(phrase[0])
            units.append(unit)
            if unit.as_read != " ".join(phrase):
                read[phrase[0]] = unit.as_read
        plain = [word for word in said if not is_chosung(word) and not is_partial(word)]
        return Understood(units, _corrected(text, read) if read else None, bool(plain))

    def _is_empty(self, word: str) -> bool:
        """Tell words that say nothing beside others, such as 만든 or `which`."""
        if word in STOP:
            return True
        return is_korean(word) and korean.is_ready and not korean.pieces(word)

    def _phrases(self, given: Sequence[str], said: set[str]) -> Iterator[tuple[str, ...]]:
        """Yield known phrases of several words, and single words that say something."""
        at = 0
        while at < len(given):
            for size in range(min(self.lexicon.longest, len(given) - at), 1, -1):
                if (phrase := tuple(given[at : at + size])) in self.lexicon.alike:
                    yield phrase
                    at += size
                    break
            else:
                if given[at] in said:
                    yield (given[at],)
                at += 1

    def _phrase(self, phrase: tuple[str, ...]) -> Unit:
        alike = sorted(self.lexicon.alike[phrase])
        marks = [" ".join(one) for one in alike]
        nodes = [all_of(map(quoted, one)) for one in alike]
        return Unit(any_of(nodes), marks=(*marks,), as_read=" ".join(phrase))

    def _unit(self, word: str) -> Unit:
        if (known := self._known(word)) is not None:
            return known
        for meant in self._meant(word):
            if (known := self._known(meant)) is not None:
                return replace(known, as_read=meant)
        if is_korean(word) and (pieces := self._found_pieces(word)):
            nodes = all_of(self._alike(piece) for piece in pieces)
            return Unit(nodes, marks=(*pieces,), as_read=word)
        return Unit(quoted(word), marks=(word,), as_read=word, is_found=False)

    def _meant(self, word: str) -> Iterator[str]:
        """Yield what the word may be a slip of: another keyboard, another spelling."""
        if (typed := from_keys(word)) is not None:
            yield typed
        if (near := self.vocabulary.nearest(word)) is not None:
            yield near

    def _known(self, word: str) -> Unit | None:
        knows, begins = self.vocabulary.knows, self.vocabulary.begins
        if is_chosung(word):
            query = f"{quoted(word)}:*"
            return Unit(query, marks=(word,), as_read=word) if begins(word) else None
        if is_partial(word):
            start = TYPED + letters(word)
            query = f"{quoted(start)}:*"
            return Unit(query, marks=(word,), as_read=word) if begins(start) else None
        nodes, marks = [*self._exact(word)], [word]
        for pieces in self._pieces(word):
            nodes.append(all_of(self._alike(piece) for piece in pieces))
            marks += pieces
        if knows(stem := self.stems.get(word, word)):
            nodes.append(quoted(stem))
        heard = HEARD + sound(word)
        if word.isascii() and len(word) > 3 and knows(heard):
            nodes.append(quoted(heard))
            marks.append(heard)
        if not nodes and len(word) > 1:
            nodes += self._begun(word)
        for phrase in self.lexicon.alike.get((word,), ()):
            marks.append(" ".join(phrase))
        return Unit(any_of(nodes), (*marks,), word) if nodes else None

    def _exact(self, word: str) -> Iterator[str]:
        if self.vocabulary.knows(word) or (word,) in self.lexicon.alike:
            yield self._alike(word)

    def _begun(self, word: str) -> Iterator[str]:
        """Yield what finds longer words that begin so."""
        for start in (word, TYPED + letters(word) if is_korean(word) else word):
            if self.vocabulary.begins(start):
                yield f"{quoted(start)}:*"

    def _alike(self, word: str) -> str:
        """Ask for the word or for what means the same."""
        phrases = self.lexicon.alike.get((word,), ())
        return any_of([quoted(word), *(all_of(map(quoted, one)) for one in sorted(phrases))])

    def _is_known(self, piece: str) -> bool:
        return self.vocabulary.knows(piece) or (piece,) in self.lexicon.alike

    def _pieces(self, word: str) -> Iterator[list[str]]:
        """Yield ways to part a word of which all parts are known."""
        ways = [parts(word)] if len(parts(word)) > 1 else []
        if is_korean(word):
            ways += [korean.pieces(word), self.vocabulary.segments(word)]
        for way in ways:
            if way and way != [word] and all(map(self._is_known, way)):
                yield way

    def _found_pieces(self, word: str) -> list[str]:
        return [p for p in korean.pieces(word) if len(p) > 1 and self._is_known(p)]


def _corrected(text: str, read: Mapping[str, str]) -> str:
    """Write the text as it was understood, and leave the rest of it as it is."""
    folded = fold(text)
    whole = text if len(folded) == len(text) else folded
    found, at = [], 0
    for word in WORD.finditer(folded):
        if (meant := read.get(word[0])) is not None:
            found += [whole[at : word.start()], meant]
            at = word.end()
    return "".join([*found, whole[at:]])
