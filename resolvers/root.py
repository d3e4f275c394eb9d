"""The whole graph: the root fields of every domain."""

import strawberry
from strawberry.schema.config import StrawberryConfig

from resolvers.account import AccountMutation, AccountQuery
from resolvers.age import AgeMutation
from resolvers.ar import ArMutation, ArQuery
from resolvers.cameo import CameoMutation, CameoQuery, CameoSubscription
from resolvers.catalogue import CatalogueQuery
from resolvers.chat import ChatMutation, ChatQuery, ChatSubscription
from resolvers.checkout import CheckoutMutation, CheckoutQuery, CheckoutSubscription
from resolvers.experiment import ExperimentQuery
from resolvers.fact import FactMutation, FactQuery
from resolvers.interest import InterestMutation, InterestQuery
from resolvers.node import NodeQuery
from resolvers.notification import NotificationMutation, NotificationSubscription
from resolvers.order import OrderMutation, OrderQuery, OrderSubscription
from resolvers.partner import PartnerMutation, PartnerQuery
from resolvers.partner_webhook import PartnerWebhookMutation, PartnerWebhookQuery
from resolvers.portrait import PortraitMutation, PortraitQuery, PortraitSubscription
from resolvers.pricing import PricingMutation, PricingQuery
from resolvers.proposal import ProposalMutation, ProposalQuery
from resolvers.recommendation import RecommendationMutation, RecommendationQuery
from resolvers.search import SearchQuery
from resolvers.stock import StockMutation, StockQuery, StockSubscription
from resolvers.walk import WalkQuery
from resolvers.world import WorldQuery
from schema.catalogue import ANIMATIONS
from schema.chat.event import EVENTS
from schema.describe import describe
from schema.errors import handlers
from schema.scalars import SCALARS


@strawberry.type
class Query(
    NodeQuery,
    CatalogueQuery,
    WorldQuery,
    WalkQuery,
    FactQuery,
    InterestQuery,
    ProposalQuery,
    AccountQuery,
    PortraitQuery,
    CameoQuery,
    ChatQuery,
    StockQuery,
    CheckoutQuery,
    OrderQuery,
    ArQuery,
    PricingQuery,
    PartnerQuery,
    PartnerWebhookQuery,
    SearchQuery,
    RecommendationQuery,
    ExperimentQuery,
):
    """What can be asked."""


@strawberry.type
class Mutation(
    AccountMutation,
    PortraitMutation,
    CameoMutation,
    ChatMutation,
    NotificationMutation,
    StockMutation,
    CheckoutMutation,
    AgeMutation,
    OrderMutation,
    ArMutation,
    PricingMutation,
    PartnerMutation,
    PartnerWebhookMutation,
    FactMutation,
    InterestMutation,
    ProposalMutation,
    RecommendationMutation,
):
    """What can be changed. One field is one transaction."""


@strawberry.type
class Subscription(
    PortraitSubscription,
    CameoSubscription,
    ChatSubscription,
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
        types=[*ANIMATIONS, *EVENTS],
        exception_handlers=handlers,
        config=StrawberryConfig(scalar_map=SCALARS),
    )
)
