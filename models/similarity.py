"""Which products are liked by the same people: what was worked out last, and when that is due."""

from datetime import datetime

from sqlalchemy.orm import Mapped, mapped_column

from core.db import Base


class ProductSimilarity(Base):
    """The products that go together with one, by its id: 0 to 1 each. Of nobody in particular."""

    __tablename__ = "product_similarities"

    neighbours: Mapped[dict[str, float]]


class SimilarityModel(Base):
    """When similarities were worked out last, of how much, and when they are due again."""

    __tablename__ = "similarity_models"

    due_at: Mapped[datetime | None]
    """When the relay rings; put off while somebody works on it."""
    leased_until: Mapped[datetime | None]
    fence: Mapped[int] = mapped_column(server_default="0", insert_default=0)
    """Rises with each try: what an older one brings is not kept."""
    trained_at: Mapped[datetime | None]
    customers: Mapped[int] = mapped_column(server_default="0", insert_default=0)
    """Of how many customers something was known."""
    products: Mapped[int] = mapped_column(server_default="0", insert_default=0)
    """How many products go together with another."""
