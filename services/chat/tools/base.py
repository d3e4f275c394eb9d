"""How a tool is described to the model, checked, and run."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import orjson

from core.errors import AccessError, DomainError
from core.i18n import Text, pick
from gateways.llm import Tool
from services.chat.grounding import Ground, Piece
from services.chat.scene import Desk, Scene
from services.chat.suggest import Suggestion

LONGEST_ARGUMENTS = 4_000


@dataclass(frozen=True)
class Outcome:
    """What came of a tool: for the model, for the answer to rest on, and cards to show."""

    output: Mapping[str, Any]
    pieces: Sequence[Piece] = ()
    cards: Sequence[Mapping[str, Any]] = ()
    worked: bool = True


type Run = Callable[[Desk, Scene, Ground, Mapping[str, Any]], Awaitable[Outcome]]


@dataclass(frozen=True)
class Skill:
    """A tool: `label` is what people see while it runs; `may` says whether it is in order now."""

    name: str
    description: str
    label: Text
    run: Run
    text: Sequence[str] = ()
    count: Sequence[str] = ()
    may: Callable[[Scene, Mapping[str, Any]], bool] = field(default=lambda _scene, _args: True)

    def tool(self) -> Tool:
        """Describe it to the model: every argument is required, and no other is taken."""
        properties: dict[str, object] = {name: {"type": "string"} for name in self.text}
        properties |= {name: {"type": "integer"} for name in self.count}
        schema = {
            "type": "object",
            "properties": properties,
            "required": list(properties),
            "additionalProperties": False,
        }
        return Tool(self.name, self.description, schema)

    def arguments(self, given: str) -> Mapping[str, Any] | None:
        """Read what the model sent; None when it does not fit."""
        if len(given) > LONGEST_ARGUMENTS:
            return None
        try:
            found = orjson.loads(given or "{}")
        except orjson.JSONDecodeError:
            return None
        if not isinstance(found, dict) or found.keys() != {*self.text, *self.count}:
            return None
        texts = all(isinstance(found[name], str) for name in self.text)
        counts = all(
            isinstance(found[name], int) and not isinstance(found[name], bool)
            for name in self.count
        )
        return found if texts and counts else None


def offered(skills: Mapping[str, Skill], names: Sequence[str]) -> list[Tool]:
    """Describe the tools of a character that there are."""
    return [skills[name].tool() for name in names if name in skills]


def label_of(skills: Mapping[str, Skill], name: str, locale: str) -> str:
    """Return what people see while a tool runs."""
    return pick(skills[name].label, locale) if name in skills else name[:80]


async def use(
    skills: Mapping[str, Skill], desk: Desk, scene: Scene, ground: Ground, name: str, given: str
) -> Outcome:
    """Run a tool of this character; whatever is wrong with the call is told to the model."""
    skill = skills.get(name)
    if skill is None or name not in scene.character.tools:
        return refused("there is no such tool")
    arguments = skill.arguments(given)
    if arguments is None:
        return refused("the arguments do not fit the schema")
    if not skill.may(scene, arguments):
        return refused("the customer has not asked for this")
    try:
        return await skill.run(desk, scene, ground, arguments)
    except (DomainError, AccessError) as error:
        return refused(error.message(scene.locale))


def refused(reason: str) -> Outcome:
    """Tell the model why not."""
    return Outcome({"ok": False, "reason": reason}, worked=False)


def items(pieces: Sequence[Piece]) -> list[dict[str, str]]:
    """Write pieces of the world as a tool returns them."""
    return [
        {"id": one.id, "kind": one.kind, "title": one.title, "text": one.text} for one in pieces
    ]


def suggested(found: Sequence[Suggestion]) -> Outcome:
    """Show drinks that are suggested: to the model, as ground with their reasons, and as cards."""
    pieces = [replace(one.piece, text=f"{one.piece.text} {one.reason}") for one in found]
    told = zip(items([one.piece for one in found]), found, strict=True)
    shown = [{**item, "reason": one.reason} for item, one in told]
    cards = [{"type": "product", "product": one.piece.id, "reason": one.reason} for one in found]
    return Outcome({"items": shown}, pieces, cards)
