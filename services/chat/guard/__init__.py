"""What the characters do not go along with, in Korean and English (PRODUCT C4, C10).

Two sides: `concern` looks at what a customer asks before any model is called, and `objection` at
each sentence of an answer before it is sent. Both are code, so that no text can talk them round.
"""

from services.chat.guard.asked import CARE, Concern, concern, lasting
from services.chat.guard.claims import objection

__all__ = ["CARE", "Concern", "concern", "lasting", "objection"]
