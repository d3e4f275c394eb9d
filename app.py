"""The ASGI application: settings → connections → routes, GraphQL mounted at /graphql."""

import gc
import logging
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext, suppress
from functools import cache

import strawberry
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from core import telemetry
from core.broker import make_broker
from core.bus import Bus
from core.clock import clock
from core.db import Database, connect
from core.errors import TokenInvalid
from core.graph import Graph, GraphDown
from core.i18n import negotiate, pick
from core.outbox import Transactions
from core.rates import Rates
from core.settings import Settings
from core.throttle import Throttle
from core.tokens import Tokens
from core.viewer import Viewer
from gateways.registry import Gateways
from models.catalogue import Channel
from resolvers.root import schema
from routes.acp import Shop, acp_routes, discovery_route
from routes.age import age_routes
from routes.ar import ar_routes
from routes.chat import Room, chat_routes
from routes.graphql import Caller, Ending, GraphQLEndpoint, Limits, cors
from routes.health import Health
from routes.listener import Listener
from routes.measure import Measure
from routes.pages import PageChannel, PageSources, SharedView, page_routes
from routes.payments import payment_routes
from routes.portraits import portrait_routes
from routes.ucp import ucp_routes
from routes.watching import Held, Watching, caller_of
from routes.webhooks import carrier_routes, webhook_routes
from schema.context import Context
from services import account, cameo, catalogue, experiment, giftcard, partner

log = logging.getLogger(__name__)

# Measured on a list of 50: the collector took a third of the CPU with pauses of 70–95 ms.
GC_THRESHOLDS = (50_000, 20, 50)
LOGS = frozenset({"notifications", "stockLow", "chatReply"})


