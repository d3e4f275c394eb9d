"""A small schema and its host: what the transport is tested with."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from typing import Any, ClassVar

import strawberry
from graphql import GraphQLError
from strawberry.permission import BasePermission, PermissionExtension

from core.errors import BadInput, DomainError, TokenExpired, TokenInvalid, Unauthenticated
from core.i18n import negotiate
from core.rates import Rates
from core.viewer import Viewer
from routes.graphql import Caller, Ending


@dataclass
class Context:
    caller: Caller
    world: "World"
    event_id: str | None = None
    last_event_id: str | None = None
    extensions: dict[str, object] = field(default_factory=dict)


class Topic:
    """Events that a test publishes, and who follows."""

    def __init__(self) -> None:
        self.followers: list[asyncio.Queue[Any]] = []

    async def follow(self) -> AsyncIterator[Any]:
        queue: asyncio.Queue[Any] = asyncio.Queue()
        self.followers.append(queue)
        try:
            while (item := await queue.get()) is not None:
                if isinstance(item, Exception):
                    raise item
                yield item
        finally:
            self.followers.remove(queue)

    def publish(self, item: Any) -> None:
        for queue in self.followers:
            queue.put_nowait(item)


class World:
    """The host, and what the resolvers saw."""

    def __init__(self) -> None:
        self.schema = schema
        self.rates = Rates(None, "transport")
        self.runs: Counter[str] = Counter()
        self.topic, self.log = Topic(), Topic()
        self.revocations: dict[str, list[Callable[[], None]]] = {}
        self.resumed: list[str | None] = []
        self.mutation_gate = asyncio.Event()

    async def caller(
        self, headers: Mapping[str, str], authorization: str | None, client: str
    ) -> Caller:
        viewer = Viewer()
        if authorization is not None:
            scheme, _, token = authorization.partition(" ")
            name, _, expires = token.partition("@")
            if name == "outage":
                raise ConnectionError("the store is away")
            if scheme != "Bearer" or not name.isalnum():
                raise TokenInvalid
            at = datetime.fromtimestamp(float(expires), UTC) if expires else None
            if at and at <= datetime.now(UTC):
                raise TokenExpired
            viewer = Viewer(customer_id=name, session_id=name, expires_at=at)
        locale = negotiate(headers.get("accept-language"), "en")
        channel = headers.get("x-channel", "kr")
        return Caller(viewer=viewer, locale=locale, channel=channel, key=viewer.scope)

    def context(self, caller: Caller) -> Context:
        return Context(caller, self)

    def replays_latest(self, field: str) -> bool:
        return field == "state"

    def watch(
        self, caller: Caller, end: Callable[[Ending], None], renew: Callable[[Caller], None]
    ) -> Callable[[], None]:
        ends = self.revocations.setdefault(caller.viewer.session_id or "", [])
        revoke = partial(end, Ending.REVOKED)
        ends.append(revoke)
        return lambda: ends.remove(revoke)


type Info = strawberry.Info[Context, None]


class SignedIn(BasePermission):
    message = "Please sign in."
    error_extensions: ClassVar[dict[str, Any]] = {"code": "UNAUTHENTICATED"}

    def has_permission(self, source: Any, info: Info, **kwargs: Any) -> bool:
        return info.context.caller.viewer.customer_id is not None


signed_in = PermissionExtension([SignedIn()], use_directives=False)


class Sold(DomainError):
    code = "SOLD_OUT"
    text: ClassVar[dict[str, str]] = {"ko": "품절", "en": "Sold out."}


@strawberry.type
class SoldOut:
    message: str


class ShowSold(strawberry.ExceptionHandler[Sold, SoldOut]):
    def handle(self, exception: Sold, *, field: Any, info: Info) -> SoldOut:
        return SoldOut(message=exception.message(info.context.caller.locale))


@strawberry.type
class Item:
    id: strawberry.ID
    name: str

    @strawberry.field
    def children(self) -> list["Item"]:
        return [Item(id=strawberry.ID(f"{self.id}{n}"), name="child") for n in range(2)]

    @strawberry.field
    def related(self, first: int = 20) -> "ItemConnection":
        return ItemConnection(edges=[ItemEdge(node=self) for _ in range(min(first, 2))])


@strawberry.type
class ItemEdge:
    node: Item


@strawberry.type
class ItemConnection:
    edges: list[ItemEdge]


@strawberry.type
class Query:
    @strawberry.field
    def hello(self, name: str = "you") -> str:
        return f"Hello, {name}"

    @strawberry.field
    async def boom(self) -> str | None:
        raise RuntimeError("secret detail")

    @strawberry.field
    def uncoded(self) -> str | None:
        raise GraphQLError("secret too")

    @strawberry.field
    def wrong_number(self) -> int | None:
        return 5_000_000_000

    @strawberry.field
    def coded(self) -> str | None:
        raise BadInput(argument="after")

    @strawberry.field
    def refused(self) -> str | None:
        raise Unauthenticated

    @strawberry.field(extensions=[signed_in])
    def me(self, info: Info) -> str | None:
        return info.context.caller.viewer.customer_id

    @strawberry.field
    def buy(self) -> Item | SoldOut:
        raise Sold

    @strawberry.field
    def buy_plainly(self) -> str | None:
        raise Sold

    @strawberry.field
    def items(self, first: int = 20, after: str | None = None) -> ItemConnection:
        edges = [ItemEdge(node=Item(id=strawberry.ID(str(n)), name=f"#{n}")) for n in range(first)]
        return ItemConnection(edges=edges)

    @strawberry.field
    async def slow(self) -> str:
        await asyncio.Event().wait()
        return "never"

    @strawberry.field
    def degraded(self, info: Info) -> str:
        info.context.extensions["degraded"] = ["graph"]
        return "yes"

    @strawberry.field
    def where(self, info: Info) -> str:
        caller = info.context.caller
        return f"{caller.locale}/{caller.channel}"


@strawberry.type
class Mutation:
    @strawberry.mutation
    def bump(self, info: Info) -> int:
        info.context.world.runs["bump"] += 1
        return info.context.world.runs["bump"]

    @strawberry.mutation
    async def bump_slowly(self, info: Info) -> int:
        info.context.world.runs["started"] += 1
        await info.context.world.mutation_gate.wait()
        info.context.world.runs["finished"] += 1
        return 1


@strawberry.type
class Subscription:
    @strawberry.subscription
    async def count(self, info: Info, to: int = 3) -> AsyncIterator[int]:
        start = int(info.context.last_event_id or 0)
        info.context.world.resumed.append(info.context.last_event_id)
        for n in range(start + 1, to + 1):
            info.context.event_id = str(n)
            yield n

    @strawberry.subscription
    async def state(self, info: Info, size: int = 0) -> AsyncIterator[str]:
        world = info.context.world
        world.runs["state"] += 1
        try:
            async for item in world.topic.follow():
                world.runs["state_events"] += 1
                yield f"{item}" + "x" * size
        finally:
            world.runs["state_ended"] += 1

    @strawberry.subscription
    async def log(self, info: Info, size: int = 0) -> AsyncIterator[str]:
        world = info.context.world
        world.runs["log"] += 1
        world.resumed.append(info.context.last_event_id)
        async for item in world.log.follow():
            info.context.event_id = str(item)
            yield f"{item}" + "x" * size

    @strawberry.subscription(extensions=[signed_in])
    async def mine(self, info: Info) -> AsyncIterator[str]:
        yield info.context.caller.viewer.id


schema = strawberry.Schema(Query, Mutation, Subscription, exception_handlers=[ShowSold()])
