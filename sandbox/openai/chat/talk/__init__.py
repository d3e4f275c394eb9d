"""The local model: characters who know what they are given, in Korean and English.

The instructions hold sections: `# Persona`, `# Rules`, `# Customer` and `# Knowledge`, whose
pieces are `[id] (kind; truth) Title` with their text below. Results of tools may bring more:
`{"items": [{"id", "kind", "title", "text", "reason"}]}`; a `message` in one is said as it is.
Each sentence that tells something ends with the id that it rests on: `… [id]`.
"""

import re

from sandbox.openai.chat.asked import Asked
from sandbox.openai.chat.plan import Output, Say
from sandbox.openai.chat.talk.concierge import serve
from sandbox.openai.chat.talk.language import HANGUL
from sandbox.openai.chat.talk.prompt import Prompt, read_prompt
from sandbox.openai.chat.talk.shape import shaped, summary
from sandbox.openai.chat.talk.storyteller import tell

_CONCIERGE = re.compile(r"concierge|컨시어지", re.IGNORECASE)
_SUMMARY = re.compile(r"summar|요약", re.IGNORECASE)


def answer(asked: Asked) -> list[Output]:
    """What the local model does with a request."""
    prompt = read_prompt(asked)
    if asked.shape is not None:
        return [Say(shaped(prompt, asked.shape))]
    if "persona" in prompt.sections:
        return serve(prompt) if _is_concierge(prompt) else tell(prompt)
    if _SUMMARY.search(asked.instructions):
        return [Say(summary(prompt))]
    return [Say(_echo(prompt.words or asked.last_words))]


def _is_concierge(prompt: Prompt) -> bool:
    if "create_checkout" in prompt.tools:
        return True
    return not prompt.tools and bool(_CONCIERGE.search(prompt.sections["persona"]))


def _echo(question: str) -> str:
    """For who asks without a persona."""
    short = " ".join(question.split())[:80]
    if HANGUL.search(question):
        return f"“{short}”라고 하셨네요. 한 잔 어떠세요?"
    return f"You said “{short}”."
