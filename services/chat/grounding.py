"""What a sentence of an answer rests on (PRODUCT C3).

A sentence that cites must cite what the answer was given, and may hold no number that is not
there. A sentence without a citation that names something of the world, or states a fact of our
house, gets the one whose words bear it, or is dropped; so is one with numbers that nothing backs.
Small talk and questions pass.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from services.chat import facts
from services.chat.described import bare, describes, speaks_of_taste, telling
from services.chat.sentences import Sentence
from services.chat.triggers import plain

# A number right behind a letter is part of a name: NERD12, 너드12.
_NUMBER = re.compile(r"(?<![A-Za-z가-힣\d.,-])\d+(?:[.,]\d+)*")
_WORDS = {
    "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8,
    "nine": 9, "ten": 10, "eleven": 11, "twelve": 12, "thirteen": 13, "fourteen": 14,
    "fifteen": 15, "sixteen": 16, "eighteen": 18, "twenty": 20, "thirty": 30, "hundred": 100,
    "한": 1, "두": 2, "세": 3, "네": 4, "다섯": 5, "여섯": 6, "일곱": 7, "여덟": 8, "아홉": 9,
    "열": 10, "열두": 12, "스무": 20, "백": 100, "오백": 500,
}  # fmt: skip
_WORD = re.compile(r"\b(" + "|".join(sorted(_WORDS, key=len, reverse=True)) + r")(?=\W|[가-힣]|$)")
SHORTEST_NAME = 2


@dataclass(frozen=True)
class Piece:
    """Something that the answer may rest on: `kind` is Product, Lore or Ingredient."""

    id: str
    kind: str
    title: str
    text: str
    truth: str | None = None

    @property
    def words(self) -> str:
        """All that it says."""
        return f"{self.title} {self.text}"


@dataclass(frozen=True)
class World:
    """The names of all that the world holds, folded, with the ids that bear them."""

    names: Mapping[str, str]

    def named(self, text: str) -> set[str]:
        """Return the ids of what the text names."""
        said = plain(text)
        return {id for name, id in self.names.items() if name in said}


def names_of(entries: Iterable[tuple[str, Iterable[str]]]) -> World:
    """Gather the names of entries; the longest says most, and of equal ones the first counts."""
    names: dict[str, str] = {}
    for id, spoken in entries:
        for name in spoken:
            if len(folded := plain(name).strip()) >= SHORTEST_NAME:
                names.setdefault(folded, id)
    return World(names)


@dataclass
class Ground:
    """What one answer was given so far; tools add to it. `told` may be said without a citation."""

    world: World
    pieces: dict[str, Piece]
    told: set[str]
    of_customer: set[str] = field(default_factory=set)
    spoken_of: list[str] = field(default_factory=list)

    def know(self, pieces: Iterable[Piece]) -> None:
        """Let the answer rest on what the customer did, too: it is no knowledge of the world."""
        pieces = list(pieces)
        self.of_customer |= {piece.id for piece in pieces} - self.pieces.keys()
        self.add(pieces)

    def knowledge(self) -> list[Piece]:
        """Return what of it is told to the model as knowledge."""
        return [piece for id, piece in self.pieces.items() if id not in self.of_customer]

    def add(self, pieces: Iterable[Piece]) -> None:
        """Let the answer rest on these, too; what is new of a known one is added to it."""
        for piece in pieces:
            known = self.pieces.get(piece.id)
            if known is not None and piece.text not in known.text:
                piece = replace(known, text=f"{known.text}\n{piece.text}")
            self.pieces[piece.id] = piece if known is None or known.text != piece.text else known

    def rests_on(self, sentence: Sentence) -> list[str] | None:
        """Return what a sentence rests on, nothing for small talk; None if it may not stand."""
        found = self._rests_on(sentence)
        self.spoken_of = found or self.spoken_of
        return found

    def _rests_on(self, sentence: Sentence) -> list[str] | None:
        cites = [id for id in sentence.cites if id in self.pieces]
        if (sentence.cites and not cites) or facts.is_never_true(sentence.text):
            return None
        said = numbers(sentence.text)
        if cites:
            is_true = self._count(cites, said) and self._taste(cites, sentence.text)
            return cites if is_true and self._bear(cites, sentence.text, facts.CITED) else None
        if facts.asks_only(sentence.text) and not said - self.told:
            return []
        named = self.world.named(sentence.text)
        if named:
            backed = self._backing(named, sentence.text)
            is_true = self._count(backed, said) and self._taste(backed, sentence.text)
            return backed if backed and is_true else None
        if facts.is_told_of_us(sentence.text):
            return self._likeliest(sentence.text, said)
        if describes(sentence.text):
            return self._described(sentence.text, said)
        return [] if said <= self.told else None

    def _backing(self, named: set[str], text: str) -> list[str]:
        """Return the given ones of what is named; of a tale or a fact, those that bear it."""
        backed = [id for id in self.pieces if id in named]
        is_tale = facts.states_fact(text) or any(self.pieces[id].kind == "Lore" for id in backed)
        return [id for id in backed if not is_tale or self._share(id, text) >= facts.MARKED]

    def _likeliest(self, text: str, said: set[str]) -> list[str] | None:
        share, best = self._best(self.pieces, text)
        return [best] if share >= facts.MARKED and self._count([best], said) else None

    def _described(self, text: str, said: set[str]) -> list[str] | None:
        """Return the drink that "it" is: the last one spoken of, if its text bears the words."""
        told = telling(text)
        drinks = [id for id, piece in self.pieces.items() if piece.kind != "Lore"]
        ids = [id for id in drinks if id in self.spoken_of] or drinks
        ids = [id for id in ids if self._holds(id, bare(told))]
        share, best = self._best(ids, told)
        return [best] if share > facts.MARKED and self._count([best], said) else None

    def _best(self, ids: Iterable[str], text: str) -> tuple[float, str]:
        """Return which of these bears most of a text, of equal ones the first, and how much."""
        shares = ((self._share(id, text), id) for id in ids)
        return max(shares, key=lambda one: one[0], default=(0.0, ""))

    def _taste(self, ids: Sequence[str], text: str) -> bool:
        """Tell whether what is said of a drink's taste is in its text; a deed tells of none."""
        if not speaks_of_taste(text):
            return True
        least = facts.MARKED if self.of_customer.issuperset(ids) else facts.CITED
        return self._best(ids, telling(text))[0] >= least

    def _holds(self, id: str, syllables: Iterable[str]) -> bool:
        text = plain(self.pieces[id].words)
        return all(re.search(rf"(?<![가-힣]){one}[가-힣]?(?![가-힣])", text) for one in syllables)

    def _bear(self, ids: Iterable[str], text: str, least: float) -> bool:
        """Tell whether together they bear a fact; what states none needs no bearing."""
        if not facts.states_fact(text):
            return True
        held = " ".join(self.pieces[id].words for id in ids)
        return facts.borne(text, held) >= least

    def _share(self, id: str, text: str) -> float:
        spoken = {name for name in self.world.names if name in plain(text)}
        return facts.borne(text, self.pieces[id].words, spoken)

    def _count(self, ids: Iterable[str], said: set[str]) -> bool:
        """Tell whether every number stands in these, or may be said anyway."""
        held = (numbers(self.pieces[id].words, words=True) for id in ids)
        return said <= self.told.union(*held)


def numbers(text: str, *, words: bool = False) -> set[str]:
    """Return the numbers in a text as written with digits: 12.0 is 12, and 1,000 is 1000."""
    found = {_normal(number) for number in _NUMBER.findall(text)}
    if words:
        found |= {str(_WORDS[word]) for word in _WORD.findall(plain(text))}
    return found


def flat(text: str) -> str:
    """Write a text for the model on one line; what stands in it cannot open a section."""
    return " ".join(text.replace("#", "").replace("[", "(").replace("]", ")").split())


def _normal(number: str) -> str:
    whole = re.sub(r",(?=\d{3})", "", number)
    return whole.rstrip("0").rstrip(".") if "." in whole else whole
