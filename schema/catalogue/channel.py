"""Markets as clients see them."""

import strawberry

from core import money
from models import catalogue as models
from models.catalogue import LegalAgeRule
from schema.base import Node, View
from schema.money import Currency, Money

strawberry.enum(LegalAgeRule)


@strawberry.type
class LegalAge:
    """From when somebody may drink in a channel."""

    years: int
    """How old one has to be."""
    rule: LegalAgeRule
    """From which day of that year."""


@strawberry.type
class Channel(View[models.Channel], Node):
    """A market: its language, money, tax, legal age and delivery; chosen by `X-Channel`."""

    name: str
    """Its name, in the language of the request."""
    currency: Currency
    """What prices are in."""
    default_locale: str
    """The language of those who do not name one."""
    locales: list[str]
    """The languages that it has."""
    tax_included: bool
    """Whether prices hold the tax."""
    max_bottles_per_order: int | None
    """How many bottles one order may have; null for no limit."""

    @strawberry.field
    def legal_age(self) -> LegalAge:
        """From when somebody may drink here."""
        return LegalAge(years=self.row.legal_age_years, rule=self.row.legal_age_rule)

    @strawberry.field
    def free_shipping_from(self) -> Money | None:
        """From which subtotal delivery costs nothing; null where it always costs."""
        amount = self.row.free_shipping_from
        return None if amount is None else Money.of(money.Money(amount, self.row.currency))
