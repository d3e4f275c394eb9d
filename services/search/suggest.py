"""Suggestions while somebody types: terms of the house, and names of what there is."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import ARRAY, Float, case, cast, func, literal, or_, select
from sqlalchemy import Text as TextType
from sqlalchemy.dialects.postgresql import TSQUERY

from core.db import Database
from core.errors import BadInput
from core.i18n import Text
from models.search import SearchEntry, SearchType
from services.catalogue.inputs import clean
from services.search.ask import KINDS, WEIGHTS
from services.search.hangul import chosung, is_chosung, letters, romanised, sound, typed_by
from services.search.lexicon import Lexicon
from services.search.terms import HEARD, LONGEST, TYPED, quoted
from services.search.understand import all_of, any_of
from services.search.vocabulary import Vocabulary, words_of
from services.search.words import words

MOST, MOST_WORDS = 100, 6
TERMS = 3


@dataclass(frozen=True)
class Suggestion:
    """Something to look for; where it is one thing, `name` is its kind and its key."""

    text: Text
    name: tuple[SearchType, str] | None = None


async def suggest(db: Database, text: str, first: int) -> list[Suggestion]:
    """Return what may be meant by the beginning of a text. Raises BadInput."""
    if not 1 <= first <= MOST:
        raise BadInput(argument="first")
    # Postgres takes no lexeme of over 2 KB, and one syllable may be five letters.
    typed = [word[:LONGEST] for word in words(clean(text, "text"))[:MOST_WORDS]]
    if not typed:
        return []
    lexicon, vocabulary = await words_of(db)
    terms = _terms(typed, lexicon)[:TERMS]
    names = await _names(db, [_begun(word) for word in typed], "".join(typed), first)
    if not names and not terms and (meant := [_meant(word, vocabulary) for word in typed]) != typed:
        names = await _names(db, [_begun(word) for word in meant], "".join(meant), first)
    return [*terms, *names][:first]


def _meant(word: str, vocabulary: Vocabulary) -> str:
    return vocabulary.nearest(word) or word


def _terms(typed: Sequence[str], lexicon: Lexicon) -> list[Suggestion]:
    """Return terms that begin so, in Hangul, by first consonants or in Latin letters."""
    begun = "".join(typed)
    return [
        Suggestion({"ko": term, "en": roman})
        for roman, term in sorted(lexicon.korean.items(), key=lambda one: len(one[1]))
        if _is_begun(begun, term, roman)
    ]


def _is_begun(begun: str, term: str, roman: str) -> bool:
    if is_chosung(begun):
        return chosung(term).startswith(begun)
    if begun.isascii():
        key = sound(begun)
        heard = len(begun) > 1 and sound(romanised(term)).startswith(key)
        typed = typed_by(begun)
        by_keys = len(typed) > 2 and letters(term).startswith(letters(typed))
        return heard or by_keys or roman.startswith(begun)
    return letters(term).startswith(letters(begun))


def _begun(word: str) -> str:
    """Ask for names with a word that begins so, however it is typed."""
    return any_of(f"{quoted(start)}:*AB" for start in _starts(word))


def _starts(word: str) -> Iterator[str]:
    yield word
    if is_chosung(word):
        return
    if not word.isascii():
        yield TYPED + letters(word)
        return
    if len(heard := sound(word)) > 2:
        yield HEARD + heard
    if len(typed := typed_by(word)) > 2:
        yield TYPED + letters(typed)


async def _names(db: Database, asked: Sequence[str], whole: str, first: int) -> list[Suggestion]:
    query = select(cast(literal(all_of(asked), TextType), TSQUERY)).scalar_subquery()
    weights = cast(literal([0.0, 0.0, *WEIGHTS[2:]], ARRAY(Float)), ARRAY(Float(24)))
    ranked = cast(literal(any_of(asked), TextType), TSQUERY)
    kind = case(KINDS, value=SearchEntry.kind, else_=0.0)
    rank = func.ts_rank(weights, SearchEntry.terms, ranked) + kind
    begins = or_(
        *(
            func.replace(func.lower(SearchEntry.title[at].astext), " ", "").startswith(
                whole, autoescape=True
            )
            for at in ("ko", "en")
        )
    )
    found = (
        select(SearchEntry.kind, SearchEntry.key, SearchEntry.title)
        .where(SearchEntry.terms.op("@@")(query))
        .order_by(begins.desc(), rank.desc(), SearchEntry.id)
        .limit(first)
    )
    async with db.read() as session:
        return [Suggestion(title, (kind, key)) for kind, key, title in await session.execute(found)]