class App:
    """Everything that one API process holds; also the `Host` of the GraphQL transport."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.schema: strawberry.Schema = schema
        self.db: Database = connect(settings)
        self.bus = Bus(settings)
        now = clock(settings.clock_offset_seconds)
        self.begin = Transactions(self.db, make_broker(settings), self.bus, now)
        self.exposures = experiment.Exposures(self.begin)
        self.graph = Graph(settings)
        self.throttle = Throttle(self.bus, settings)
        self.rates = Rates(self.bus.redis, settings.redis_prefix)
        self.tokens = Tokens(settings)
        self.gateways = Gateways.of(settings)
        self.channels = catalogue.Channels(self.db, settings.default_channel)
        storage = self.gateways.storage.ping
        checks = {"redis": self.bus.ping, "graph": self.graph.ping, "storage": storage}
        self.health = Health(self.db, checks)
        self.watching = Watching(self.db, self.bus, self.channels, lambda: self.begin.now())

    async def caller(
        self, headers: Mapping[str, str], authorization: str | None, client: str
    ) -> Caller:
        """Tell who asks, in which language and market. Raises an AccessError."""
        channel = await self.channels.choose(headers.get("x-channel"))
        locale = negotiate(headers.get("accept-language"), channel.default_locale)
        viewer = await self._viewer(authorization, channel)
        return caller_of(viewer, locale, channel.id, client)

    async def _viewer(self, authorization: str | None, channel: Channel) -> Viewer:
        if not authorization:
            return Viewer()
        scheme, _, token = authorization.partition(" ")
        if scheme.lower() != "bearer":
            raise TokenInvalid
        now = self.begin.now()
        claims = self.tokens.verify(token.strip(), now)
        async with self.db.read() as session:
            return await account.viewer(session, claims, channel, now)

    def context(self, caller: Caller) -> Context:
        """Make the context of one operation."""
        return Context(
            viewer=caller.viewer,
            locale=caller.locale,
            channel=self.channels.known(caller.channel),
            client=caller.client,
            settings=self.settings,
            db=self.db,
            begin=self.begin,
            bus=self.bus,
            graph=self.graph,
            throttle=self.throttle,
            gateways=self.gateways,
            tokens=self.tokens,
            exposures=self.exposures,
        )

    def replays_latest(self, field: str) -> bool:
        """Tell state topics from logs."""
        return field not in LOGS

    def watch(
        self, caller: Caller, end: Callable[[Ending], None], renew: Callable[[Caller], None]
    ) -> Callable[[], None]:
        """Tell what is open for the caller what becomes of their account."""
        return self.watching.watch(Held(caller, end, renew))

    async def share_view(self, token: str, locale: str) -> SharedView | None:
        """Find what a share link shows, and count the look."""
        async with self.db.read() as session:
            found = await cameo.open_link(session, token, self.begin.now())
            if found is None:
                return None
            wishes = await cameo.wishes(session, found.job)
            notice = await catalogue.ai_notice(session)
        async with self.begin() as uow:
            await cameo.count_view(uow, found.share.id)
        links = await cameo.film_links(self.gateways.storage, self.settings, found.job)
        product = wishes.product
        return SharedView(
            user_name=found.job.user_name,
            title=pick(wishes.template.name, locale),
            product=pick(product.name, locale) if product else None,
            video_url=links.video,
            poster_url=links.poster,
            width=found.job.width or 0,
            height=found.job.height or 0,
            duration_seconds=found.job.duration_seconds or 0.0,
            expires_at=found.share.expires_at,
            ai_notice=pick(notice, locale),
        )

    async def sign_ins(self) -> Sequence[account.SandboxSignIn]:
        """Find who may be signed in with one click: nobody outside a sandbox."""
        async with self.db.read() as session:
            return await account.sandbox_sign_ins(session, self.settings)

    async def agent_token(self) -> str | None:
        """Find what an agent may try things out with: nothing outside a sandbox."""
        async with self.db.read() as session:
            return await partner.sandbox_token(session, self.settings)

    async def agent_webhook_secret(self) -> str | None:
        """Find what signs the webhooks to the sandbox's agent: nothing outside a sandbox."""
        async with self.db.read() as session:
            return await partner.sandbox_webhook_secret(session, self.settings)

    async def gift_cards(self) -> Sequence[giftcard.SandboxCard]:
        """Find gift cards that anyone may try: none outside a sandbox."""
        async with self.db.read() as session:
            return await giftcard.sandbox_cards(session, self.settings)

    async def page_channels(self) -> list[PageChannel]:
        """List the markets that the explorer offers."""
        return [PageChannel(c.id, c.name) for c in await self.channels.all()]

    def routes(self) -> list[BaseRoute]:
        """Return every route of the public address."""
        endpoint = GraphQLEndpoint(self, Limits.of(self.settings))
        shop = Shop(self.settings, self.db, self.begin, self.gateways, self.rates, self.throttle)
        return [
            *endpoint.routes("/graphql"),
            *self.health.routes(details=self.settings.metrics_address is None),
            *chat_routes(
                Room(self.settings, self.db, self.begin, self.bus, self.throttle, self.caller)
            ),
            *webhook_routes(self.begin, self.gateways.renderer),
            *payment_routes(self.begin, self.gateways.payments),
            *age_routes(self.settings, self.begin, self.gateways.age),
            *acp_routes(shop),
            discovery_route(self.settings, self.channels.all),
            *ucp_routes(shop),
            *carrier_routes(self.begin, self.gateways.carrier),
            *portrait_routes(self.settings, self.db, self.gateways.storage, self.begin.now),
            *ar_routes(self.settings, self.db, self.gateways.storage, self.begin.now),
            Route("/.well-known/jwks.json", self.jwks),
            *page_routes(
                self.settings,
                PageSources(
                    self.share_view,
                    self.sign_ins,
                    self.gift_cards,
                    self.agent_token,
                    self.agent_webhook_secret,
                    self.page_channels,
                ),
            ),
        ]

    def listener(self) -> AbstractAsyncContextManager[None]:
        """Take the operators' address, where there is one."""
        address = self.settings.metrics_address
        if address is None:
            return nullcontext()
        return Listener(address, self.health.routes(details=True)).serving()

    async def jwks(self, request: Request) -> Response:
        """Show the keys that verify access tokens and erasure receipts."""
        return JSONResponse(self.tokens.jwks(), headers={"cache-control": "public, max-age=300"})

    async def close(self) -> None:
        """Give every connection back."""
        await self.watching.close()
        await self.exposures.close()
        await self.gateways.aclose()
        await self.rates.close()
        await self.bus.close()
        await self.graph.close()
        await self.db.close()


@cache
def _spare_the_collector() -> None:
    """Have it pass over what is kept for ever, once in a process: what is frozen stays."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*GC_THRESHOLDS)


def create_app(settings: Settings | None = None) -> Starlette:
    """Make the application; nothing is connected before it starts."""
    settings = settings or Settings()
    settings.require_secrets(signs_tokens=True, takes_money=True)
    experiment.check(settings)
    telemetry.start(settings, "api")
    host = App(settings)
    listener = host.listener()

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        # The first question to a cold graph takes longer than its deadline.
        with suppress(GraphDown):
            await host.graph.ping()
        _spare_the_collector()
        async with listener:
            yield
        await host.close()

    app = Starlette(
        routes=host.routes(),
        middleware=[Middleware(Measure), cors(settings.allowed_origins)],
        lifespan=lifespan,
    )
    app.state.host = host
    return app
