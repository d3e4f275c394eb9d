"""Tells customers what is known of them, when they ask: what they bought, watched, have chosen."""

import re
from collections.abc import Mapping

from sandbox.openai.chat.talk.minutes import remembered
from sandbox.openai.chat.talk.prompt import Prompt

MOST = 3
# Which lines of `# Customer` a question is about.
_ABOUT: Mapping[str, re.Pattern[str]] = {
    "bought": re.compile(
        r"\b(what|which|when).{0,20}\b(did|have) i\b.{0,12}\b(buy|bought|order|get)|\bi (bought|ordered) (last|before)"
        r"|(지난번|전에|저번|예전)\S*\s.{0,12}(샀|산\s|주문했|구매했|마셨)|(제가|내가)\s.{0,16}(샀|산\s|주문했|구매했)",
        re.IGNORECASE,
    ),
    "watched": re.compile(
        r"\b(what|which).{0,20}\b(did|have) i\b.{0,12}\b(watch|see)|(제가|내가)\s.{0,12}영상.{0,6}(봤|본)|(봤|본)\S*\s*영상",
        re.IGNORECASE,
    ),
    "cart": re.compile(
        r"\b(what('s| is)|show|see)\b.{0,16}\b(cart|basket)\b|장바구니.{0,8}(뭐|무엇|보여|확인|있)",
        re.IGNORECASE,
    ),
    "likes": re.compile(
        r"\bwhat (do|did) i (like|love)\b|\b(do you )?know my taste|(제|내)\s*취향.{0,6}(뭐|무엇|알|기억)"
        r"|(제가|내가)\s.{0,8}좋아하.{0,10}(뭐|무엇|알|기억)",
        re.IGNORECASE,
    ),
}
_LINES: Mapping[str, re.Pattern[str]] = {
    "bought": re.compile(r"^(?:산 것|Bought): (.+?)(?: \[(\S+)\])?$", re.MULTILINE),
    "watched": re.compile(r"^(?:본 영상|Watched): (.+?)(?: \[(\S+)\])?$", re.MULTILINE),
    "cart": re.compile(r"^(?:장바구니|In the cart): (.+?)(?: \[(\S+)\])?$", re.MULTILINE),
    "likes": re.compile(
        r"^(?:취향|관심|좋다고 한 것|Taste|Cares for|Said to like): (.+?)(?: \[(\S+)\])?$",
        re.MULTILINE,
    ),
}
_SAID: Mapping[str, tuple[str, str]] = {
    "bought": ("제 장부에는 이렇게 적혀 있네요: {}.", "I have it written here: {}."),
    "watched": ("보신 영상은 이렇습니다: {}.", "You watched {}."),
    "cart": ("장바구니에는 이렇게 담겨 있습니다: {}.", "In your cart: {}."),
    "likes": ("제가 알기로는 이런 취향이세요: {}.", "As far as I know you like {}."),
}
_NONE: Mapping[str, tuple[str, str]] = {
    "bought": ("아직 사신 기록이 없어요.", "I see nothing that you have bought yet."),
    "watched": ("아직 보신 영상이 없어요.", "I see no film that you have watched yet."),
    "cart": ("장바구니가 비어 있습니다.", "Your cart is empty."),
    "likes": ("아직 취향을 들은 적이 없어요.", "You have not told me your taste yet."),
}


def about_you(prompt: Prompt) -> str | None:
    """The answer to who asks what is known of them; None when they do not."""
    asked = next((kind for kind, said in _ABOUT.items() if said.search(prompt.words)), None)
    if asked is None or "customer" not in prompt.sections:
        return None
    if asked == "likes" and remembered(prompt):
        return None
    korean, english = _SAID[asked] if (known := _known(prompt, asked)) else _NONE[asked]
    pattern = korean if prompt.is_korean else english
    return " ".join(
        pattern.format(told) + (f" [{id}]" if id else "") for told, id in known or [("", "")]
    )


def _known(prompt: Prompt, kind: str) -> list[tuple[str, str]]:
    return _LINES[kind].findall(prompt.sections["customer"])[:MOST]
