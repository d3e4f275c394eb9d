"""What still has to be translated."""

import strawberry

from schema.base import View
from services.catalogue.translations import Gap
from services.catalogue.translations import TranslationStatus as Status


@strawberry.type
class TranslationGap(View[Gap]):
    """A text that is missing in a language."""

    entry_id: strawberry.ID
    """The entry of the catalogue; `node` finds it where it is a node."""
    field: str
    """Where in it, such as `shots[0].outline`."""


@strawberry.type
class TranslationStatus(View[Status]):
    """How much of the catalogue can be read in one language."""

    locale: str
    """The language."""
    total: int
    """How many texts there are."""
    translated: int
    """How many of them are there in this language."""

    @strawberry.field
    def missing(self) -> list[TranslationGap]:
        """Those that are not."""
        return TranslationGap.each(self.row.missing)
