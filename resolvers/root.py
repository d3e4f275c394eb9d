"""The whole graph: the root fields of every domain."""

import strawberry
from strawberry.schema.config import StrawberryConfig

from resolvers.node import NodeQuery
from schema.describe import describe
from schema.errors import handlers
from schema.scalars import SCALARS


@strawberry.type
class Query(NodeQuery):
    """What can be asked."""


schema = describe(
    strawberry.Schema(
        Query,
        exception_handlers=handlers,
        config=StrawberryConfig(scalar_map=SCALARS),
    )
)
