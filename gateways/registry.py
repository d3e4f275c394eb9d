"""Every provider of the settings, made together."""

from dataclasses import dataclass
from typing import Self

from core.settings import Settings
from gateways.age import AgeService, StripeIdentity
from gateways.carrier import Carrier, CarrierHub
from gateways.embedding import Embeddings, OpenAIEmbeddings
from gateways.feeds import FeedHosts, Feeds
from gateways.identity import Identities, OpenIdConnect
from gateways.llm import Llm, OpenAIResponses
from gateways.mail import Mail, mail_of
from gateways.moderation import Moderation, OpenAIModeration
from gateways.outbound import GuardedOutbound, Outbound
from gateways.payments import Payments, StripePayments
from gateways.renderer import Renderer, RendererPool
from gateways.storage import S3Storage, Storage


@dataclass(frozen=True)
class Gateways:
    """Every provider that this process speaks to."""

    renderer: Renderer
    moderation: Moderation
    llm: Llm
    embeddings: Embeddings
    storage: Storage
    mail: Mail
    payments: Payments
    age: AgeService
    carrier: Carrier
    feeds: Feeds
    identities: Identities
    outbound: Outbound

    async def aclose(self) -> None:
        """Close the connections of the running event loop."""
        for kept in (
            *(self.renderer, self.moderation, self.llm, self.embeddings),
            *(self.payments, self.age, self.storage),
        ):
            await kept.aclose()

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """Make them; nothing is called yet."""
        return cls(
            renderer=RendererPool(settings),
            moderation=OpenAIModeration(settings),
            llm=OpenAIResponses(settings),
            embeddings=OpenAIEmbeddings(settings),
            storage=S3Storage(settings),
            mail=mail_of(settings),
            payments=StripePayments(settings),
            age=StripeIdentity(settings),
            carrier=CarrierHub(settings),
            feeds=FeedHosts(),
            identities=OpenIdConnect(settings),
            outbound=GuardedOutbound(settings),
        )
