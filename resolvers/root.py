"""The whole graph: the root fields of every domain."""

import strawberry
from strawberry.schema.config import StrawberryConfig

from resolvers.account import AccountMutation, AccountQuery
from resolvers.age import AgeMutation
from resolvers.ar import ArMutation, ArQuery
from resolvers.cameo import CameoMutation, CameoQuery, CameoSubscription
from resolvers.catalogue import CatalogueQuery
from resolvers.checkout import CheckoutMutation, CheckoutQuery, CheckoutSubscription
from resolvers.node import NodeQuery
from resolvers.notification import NotificationMutation, NotificationSubscription
from resolvers.order import OrderMutation, OrderQuery, OrderSubscription
from resolvers.partner import PartnerMutation, PartnerQuery
from resolvers.partner_webhook import PartnerWebhookMutation, PartnerWebhookQuery
from resolvers.portrait import PortraitMutation, PortraitQuery, PortraitSubscription
from resolvers.pricing import PricingMutation, PricingQuery
from resolvers.stock import StockMutation, StockQuery, StockSubscription
from resolvers.world import WorldQuery
from schema.catalogue import ANIMATIONS
from schema.describe import describe
from schema.errors import handlers
from schema.scalars import SCALARS


@strawberry.type
class Query(
    NodeQuery,
    CatalogueQuery,
    WorldQuery,
    AccountQuery,
    PortraitQuery,
    CameoQuery,
    StockQuery,
    CheckoutQuery,
    OrderQuery,
    ArQuery,
    PricingQuery,
    PartnerQuery,
    PartnerWebhookQuery,
):
    """What can be asked."""


@strawberry.type
class Mutation(
    AccountMutation,
    PortraitMutation,
    CameoMutation,
    NotificationMutation,
    StockMutation,
    CheckoutMutation,
    AgeMutation,
    OrderMutation,
    ArMutation,
    PricingMutation,
    PartnerMutation,
    PartnerWebhookMutation,
):
    """What can be changed. One field is one transaction."""


@strawberry.type
class Subscription(
    PortraitSubscription,
    CameoSubscription,
    NotificationSubscription,
    StockSubscription,
    CheckoutSubscription,
    OrderSubscription,
):
    """What can be followed live, over WebSocket or server-sent events."""


schema = describe(
    strawberry.Schema(
        Query,
        Mutation,
        Subscription,
        # Reached through their interface only.
        types=ANIMATIONS,
        exception_handlers=handlers,
        config=StrawberryConfig(scalar_map=SCALARS),
    )
)
