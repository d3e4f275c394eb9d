"""Messages: who said what, on what it rests, and the cards between the words."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any, Self

import strawberry

from models import chat as models
from models.chat import ChatAuthor, MessageStatus
from models.order import OrderStatus
from schema.base import Node, View
from schema.catalogue import Product
from schema.checkout.checkout import Checkout, show
from schema.context import Info
from schema.node import nodes_of
from schema.order import Order
from schema.world import Character, Ingredient, Lore
from services import chat, recommendation

strawberry.enum(ChatAuthor)
strawberry.enum(MessageStatus)


@strawberry.type
class TextPart:
    """Words."""

    text: str
    """Plain text; paragraphs are parted by an empty line."""


@strawberry.type
class ProductCard:
    """A drink that was suggested."""

    product: Product
    """Which one."""
    reason: str | None
    """Why, in the language of the chat."""


@strawberry.type
class OrderCard:
    """An order that Joon prepared, to be confirmed by the customer (`acp_prompt`)."""

    row: strawberry.Private[models.OrderCard]
    expires_at: datetime
    """Until when it may be confirmed; an earlier card ends when a new one is made."""

    @strawberry.field
    async def checkout(self, info: Info) -> Checkout:
        """What would be bought, and what is still missing, such as an address."""
        return await show(info, self.row.checkout_id)

    @strawberry.field
    def confirmation(self, info: Info) -> str:
        """Give it to `confirmOrderCard`: it stands for this total and these lines only."""
        return chat.confirmation(info.context.settings, self.row)

    @classmethod
    def of(cls, row: models.OrderCard) -> Self:
        """Show a card."""
        return cls(row=row, expires_at=row.expires_at)


@strawberry.type
class OrderStatusCard:
    """How far one of the customer's orders is."""

    order: Order
    """The order as it is now."""
    status: OrderStatus
    """Where it stood when this was told."""


@strawberry.type
class HandoffNote:
    """One character gives the conversation to another."""

    from_: Character = strawberry.field(name="from", description="Who spoke so far.")
    to: Character = strawberry.field(description="Who speaks from here on.")
    line: str = strawberry.field(description="What is said at that.")


MessagePart = Annotated[
    TextPart | ProductCard | OrderCard | OrderStatusCard | HandoffNote,
    strawberry.union("MessagePart"),
]
CitationSource = Annotated[Lore | Product | Ingredient, strawberry.union("CitationSource")]


@strawberry.type
class Citation:
    """The part of the world that a sentence rests on."""

    source: CitationSource
    """What it is."""
    part_index: int
    """Which part of the message holds the sentence, from 0."""
    start: int
    """Where it begins there, in characters."""
    end: int
    """Where it ends, in characters."""


@strawberry.type
class ChatPreference:
    """Something that the customer said they like, or do not."""

    label: str
    """What, in the language of the request: a drink, a taste, a kind of drink, a price."""
    is_liked: bool
    """Whether they like it."""
    product: Product | None
    """The drink, where it is one."""


@strawberry.type
class ChatMessage(View[models.ChatMessage], Node):
    """What was said in a chat."""

    author: ChatAuthor
    """Who said it."""
    status: MessageStatus
    """Where it stands."""
    reason: str | None
    """Why it is BLOCKED or FAILED, such as `driving` or `PROVIDER_UNAVAILABLE`."""
    created_at: datetime
    """When it was begun."""

    @strawberry.field
    async def character(self, info: Info) -> Character | None:
        """Which character said it; null for the customer, and for notes about orders."""
        id = self.row.character_id
        return Character.maybe(await info.context.loaders.character.load(id) if id else None)

    @strawberry.field
    async def parts(self, info: Info) -> list[MessagePart]:
        """Words and cards in their order; while STREAMING, those so far.

        What is no longer there leaves a part without words, so that `partIndex` stays right.
        """
        return [await part_of(info, part) or TextPart(text="") for part in self.row.parts]

    @strawberry.field
    async def citations(self, info: Info) -> list[Citation]:
        """What its sentences rest on; what is no longer there is left out."""
        return await citations_of(info, self.row.citations)

    @strawberry.field
    async def preferences(self, info: Info) -> list[ChatPreference]:
        """What was understood of the customer's likes.

        Recommendations count it until the chat is deleted.
        """
        if self.author is not ChatAuthor.CUSTOMER:
            return []
        kept = await info.context.loaders.chat_preference.load(self.row.id)
        return await _preferences(info, kept) if kept else []


async def _preferences(info: Info, kept: models.ChatPreference) -> list[ChatPreference]:
    shelf = await recommendation.shelf_of(info.context.db)
    heard = recommendation.Heard.of(kept.preferences)
    found = []
    for one in recommendation.spoken(heard, info.context.locale, shelf.lexicon):
        drink = await info.context.loaders.product.load(one.product_id) if one.product_id else None
        product = Product.maybe(drink)
        if product or one.label:
            label = product.name if product else one.label
            found.append(ChatPreference(label=label, is_liked=one.is_liked, product=product))
    return found


async def part_of(info: Info, part: Mapping[str, Any]) -> MessagePart | None:
    """Show a part; None when what it is about is gone."""
    loaders = info.context.loaders
    if part["type"] == "text":
        return TextPart(text=part["text"])
    if part["type"] == "product":
        product = Product.maybe(await loaders.product.load(part["product"]))
        return ProductCard(product=product, reason=part.get("reason")) if product else None
    if part["type"] == "order":
        row = await loaders.order_card.load(part["card"])
        return OrderCard.of(row) if row else None
    if part["type"] == "order_status":
        order = await loaders.order.load(part["order"])
        if order is None or order.customer_id != info.context.viewer.customer_id:
            return None
        return OrderStatusCard(order=Order.of(order), status=OrderStatus(part["status"]))
    before = Character.maybe(await loaders.character.load(part["from"]))
    after = Character.maybe(await loaders.character.load(part["to"]))
    if before is None or after is None:
        return None
    return HandoffNote(from_=before, to=after, line=part["line"])


async def citations_of(info: Info, cited: Sequence[Mapping[str, Any]]) -> list[Citation]:
    """Show citations."""
    loaders = info.context.loaders
    sources: dict[str, tuple[Any, Any]] = {
        "Lore": (loaders.lore, Lore),
        "Product": (loaders.product, Product),
        "Ingredient": (loaders.ingredient, Ingredient),
    }
    found = []
    for one in cited:
        loader, view = sources[one["kind"]]
        if (row := await loader.load(one["id"])) is not None:
            at = {"part_index": one["part"], "start": one["start"], "end": one["end"]}
            found.append(Citation(source=view.of(row), **at))
    return found


@nodes_of("say")
async def _messages(info: Info, ids: list[str]) -> dict[str, Node]:
    async with info.context.db.read() as session:
        rows = await chat.messages_of(session, info.context.viewer, ids)
    return {row.id: ChatMessage.of(row) for row in rows}
