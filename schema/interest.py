"""What people care for, and what they looked at."""

from datetime import datetime
from typing import Annotated

import strawberry

from schema.base import View
from schema.cameo import CameoJob
from schema.catalogue import Product
from schema.errors import IdempotencyConflict, InvalidInput, NotFound, RateLimited
from services import world


@strawberry.type
class Interest(View[world.Interest]):
    """How much the viewer cares for a drink."""

    product: Product
    """Which drink."""
    score: float
    """How much now, 0 to 1; half of it is gone after each half-life."""
    changed_at: datetime
    """When something last moved it."""

    @classmethod
    def of(cls, row: world.Interest) -> "Interest":
        """Show how much is left now."""
        return cls(
            row=row,
            product=Product.of(row.product),
            score=round(row.score, 4),
            changed_at=row.changed_at,
        )


RecordProductViewResult = Annotated[
    Interest | NotFound | InvalidInput | IdempotencyConflict | RateLimited,
    strawberry.union("RecordProductViewResult"),
]
RecordCameoViewResult = Annotated[
    CameoJob | NotFound | InvalidInput | IdempotencyConflict | RateLimited,
    strawberry.union("RecordCameoViewResult"),
]
