"""Which words of a question stand in a text, and where in it they stand closest together."""

import math
import re
from collections.abc import Sequence

from services.search.morphology import korean
from services.search.words import JOSA, STOP, fold, is_korean, words

SENTENCE = re.compile(r"(?<=[.!?。…])\s+|\n+")
MAX_WORDS = 24
EXCERPT = 280
# Questions turn on these, though a search leaves them out.
TURNS = frozenset({"왜", "why", "how", "어떻게"})
ENDINGS = sorted(JOSA | {"인가요", "인가", "일까", "인데", "이야", "이랑", "에서는"}, key=len)

type Wanted = Sequence[frozenset[str]]


def asked(text: str) -> list[frozenset[str]]:
    """Return the words of a question, each with what it may be without an ending."""
    told = [word for word in words(text)[:MAX_WORDS] if word in TURNS or word not in STOP]
    pieces = [piece for piece in korean.pieces(text)[:MAX_WORDS] if piece not in STOP]
    found = [frozenset(_forms(word)) for word in told]
    more = [frozenset({piece}) for piece in pieces if not any(piece in one for one in found)]
    return list(dict.fromkeys([*found, *more]))


def _forms(word: str) -> list[str]:
    if not is_korean(word):
        return [word]
    bare = (word.removesuffix(end) for end in ENDINGS if word.endswith(end))
    return [word, *(form for form in bare if form)]


def weights(texts: Sequence[str], wanted: Wanted) -> list[float]:
    """Tell how much each word tells these texts apart: what all of them say, little."""
    told = [sum(_says(text, one) for text in texts) for one in wanted]
    return [math.log(1 + (len(texts) + 1) / (times + 1)) if times else 0.1 for times in told]


def share(text: str, wanted: Wanted, weighing: Sequence[float] | None = None) -> float:
    """Tell how much of what is asked for stands in a text, 0 to 1."""
    each = weighing or [1.0] * len(wanted)
    whole = sum(each)
    said = sum(much for one, much in zip(wanted, each, strict=True) if _says(text, one))
    return said / whole if whole else 0.0


def _says(text: str, one: frozenset[str]) -> bool:
    folded = fold(text)
    return any(_stands(form, folded, words(text)) for form in one)


def _stands(form: str, folded: str, whole: Sequence[str]) -> bool:
    # Korean words run into one another, English ones do not: rice is not in price.
    return form in folded if is_korean(form) else form in whole


def excerpt(text: str, wanted: Wanted) -> str:
    """Return the sentences that say most of it, at most 280 characters."""
    sentences = [one.strip() for one in SENTENCE.split(text) if one.strip()]
    if not sentences:
        return ""
    best = max(range(len(sentences)), key=lambda at: (share(sentences[at], wanted), -at))
    told = sentences[best]
    for more in sentences[best + 1 :]:
        if len(told) + len(more) + 1 > EXCERPT:
            break
        told = f"{told} {more}"
    return told if len(told) <= EXCERPT else told[: EXCERPT - 1].rstrip() + "…"
