"""What may be said of the world: about what, by which relation, and in how many words."""

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from core.errors import InvalidInput, NotFound
from core.i18n import Text
from models.world import WorldKind, WorldRelation
from services.world.path import rows_of, things
from services.world.shapes import Thing

MAX_PREDICATE = 80
MAX_VALUE = 1_000
MAX_SOURCE = 300
MAX_REASON = 500

K, R = WorldKind, WorldRelation
# What may be related to what.
ALLOWED: Mapping[WorldRelation, frozenset[tuple[WorldKind, WorldKind]]] = {
    R.HAS_INGREDIENT: frozenset({(K.PRODUCT, K.INGREDIENT)}),
    R.FEATURES_IN_LORE: frozenset(
        {(K.PRODUCT, K.LORE), (K.INGREDIENT, K.LORE), (K.CHARACTER, K.LORE)}
    ),
    R.KNOWS_ABOUT: frozenset({(K.CHARACTER, K.LORE)}),
    R.PAIRS_WITH: frozenset({(K.PRODUCT, K.PAIRING)}),
    R.RELATED_TO: frozenset(
        {(K.PRODUCT, K.PRODUCT), (K.INGREDIENT, K.INGREDIENT), (K.LORE, K.LORE)}
    ),
    R.GROWN_AT: frozenset({(K.INGREDIENT, K.PLACE)}),
    R.BREWED_IN: frozenset({(K.PRODUCT, K.PLACE)}),
    R.MADE_WITH: frozenset({(K.RECIPE, K.PRODUCT)}),
}

TOO_LONG: Text = {
    "ko": "제어 문자 없이 1~{most}자로 적어 주세요.",
    "en": "Write 1 to {most} characters without control characters.",
}
NO_SUCH_RELATION: Text = {
    "ko": "이 둘은 그 관계로 이을 수 없습니다.",
    "en": "These two cannot be related in this way.",
}
KNOWN: Text = {
    "ko": "카탈로그에 이미 있는 관계입니다.",
    "en": "The catalogue says so already.",
}
ALLERGENS: Text = {
    "ko": "제품에 표시되지 않은 알레르기 성분이 있는 재료입니다. 카탈로그에서 바꿔 주세요.",
    "en": "This ingredient has allergens that the product does not name. Change the catalogue.",
}


@dataclass(frozen=True)
class Said:
    """What is said: of what, and with a relation also of what else."""

    subject: Thing
    predicate: str
    value: str
    relation: WorldRelation | None = None
    object: Thing | None = None

    @property
    def columns(self) -> dict[str, Any]:
        """Return it as the columns of a claim."""
        return {
            "subject_kind": self.subject.kind,
            "subject_id": self.subject.id,
            "predicate": self.predicate,
            "value": self.value,
            "relation": self.relation,
            "object_kind": self.object.kind if self.object else None,
            "object_id": self.object.id if self.object else None,
        }


def words(text: str, most: int, field: str) -> str:
    """Return the text in NFC with single spaces. Raises InvalidInput."""
    if (kept := tidy(text, most)) is None:
        reason = {locale: told.format(most=most) for locale, told in TOO_LONG.items()}
        raise InvalidInput(field, reason)
    return kept


def tidy(text: str, most: int) -> str | None:
    """Return the text in NFC with single spaces, None where it cannot be kept."""
    if len(text) > 4 * most:
        return None
    kept = " ".join(unicodedata.normalize("NFC", text).split())
    ugly = any(unicodedata.category(letter) in ("Cc", "Cs") for letter in kept)
    return kept if 1 <= len(kept) <= most and not ugly else None


async def thing(session: AsyncSession, id: str, field: str) -> Thing:
    """Return the thing of the world with this id. Raises NotFound."""
    found = (await things(session, [id])).get(id)
    if found is None:
        raise NotFound(field)
    return found


def may_relate(start: Thing, relation: WorldRelation, end: Thing) -> bool:
    """Tell whether such a relation makes sense at all."""
    return start != end and (start.kind, end.kind) in ALLOWED[relation]


async def related(session: AsyncSession, start: Thing, relation: WorldRelation, end: Thing) -> Said:
    """Return a relation as it is kept. Raises InvalidInput."""
    if not may_relate(start, relation, end):
        raise InvalidInput("input.relation", NO_SUCH_RELATION)
    if relation is R.HAS_INGREDIENT:
        rows = await rows_of(session, (start, end))
        product, ingredient = rows[start], rows[end]
        # Whom a drink makes ill must never hang on what somebody has heard.
        if set(ingredient.allergen_codes) - set(product.allergen_codes):
            raise InvalidInput("input.toId", ALLERGENS)
    return Said(start, relation.value, end.id, relation, end)
