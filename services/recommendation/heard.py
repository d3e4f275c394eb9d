"""What people say that they like, dislike and want to spend: read off a message, no model asked.

It reads rather too little than too much: a question says nothing of who asks it, and neither does
a sentence without a word of liking.
"""

import re
import unicodedata
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from core.money import EXPONENTS
from services.recommendation.shelf import Shelf
from services.recommendation.wishes import Wish, mentioned, read
from services.search.tags import TAGS

LONGEST = 2_000
LIKES = re.compile(
    r"\b(?:i|we)(?:'ve)? (?:(?:really|do|also|always|mostly|usually|generally|just|both) )*"
    r"(?:like|love|enjoy|adore|prefer|am into)\b"
    r"|\b(?:i|we)(?:'d| would) (?:\w+ )?prefer\b|\bmy favou?rites?\b|\bi'm (?:into|a fan of)\b"
    r"|좋아(?:하|해|합|함|했)|(?:[이가게건은는]|정말|아주|너무|제일|가장)\s*좋(?:아요|습니다|더라|네요|다고)"
    r"|즐겨|즐깁니다|즐기|선호|취향|최애|마음에\s*들|입에\s*맞"
)
DISLIKES = re.compile(
    r"\b(?:i|we) (?:(?:really|just|also) )*(?:do not|don't|dont|never|can't|cannot|did not|didn't) "
    r"(?:(?:really|much|even) )?(?:like|love|enjoy|stand|care for|prefer)\b"
    r"|\b(?:i|we) (?:really |absolutely )?(?:hate|hated|dislike|detest|loathe)\b"
    r"|\bnot (?:a fan of|for me|my (?:thing|taste|favou?rite))\b|\btoo [a-z]+ for (?:me|us)\b"
    r"|싫|별로|안\s*좋아|좋아하지\s*(?:않|도\s*않)|안\s*맞|맞지\s*않|마음에\s*(?:들지\s*않|안\s*들)|질색|꺼려|부담스"
)
# `Not bad` is no dislike, and `do you like` no liking of who asks.
NEITHER = re.compile(r"싫지\s*(?:는|도)?\s*않|not (?:that )?(?:i|we) (?:dis)?like|싫어하지\s*않")
ASKS = re.compile(
    r"\?|(?:어떤|무슨|뭐|무엇|어느|누가)\b|\b(?:what|which|who|do you|does|would you)\b"
)
PARTS = re.compile(
    r"(?<=[.!?。;\n])\s*|\bbut\b|\bhowever\b|\bthough\b|하지만|그런데|그렇지만|(?<=지만)[\s,]"
    r"|(?<=는데)[\s,]|(?<=[요다]),|(?<=좋아하고)[\s,]|(?<=싫어하고)[\s,]|(?<=싫고)[\s,]|(?<=즐기고)[\s,]"
    r"|\band (?=(?:i|we)\b)"
)
AMOUNT = (
    r"(?:(?P<man>\d{1,4}(?:\.\d)?)\s*만\s*(?:(?P<thousands>\d)\s*천)?\s*원?"
    r"|(?P<won>\d[\d,]{2,9})\s*(?:원|won|krw)|₩\s*(?P<sign>\d[\d,]{2,9})"
    r"|\$\s*(?P<dollars>\d{1,5}(?:\.\d\d)?)|(?P<bucks>\d{1,5}(?:\.\d\d)?)\s*(?:dollars|bucks|usd|달러))"
)
MOST = re.compile(
    r"(?:under|below|less than|up to|at most|no more than|within|max(?:imum)?|budget (?:is|of))\s*"
    rf"(?:of |about )?{AMOUNT}"
)
MOST_KO = re.compile(
    rf"{AMOUNT}\s*(?:대)?\s*(?:이하|미만|까지|이내|안쪽|안으로|아래|밑|안\s*넘|넘지\s*않|정도로|예산)"
)
BUDGET = re.compile(rf"예산[은이]?\s*{AMOUNT}")
LEAST = re.compile(rf"(?:over|above|more than|at least)\s*{AMOUNT}")
LEAST_KO = re.compile(rf"{AMOUNT}\s*(?:이상|넘는|넘어도)")


@dataclass(frozen=True)
class Price:
    """What a bottle may cost, in minor units of its currency; None where nothing was said."""

    currency: str
    least: int | None = None
    most: int | None = None

    def fits(self, amount: int) -> float:
        """Tell how well a price fits: 1 within, less the further it is beyond, 0 at twice."""
        if self.most is not None and amount > self.most:
            return max(0.0, 2 - amount / max(1, self.most))
        if self.least is not None and amount < self.least:
            return amount / self.least
        return 1.0


