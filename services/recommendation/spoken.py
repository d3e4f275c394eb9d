"""What was heard, as it is shown to who said it."""

from collections.abc import Iterator
from dataclasses import dataclass

from core.i18n import Text, pick
from core.money import Money
from services.recommendation.heard import Heard
from services.recommendation.price import Price
from services.recommendation.wishes import label
from services.search.lexicon import Lexicon
from services.search.tags import TAGS

STRONG: Text = {"ko": "도수 높은 술", "en": "strong drinks"}
LIGHT: Text = {"ko": "순한 술", "en": "light drinks"}
PRICES: dict[tuple[bool, bool], Text] = {
    (False, True): {"ko": "{most} 이하", "en": "up to {most}"},
    (True, False): {"ko": "{least} 이상", "en": "{least} or more"},
    (True, True): {"ko": "{least}에서 {most}", "en": "{least} to {most}"},
}


@dataclass(frozen=True)
class Spoken:
    """One thing that somebody likes or does not; `label` is empty where it is a product."""

    label: str
    is_liked: bool
    product_id: str | None = None


def spoken(heard: Heard, locale: str, lexicon: Lexicon) -> Iterator[Spoken]:
    """Yield what was heard: drinks, tastes, tags, categories, strength, price."""
    for id, liking in sorted(heard.drinks.items()):
        yield Spoken("", liking > 0, id)
    for taste, liking in sorted(heard.tastes.items()):
        yield Spoken(pick(label(taste, 1), locale), liking > 0)
    for tag, liking in sorted(heard.tags.items()):
        yield Spoken(TAGS[tag] if locale == "ko" else tag.replace("-", " "), liking > 0)
    for category, liking in sorted(heard.categories.items()):
        yield Spoken(pick(lexicon.label(category), locale), liking > 0)
    if heard.strength:
        yield Spoken(pick(STRONG if heard.strength > 0 else LIGHT, locale), is_liked=True)
    if heard.price:
        yield Spoken(_price(heard.price, locale), is_liked=True)


def _price(price: Price, locale: str) -> str:
    amounts = {
        name: Money(amount, price.currency).formatted()
        for name, amount in (("least", price.least), ("most", price.most))
        if amount is not None
    }
    return pick(PRICES["least" in amounts, "most" in amounts], locale).format(**amounts)
