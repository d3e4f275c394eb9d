"""Texts of the catalogue in the language of the request."""

import strawberry

from core.i18n import Text, current_locale, pick
from services.catalogue.vocabulary import ALLERGENS


def said(text: Text) -> str:
    """Return the text in the language of the request."""
    return pick(text, current_locale.get())


@strawberry.type
class Allergen:
    """Something that makes some people ill."""

    code: str
    """For programs and for filters, such as `tree-nut`."""
    name: str
    """For people, in the language of the request."""

    @classmethod
    def each(cls, codes: list[str]) -> "list[Allergen]":
        """Show these codes."""
        return [cls(code=code, name=said(ALLERGENS.get(code, {"en": code}))) for code in codes]