@dataclass(frozen=True)
class Heard:
    """Likings by id, taste, story tag and category: 1 likes it, -1 does not."""

    drinks: Mapping[str, int] = field(default_factory=dict)
    tastes: Mapping[str, int] = field(default_factory=dict)
    tags: Mapping[str, int] = field(default_factory=dict)
    categories: Mapping[str, int] = field(default_factory=dict)
    strength: int = 0
    price: Price | None = None

    def __bool__(self) -> bool:
        return self != NOTHING

    def under(self, newer: "Heard") -> "Heard":
        """Return both; what was said later goes first."""
        return Heard(
            {**self.drinks, **newer.drinks},
            {**self.tastes, **newer.tastes},
            {**self.tags, **newer.tags},
            {**self.categories, **newer.categories},
            newer.strength or self.strength,
            newer.price or self.price,
        )

    @property
    def wish(self) -> Wish:
        """What of it a wish says: tags that are not liked ask for nothing."""
        tags = frozenset(tag for tag, liking in self.tags.items() if liking > 0)
        return Wish(self.tastes, self.strength, tags)

    @property
    def document(self) -> dict[str, Any]:
        """What is kept of it."""
        price = self.price and vars(self.price)
        told = {name: dict(value) for name, value in vars(self).items() if name in KINDS}
        return {**told, "strength": self.strength, "price": price}

    @classmethod
    def of(cls, document: Mapping[str, Any]) -> "Heard":
        """Read what was kept."""
        price = document["price"] and Price(**document["price"])
        kinds = {name: document[name] for name in KINDS}
        return cls(**kinds, strength=document["strength"], price=price)


KINDS = ("drinks", "tastes", "tags", "categories")
NOTHING = Heard()


def hear(text: str, named: Callable[[str], Collection[str]], shelf: Shelf) -> Heard:
    """Read a message; `named` tells the ids of what a text names."""
    plain = unicodedata.normalize("NFKC", text[:LONGEST]).casefold().replace("\u2019", "'")
    found = Heard(price=price_of(plain))
    for part in PARTS.split(plain):
        if (liking := _liking(part)) != 0:
            found = found.under(_of_part(part, liking, named, shelf))
    return found


def _liking(part: str) -> int:
    if NEITHER.search(part) or ASKS.search(part):
        return 0
    return -1 if DISLIKES.search(part) else 1 if LIKES.search(part) else 0


def _of_part(
    part: str, liking: int, named: Callable[[str], Collection[str]], shelf: Shelf
) -> Heard:
    if drinks := [id for id in named(part) if id in shelf.drinks]:
        # Its name may hold words of taste, and why they do not like it says little of others.
        return Heard(drinks=dict.fromkeys(drinks, liking))
    # `취향` is taste itself, and holds the word for scent.
    asked = read([part.replace("취향", " ")], shelf.lexicon)
    kinds = {drink.category for drink in shelf.drinks.values()}
    labels = {kind: shelf.lexicon.label(kind)["ko"] for kind in kinds}
    return Heard(
        tastes={name: much if liking > 0 else -1 for name, much in asked.tastes.items()},
        tags=dict.fromkeys(mentioned(part, TAGS, shelf.lexicon), liking),
        categories=dict.fromkeys(mentioned(part, labels, shelf.lexicon), liking),
        strength=asked.strength * liking,
    )


def price_of(text: str) -> Price | None:
    """Read what a bottle may cost, in casefolded words."""
    most = MOST.search(text) or MOST_KO.search(text) or BUDGET.search(text)
    least = LEAST.search(text) or LEAST_KO.search(text)
    found = [(_amount(one), one is most) for one in (most, least) if one]
    if not found:
        return None
    currency = found[0][0][1]
    bounds = {("most" if is_most else "least"): amount for (amount, _), is_most in found}
    return Price(currency, **bounds)


def _amount(found: re.Match[str]) -> tuple[int, str]:
    told = {name: text.replace(",", "") for name, text in found.groupdict().items() if text}
    if "man" in told:
        return int(float(told["man"]) * 10_000) + int(told.get("thousands", 0)) * 1_000, "KRW"
    if won := told.get("won") or told.get("sign"):
        return int(won), "KRW"
    dollars = told.get("dollars") or told.get("bucks") or "0"
    return round(float(dollars) * 10 ** EXPONENTS["USD"]), "USD"


def merged(heard: Iterable[Heard]) -> Heard:
    """Merge what was said, the oldest first."""
    found = NOTHING
    for one in heard:
        found = found.under(one)
    return found
