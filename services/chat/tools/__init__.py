"""What the characters can do. Each tool is a function with the customer's own rights."""

from services.chat.tools.base import Outcome, Skill, label_of, offered, use
from services.chat.tools.concierge import SKILLS as _CONCIERGE
from services.chat.tools.storyteller import SKILLS as _STORYTELLER

SKILLS: dict[str, Skill] = {skill.name: skill for skill in (*_STORYTELLER, *_CONCIERGE)}

__all__ = ["SKILLS", "Outcome", "Skill", "label_of", "offered", "use"]
