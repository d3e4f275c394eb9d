"""What a bottle may cost, read off words in Korean and in English."""

import re
import unicodedata
from dataclasses import dataclass

from core.money import EXPONENTS

# One space at most between any two: runs of them were taken out.
AMOUNT = (
    r"(?:(?P<man>\d{1,4}(?:\.\d)?) ?만 ?"
    r"(?:(?P<rest>\d{1,2},\d{3}|\d{4})|(?P<thousands>\d) ?천)? ?원?"
    r"|(?P<won>\d[\d,]{2,9}) ?(?:원|won\b|krw)|₩ ?(?P<sign>\d[\d,]{2,9})"
    r"|\$ ?(?P<dollars>\d{1,3}(?:,\d{3})+|\d{1,5}(?:\.\d\d)?)"
    r"|(?P<bucks>\d{1,5}(?:\.\d\d)?) ?(?:dollars|bucks|usd|달러))"
)
MOST = re.compile(
    r"\b(?:under|below|less than|up to|at most|(?:no|not) more than|within|max(?:imum)?"
    rf"|budget (?:is|of)) (?:of |about |around )?{AMOUNT}"
)
MOST_KO = re.compile(
    rf"{AMOUNT} ?(?:대 ?)?(?:이하|미만|까지|이내|안쪽|안으로|아래|밑으|안 ?넘|넘지 ?않)"
)
BUDGET = re.compile(rf"예산[은이]? ?{AMOUNT}")
LEAST = re.compile(rf"\b(?:(?<!no )(?<!not )more than|over|above|at least) {AMOUNT}")
LEAST_KO = re.compile(rf"{AMOUNT} ?(?:이상(?!이면|부터)|넘는|넘게)")
# A sum that is not what a bottle costs, and one that is too much.
OTHER_SUMS = re.compile(
    r"배송|무료|할인|쿠폰|적립|환불|결제|\b(?:shipping|delivery|free|coupon|off)\b"
)
TOO_MUCH = re.compile(r"부담|비싸|어려|힘들|안 ?돼|안 ?되|\b(?:won't|don't|can't|cannot|not|too)\b")


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


def price_of(wish: str) -> Price | None:
    """Read what a wish says of the price."""
    plain = unicodedata.normalize("NFKC", wish).casefold().replace("\u2019", "'")
    return price_in(" ".join(plain.split()))


def price_in(part: str, *, is_unwanted: bool = False) -> Price | None:
    """Read a price in casefolded words without runs of spaces."""
    if OTHER_SUMS.search(part):
        return None
    most = MOST.search(part) or MOST_KO.search(part) or BUDGET.search(part)
    least = LEAST.search(part) or LEAST_KO.search(part)
    if least and not most and (is_unwanted or TOO_MUCH.search(part)):
        most, least = least, None
    bounds = {name: _amount(one) for name, one in (("most", most), ("least", least)) if one}
    currencies = {currency for _, currency in bounds.values()}
    if len(currencies) != 1:
        return None
    return Price(currencies.pop(), **{name: amount for name, (amount, _) in bounds.items()})


def _amount(found: re.Match[str]) -> tuple[int, str]:
    told = {name: text.replace(",", "") for name, text in found.groupdict().items() if text}
    if "man" in told:
        more = int(told.get("rest", 0)) + 1_000 * int(told.get("thousands", 0))
        return round(float(told["man"]) * 10_000) + more, "KRW"
    if won := told.get("won") or told.get("sign"):
        return int(won), "KRW"
    dollars = told.get("dollars") or told.get("bucks") or "0"
    return round(float(dollars) * 10 ** EXPONENTS["USD"]), "USD"
