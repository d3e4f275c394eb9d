"""The Universal Commerce Protocol, 2026-04-08: its words for our checkouts.

What it shares with the other protocol of agents is that one's: see `services.acp`.
"""

from services.ucp.document import VERSION, check
from services.ucp.messages import path_of
from services.ucp.negotiate import agree, profile_url, refused
from services.ucp.profile import Agreed, failure, profile
from services.ucp.sessions import apply, begin, finish, wish
from services.ucp.view import shown

__all__ = [
    "VERSION",
    "Agreed",
    "agree",
    "apply",
    "begin",
    "check",
    "failure",
    "finish",
    "path_of",
    "profile",
    "profile_url",
    "refused",
    "shown",
    "wish",
]
