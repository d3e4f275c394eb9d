"""Sums up conversations, and remembers what stands in a summary or was said before."""

import re
from collections.abc import Sequence

from sandbox.openai.chat.talk.language import matches, sentences, terms
from sandbox.openai.chat.talk.prompt import Prompt, is_order

TOPICS = 4
_LINE = re.compile(r"^(customer|[a-z][a-z0-9-]*): (.+)$", re.MULTILINE)
_SELF = re.compile(
    r"\b(i|i'm|i've|i'd|i'll|my|me|mine|we|we're|our|us)\b"
    r"|(?<![가-힣])(저는|저도|저희|저한테|저에게|제가|제|나는|나도|나한테|내가|내|우리|우린)(?![가-힣])",
    re.IGNORECASE,
)
_ASKS = re.compile(
    r"\?\W*$|\b(tell me|could you|can you|please|show me)\b"
    r"|(들려|알려|보여|말해|해|추천해)\s*(줘|주세요|줄래)|궁금",
    re.IGNORECASE,
)
_RECALL = re.compile(
    r"\bremember\b|\bwhat('s| is| was) my\b|\b(what|where|who|which) (did|do|have|am) i\b"
    r"|\bi (said|told you|mentioned) (earlier|before|at the start)"
    r"|기억|아까|(처음|전|먼저)에?\s*(제가|내가|말|얘기)|(제|내)\s*(이름|고향|생일)\S*\s*(뭐|무엇|언제|어디)"
    r"|(제가|내가)\s.{0,16}(다고|라고)\s*(했|그랬|말)",
    re.IGNORECASE,
)


def facts(prompt: Prompt) -> list[str]:
    """What customers said of themselves: first what an earlier summary keeps, then what is new."""
    kept = [line for lines in _earlier(prompt)[:1] for line in lines]
    told = [one for text in _said(prompt) for one in sentences(text) if _is_fact(one)]
    return list(dict.fromkeys([*kept, *told]))


def topics(prompt: Prompt) -> list[str]:
    """What was asked last, in the customer's words."""
    kept = [line for lines in _earlier(prompt)[1:2] for line in lines]
    asked = [one for text in _said(prompt) for one in sentences(text) if _is_question(one)]
    return list(dict.fromkeys([*kept, *asked]))[-TOPICS:]


def remembered(prompt: Prompt) -> str | None:
    """The answer to who asks what they said before; None when they do not, or nothing is known."""
    if not _RECALL.search(prompt.words):
        return None
    known = [*_all(_earlier(prompt)[:1]), *(one for one in _told(prompt) if _is_fact(one))]
    if not (line := _closest(prompt.words, known)):
        return None
    line = line.rstrip(".!… ")
    if prompt.is_korean:
        return f"네, 기억하고 있어요. “{line}.” 그렇게 말씀하셨지요."
    return f"Yes, I remember. You told me: “{line}.”"


def _closest(question: str, known: Sequence[str]) -> str | None:
    """The line that shares most with a question; of equal ones the first."""
    asked = set(terms(question))

    def shared(line: str) -> int:
        said = set(terms(line))
        return sum(any(matches(term, other) for other in said) for term in asked)

    return max(known, key=shared, default=None)


def _said(prompt: Prompt) -> list[str]:
    """The customer's lines of the transcript that is to be summed up, or their turns."""
    text = "\n".join(text for role, text in prompt.turns if role == "user")
    lines = [said for who, said in _LINE.findall(text) if who == "customer"]
    return lines or [text]


def _told(prompt: Prompt) -> list[str]:
    before = [text for role, text in prompt.turns if role == "user"][:-1]
    return [one for text in before for one in sentences(text)]


def _earlier(prompt: Prompt) -> list[list[str]]:
    """The lists of an earlier summary, each below its heading."""
    blocks: list[list[str]] = []
    for line in prompt.sections.get("earlier", "").splitlines():
        if line.startswith("- ") and blocks:
            blocks[-1].append(line[2:].strip())
        elif line.strip():
            blocks.append([])
    return blocks


def _all(blocks: list[list[str]]) -> list[str]:
    return [line for lines in blocks for line in lines]


def _is_fact(sentence: str) -> bool:
    is_plain = not _ASKS.search(sentence) and not is_order(sentence)
    return is_plain and bool(_SELF.search(sentence))


def _is_question(sentence: str) -> bool:
    return bool(_ASKS.search(sentence)) and not is_order(sentence)
