"""Words that mean the same, as the catalogue's synonyms and its glossary say."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import orjson
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from core.i18n import Text
from models.catalogue import ReferenceEntry
from services.search.words import words

# Raised with the analysis of texts or with what is counted: entries of another version are made
# anew, also those that an older worker writes during a deploy.
VERSION = 2

# What stands in products as codes, in both languages.
CATEGORIES: dict[str, Text] = {"Set": {"ko": "세트", "en": "Set"}}

# What customers write beside the catalogue's own words.
SPELLINGS = (
    ("유자", "yuja", "yuzu"),
    ("오미자", "omija", "schisandra"),
    ("찹쌀", "chapssal", "glutinous rice", "sticky rice"),
    ("약쑥", "쑥", "ssuk", "mugwort"),
    ("약주", "yakju", "clear rice wine"),
    ("술지게미", "lees"),
)

type Phrase = tuple[str, ...]


@dataclass(frozen=True)
class Lexicon:
    """Groups of phrases that mean the same, and the Korean of romanised terms."""

    alike: Mapping[Phrase, frozenset[Phrase]] = field(default_factory=dict)
    korean: Mapping[str, str] = field(default_factory=dict)
    basis: str = ""

    @property
    def longest(self) -> int:
        """How many words the longest phrase has."""
        return max(map(len, self.alike), default=1)

    def label(self, code: str) -> Text:
        """Name a category in both languages."""
        if known := CATEGORIES.get(code):
            return known
        return {"ko": self.korean.get(code.lower(), code), "en": code}


EMPTY = Lexicon()


def lexicon_of(synonyms: Iterable[Sequence[str]], glossary: Iterable[Mapping[str, str]]) -> Lexicon:
    """Make it of groups of synonyms, and of terms with their spelling in Latin letters."""
    terms = list(glossary)
    groups = [{tuple(words(one)) for one in group} for group in (*synonyms, *SPELLINGS)]
    for term in terms:
        pair = {tuple(words(term["term"])), tuple(words(term["roman"]))}
        touching = [group for group in groups if group & pair]
        for group in touching:
            group |= pair
        if not touching:
            groups.append(pair)
    alike: dict[Phrase, frozenset[Phrase]] = {}
    for group in groups:
        for phrase in group - {()}:
            alike[phrase] = alike.get(phrase, frozenset()) | (group - {()})
    korean = {term["roman"].lower(): term["term"] for term in terms}
    said = orjson.dumps([VERSION, sorted(map(sorted, groups)), sorted(korean.items())])
    return Lexicon(alike, korean, hashlib.sha256(said).hexdigest()[:16])


async def read(session: AsyncSession) -> Lexicon:
    """Read it off the catalogue."""
    sections = ("synonyms", "glossary")
    query = select(ReferenceEntry).where(
        ReferenceEntry.section.in_(sections), ReferenceEntry.active
    )
    found = list(await session.scalars(query.order_by(ReferenceEntry.id)))
    return lexicon_of(
        [row.data["words"] for row in found if row.section == "synonyms"],
        [row.data for row in found if row.section == "glossary"],
    )
