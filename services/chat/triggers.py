"""When one character hands over to the other: decided by what the customer said, never by a model.

PRODUCT C5 wants it sure, and RELIABILITY 46 wants that no text but the customer's can bring it
about; so the words are looked for here, and a model that only says "I hand you over" changes
nothing.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from functools import lru_cache

# Words that hold a trigger and mean something else: how long, in order to, not for sale.
_NOT_MEANT = re.compile(
    r"얼마나(?!\s*(해|하|되|돼|주|드))|\bin order (to|that|for)\b|\bout of order\b"
)
_MANY = r"(한|두|세|네|다섯|여섯|\d{1,3})\s*(병|박스|상자|세트|개)"
_BUYING = re.compile(
    rf"{_MANY}\s*(을|를|만|정도)?\s*(좀\s*)?(주세|줘|담아|보내|부탁|할게|할께|살게|살께|주문)"
    r"|(담아|보내)\s*(주세|줘|줄래)|살게요|살께요"
    r"|\b(i('ll| will)|let me|we('ll| will)|can i|could i|i want to|i('d| would) like to) "
    r"(take|get|have|purchase) (a|an|one|two|three|four|five|six|\d+|some|it|that)\b"
    r"|\b(send|get|bring) me (a|an|one|two|three|four|five|six|\d+) "
    r"|\bpurchas(e|ing)\b|\bdeliver(y|ed)? to\b"
)


_UNSEEN = re.compile("[\u034f\u115f\u1160\u3164\uffa0\ufe00-\ufe0f]")


def seen(text: str) -> str:
    """Leave out format characters, such as those of no width, which hide words."""
    return "".join(letter for letter in text if unicodedata.category(letter) != "Cf")


def plain(text: str) -> str:
    """Fold width, case and composition, so that ＢＵＹ, Buy and 사고 싶 typed as jamo are found."""
    return unicodedata.normalize("NFKC", _UNSEEN.sub("", seen(text))).casefold()


def meant(triggers: Mapping[str, Iterable[str]], text: str) -> bool:
    """Tell whether the text holds a trigger, as a word of its own in English."""
    said = _NOT_MEANT.sub(" ", plain(text))
    if any(_word(word).search(said) for word in triggers.get("en", ())):
        return True
    close = re.sub(r"\s+", "", said)
    return any(re.sub(r"\s+", "", plain(word)) in close for word in triggers.get("ko", ()))


def buying(text: str) -> bool:
    """Tell whether the text asks for bottles without one of the words of the catalogue."""
    return _BUYING.search(_NOT_MEANT.sub(" ", plain(text))) is not None


@lru_cache(256)
def _word(word: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![\w-]){re.escape(plain(word))}(s|es|ing|ping|ped|ed)?(?![\w-])")
