"""What an AR app loads."""

from datetime import datetime
from typing import Annotated

import strawberry

from schema.ar.unlock import ArLocked
from schema.errors import NotFound
from schema.scalars import URL
from services.ar import ArEngine

strawberry.enum(ArEngine)


@strawberry.type
class ArManifest:
    """What an AR app loads for its engine; links inside are signed and short-lived."""

    engine: ArEngine
    """Which engine it is for."""
    url: URL
    """Where it is; no header is needed, so keep it to the app."""
    content_type: str
    """What is there."""
    expires_at: datetime
    """When the link ends."""


ArManifestResult = Annotated[ArManifest | ArLocked | NotFound, strawberry.union("ArManifestResult")]
