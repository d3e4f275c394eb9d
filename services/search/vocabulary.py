"""The words that are in the index, to tell what somebody meant from what they typed."""

import asyncio
import logging
import time
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from weakref import WeakKeyDictionary

from rapidfuzz import process
from rapidfuzz.distance import OSA
from sqlalchemy import ARRAY, Text, bindparam, func, select, text

from core.db import Database
from models.search import SearchEntry
from services.search import lexicon
from services.search.hangul import SYLLABLES, is_chosung, letters, romanised, sound
from services.search.lexicon import Lexicon
from services.search.terms import HEARD, TYPED
from services.search.words import JOSA, is_korean

ALL = text("SELECT word, ndoc FROM ts_stat('SELECT terms FROM search_entries')")
NAMES = text("SELECT word FROM ts_stat('SELECT terms FROM search_entries', 'abc')")
VERSION = select(func.max(SearchEntry.changed_at))
# It reads every entry, beside the search and only after the index has changed.
PATIENT = text("SET LOCAL statement_timeout = '60s'")
FRESH_SECONDS, SOON_SECONDS = 30.0, 0.5

type Version = datetime | None

log = logging.getLogger(__name__)


class Vocabulary:
    """Every lexeme with the number of entries that have it."""

    def __init__(self, counts: Mapping[str, int], names: set[str], version: Version) -> None:
        self.version = version
        self._counts = counts
        self._sorted = sorted(counts)
        plain = [w for w in names if len(w) > 1 and w[0] not in (TYPED, HEARD)]
        plain = [w for w in plain if not is_chosung(w) and not w.isdigit()]
        self._latin = [word for word in plain if word.isascii() and len(word) > 3]
        self._korean = {word: letters(word) for word in plain if is_korean(word)}
        self._heard = {
            sound(romanised(word)): word for word in self._korean if SYLLABLES.fullmatch(word)
        }
        self.nearest = lru_cache(2_048)(self._nearest)

    def knows(self, lexeme: str) -> bool:
        """Tell whether an entry has it."""
        return lexeme in self._counts

    def begins(self, start: str) -> bool:
        """Tell whether an entry has a lexeme that begins so."""
        at = bisect_left(self._sorted, start)
        return at < len(self._sorted) and self._sorted[at].startswith(start)

    def segments(self, word: str) -> list[str]:
        """Part a Korean word into words that entries have and a particle; [] where that fails."""
        found: list[str] = []
        rest = word
        while rest:
            longest = len(rest) - (rest is word)
            piece = next((rest[:n] for n in range(longest, 0, -1) if self.knows(rest[:n])), None)
            if found and rest in JOSA:
                return found
            if piece is None:
                return []
            found.append(piece)
            rest = rest[len(piece) :]
        return found

    def _nearest(self, word: str) -> str | None:
        """Return the name that was most likely meant, if one is near enough."""
        if is_korean(word):
            return self._nearest_korean(word)
        if not word.isascii() or len(word) < 4:
            return None
        if (close := self._closest(word, self._latin, 1 if len(word) < 8 else 2)) is not None:
            return self._latin[close]
        key = sound(word)
        keys = list(self._heard)
        if len(key) > 4 and (close := self._closest(key, keys, 1)) is not None:
            return self._heard[keys[close]]
        return None

    def _nearest_korean(self, word: str) -> str | None:
        known, spelled = list(self._korean), list(self._korean.values())
        bare = [word.removesuffix(j) for j in JOSA if word.endswith(j) and len(word) > len(j) + 1]
        for form in (word, *sorted(bare, key=len)):
            typed = letters(form)
            limit = 0 if len(typed) < 4 else 1 if len(typed) < 7 else 2
            if limit and (close := self._closest(typed, spelled, limit)) is not None:
                return known[close]
        return None

    def _closest(self, word: str, known: list[str], limit: int) -> int | None:
        close = process.extract(
            word, known, scorer=OSA.distance, score_cutoff=limit, limit=8, processor=None
        )
        if not close:
            return None
        # Of equals the one that begins alike, then the one that is in most entries.
        best = min(close, key=lambda one: (one[1], one[0][:1] != word[:1], -self._count(one[0])))
        return int(best[2])

    def _count(self, word: str) -> int:
        return self._counts.get(word, 0)


STEMMED = text(
    "SELECT word, tsvector_to_array(to_tsvector('english', word)) FROM unnest(:words) AS word"
).bindparams(bindparam("words", type_=ARRAY(Text)))
MOST_STEMS = 4_096
_stems: dict[str, str] = {}


class _Kept:
    """What one database says, read by one at a time."""

    def __init__(self) -> None:
        self.words: tuple[Lexicon, Vocabulary] | None = None
        self.read_at = 0.0
        self._reading: asyncio.Task[None] | None = None

    def read(self, db: Database) -> "asyncio.Task[None]":
        """Begin to read, unless somebody does."""
        if self._reading is None or self._reading.done():
            self._reading = asyncio.create_task(self._read(db))
            self._reading.add_done_callback(_told)
        return self._reading

    async def _read(self, db: Database) -> None:
        async with db.write.begin() as session:
            await session.execute(PATIENT)
            known = await lexicon.read(session)
            version = await session.scalar(VERSION)
            if self.words and self.words[1].version == version:
                found = self.words[1]
            else:
                counts = {word: int(number) for word, number in await session.execute(ALL)}
                names = set(await session.scalars(NAMES))
                found = await asyncio.to_thread(Vocabulary, counts, names, version)
        self.words, self.read_at = (known, found), time.monotonic()


_kept: WeakKeyDictionary[Database, _Kept] = WeakKeyDictionary()


async def words_of(db: Database) -> tuple[Lexicon, Vocabulary]:
    """Return the synonyms and the vocabulary; those of over half a minute are read anew beside."""
    kept = _kept.setdefault(db, _Kept())
    if kept.words is None:
        await asyncio.shield(kept.read(db))
    elif time.monotonic() > kept.read_at + FRESH_SECONDS:
        kept.read(db)
    if kept.words is None:
        raise LookupError("no vocabulary was read")
    return kept.words


async def renewed(db: Database, known: Vocabulary) -> Vocabulary:
    """Return the vocabulary as it is now, if that can be told soon."""
    async with db.read() as session:
        version = await session.scalar(VERSION)
    if version == known.version:
        return known
    kept = _kept.setdefault(db, _Kept())
    await asyncio.wait([kept.read(db)], timeout=SOON_SECONDS)
    return kept.words[1] if kept.words else known


def forget(db: Database) -> None:
    """Have all of it read anew by the next who asks."""
    _kept.pop(db, None)


def _told(reading: "asyncio.Task[None]") -> None:
    if not reading.cancelled() and (error := reading.exception()):
        log.warning("the vocabulary of the search is not read: %s", type(error).__name__)


async def stems_of(db: Database, said: Sequence[str]) -> dict[str, str]:
    """Return the stems of the English words among these; Postgres knows them, and we remember."""
    latin = [word for word in said if word.isascii() and word.isalpha()]
    if missing := [word for word in latin if word not in _stems]:
        if len(_stems) > MOST_STEMS:
            _stems.clear()
        async with db.read() as session:
            for word, stems in await session.execute(STEMMED, {"words": missing}):
                _stems[word] = stems[0] if stems else word
    return {word: _stems[word] for word in latin if word in _stems}
