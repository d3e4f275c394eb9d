"""Who answers: the customer's own words hand a chat over, once in a reply (C5, ADR 0071)."""

from dataclasses import replace

from core.i18n import Text, pick
from models.world import Character
from services.chat import persona
from services.chat.reply import Claim, page
from services.chat.scene import Desk, Scene
from services.chat.triggers import buying, meant


async def handed_over(desk: Desk, claim: Claim, scene: Scene) -> Scene:
    """Change who answers, if the customer's words ask for it; once in a reply."""
    if (found := _wanted(scene)) is None:
        return scene
    me, (other, line) = scene.character, found
    async with page(desk, claim) as sheet:
        said = pick(line, scene.locale)
        sheet.show({"type": "handoff", "from": me.id, "to": other.id, "line": said})
        sheet.chat.character_id = sheet.reply.character_id = other.id
        await sheet.uow.count("chat_handoffs_total")
    return replace(scene, character=other)


def _wanted(scene: Scene) -> tuple[Character, Text] | None:
    """Return to whom the words lead, and what is said at that."""
    me, said = scene.character, scene.said
    if persona.part_of(me) == "concierge":
        is_meant = meant(me.handoff.get("triggers", {}), said) and not buying(said)
        return _next(scene, me) if is_meant else None
    # Who wants to buy is led to who sells, whomever this one hands over to.
    for one in (me, *scene.characters.values()):
        other = scene.characters.get(one.handoff.get("to", ""))
        if other is None or not other.active or persona.part_of(other) != "concierge":
            continue
        if meant(one.handoff.get("triggers", {}), said) or buying(said):
            return _next(scene, one)
    return _next(scene, me) if meant(me.handoff.get("triggers", {}), said) else None


def _next(scene: Scene, one: Character) -> tuple[Character, Text] | None:
    other = scene.characters.get(one.handoff.get("to", ""))
    return (other, one.handoff["line"]) if other and other.active else None
