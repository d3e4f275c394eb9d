"""Maeju's tools: the world, a drink to suggest, a story."""

from collections.abc import Mapping
from typing import Any

from services.chat import recall
from services.chat.grounding import Ground
from services.chat.scene import Desk, Scene
from services.chat.suggest import suggest
from services.chat.tools.base import Outcome, Skill, items, refused, suggested
from services.recommendation import Withheld

MOST_CARDS = 3


async def query_world_model(
    desk: Desk, scene: Scene, ground: Ground, args: Mapping[str, Any]
) -> Outcome:
    """Look something up in the world."""
    found = await recall.find(desk, scene, ground.world, args["question"])
    return Outcome({"items": items(found)}, found)


async def recommend_product(
    desk: Desk, scene: Scene, ground: Ground, args: Mapping[str, Any]
) -> Outcome:
    """Suggest drinks for what the customer said they like, with the reason of each."""
    told = await suggest(desk, scene, f"{args['preference']} {scene.said}", MOST_CARDS)
    if told.withheld is Withheld.UNKNOWN_ALLERGY:
        return refused("ask what exactly they are allergic to; if no label names it, suggest none")
    if not (found := told.items):
        return refused("nothing on sale here fits")
    return suggested(found)


async def generate_story(
    desk: Desk, scene: Scene, ground: Ground, args: Mapping[str, Any]
) -> Outcome:
    """Give the story that is most about a topic, whole; stories are told, not made up."""
    found = await recall.find(desk, scene, ground.world, args["topic"])
    told = next((piece for piece in found if piece.kind == "Lore"), None)
    if told is None:
        return refused("no story is known about this")
    return Outcome({"items": items([told]), "truth": told.truth}, [told])


async def hand_over(desk: Desk, scene: Scene, ground: Ground, args: Mapping[str, Any]) -> Outcome:
    """Refuse: who hands over is decided by the customer's words (ADR 0071)."""
    return refused("the customer has not asked for this")


SKILLS = (
    Skill(
        "query_world_model",
        "Look up what is known about a question: drinks, ingredients, stories.",
        {"ko": "이야기를 찾는 중", "en": "Looking through the stories"},
        query_world_model,
        text=("question",),
    ),
    Skill(
        "recommend_product",
        "Find drinks that fit what the customer likes, with the reason of each.",
        {"ko": "어울리는 술을 고르는 중", "en": "Choosing a drink"},
        recommend_product,
        text=("preference",),
    ),
    Skill(
        "generate_story",
        "Get the story about a topic to tell it.",
        {"ko": "이야기를 고르는 중", "en": "Choosing a story"},
        generate_story,
        text=("topic",),
    ),
    Skill(
        "handoff_to_joon",
        "Hand the customer over to Joon when they want to buy.",
        {"ko": "준에게 잇는 중", "en": "Calling Joon"},
        hand_over,
    ),
    Skill(
        "handoff_to_maeju",
        "Hand the customer over to Maeju when they want a story.",
        {"ko": "매주에게 잇는 중", "en": "Calling Maeju"},
        hand_over,
    ),
)
