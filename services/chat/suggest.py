"""Drinks that fit what somebody says they like: the recommender's, in the words of a chat."""

from collections.abc import Sequence
from dataclasses import dataclass

from services import experiment, recommendation
from services.chat import history, minutes
from services.chat.grounding import Piece
from services.chat.recall import piece_of
from services.chat.scene import Desk, Scene
from services.recommendation import Ask, Context, Sources, Weights, Withheld

LONGEST_WISH = 200


@dataclass(frozen=True)
class Suggestion:
    """A drink, and why."""

    piece: Piece
    score: float
    reason: str


@dataclass(frozen=True)
class Suggested:
    """The best first, and why nothing may be suggested at all."""

    items: Sequence[Suggestion] = ()
    withheld: Withheld | None = None


async def suggest(
    desk: Desk, scene: Scene, wish: str, most: int, like: str | None = None
) -> Suggested:
    """Return what they may have and can buy here, for a wish or `like` a product.

    What they said of allergies anywhere in the chat is kept to. It opens sessions of its own.
    """
    sources = Sources(
        settings=desk.settings,
        db=desk.db,
        bus=desk.bus,
        now=desk.now,
        graph=desk.graph,
        embeddings=desk.embeddings,
        is_private=True,
    )
    drawn = experiment.assign(desk.settings, scene.viewer, experiment.RECOMMENDER)
    weights = Weights.of(desk.settings, drawn.parameters)
    plain = wish.replace("\0", " ")
    said = [*await _said(desk, scene), plain]
    context = Context(product_id=like, wish=plain[:LONGEST_WISH], earlier=said)
    asked = Ask(scene.viewer, scene.channel, scene.locale, weights, context, most)
    found = await recommendation.recommend(sources, asked)
    pieces = [(piece_of(one.product, scene.locale, scene.viewer), one) for one in found.items]
    items = [Suggestion(piece, one.parts.score, one.reason) for piece, one in pieces if piece]
    await _shown(desk, scene, drawn, [one.piece.id for one in items])
    return Suggested(items, found.withheld)


async def _shown(
    desk: Desk, scene: Scene, drawn: experiment.Assignment, products: Sequence[str]
) -> None:
    """Write down what was suggested: once for a reply, whoever makes it to its end."""
    if products:
        view = f"chat:{scene.reply.id}"
        async with desk.begin() as uow:
            shown = experiment.Shown(drawn, view, tuple(products), uow.now())
            await experiment.record(uow, [shown])


async def _said(desk: Desk, scene: Scene) -> list[str]:
    """Return what the customer said of themselves in this chat."""
    async with desk.db.read() as session:
        said = await history.said_in(session, scene.chat.id, scene.reply.number)
    return [*minutes.about_customer(scene.chat.summary, scene.locale), *said]
