"""Text as it comes, cut into whole sentences with the ids that they cite."""

import re
from dataclasses import dataclass, field, replace

from services.chat.triggers import seen

LONGEST = 600
TAIL = 80
_END = re.compile(r"""[.!?。…]+["'”’)\]]*(?=\s)|\n+""")
_CITED = re.compile(r"\s*\[([a-z0-9][a-z0-9_:-]{0,79}(?:\s*[,;]\s*[a-z0-9][a-z0-9_:-]{0,79})*)\]")
_ENDED = re.compile(r"""(?:[!?。]|(?<![.…])\.)["'”’)\]*_]*$""")
_ITEM = re.compile(r"^(?:[-*•·>#]+|\d+[.)])\s+")
_MARK = re.compile(r"\s*\[[^\]\n]{0,200}\]?")


@dataclass(frozen=True)
class Sentence:
    """One sentence without its marks; `opens` says that a paragraph begins with it.

    `whole` is what it is judged by: itself with the lines that it goes on from or that go on from
    it, since a line that ends without a full stop is no sentence yet.
    """

    text: str
    cites: tuple[str, ...]
    opens: bool
    whole: str = field(default="", compare=False)


class Sentences:
    """Collects what a model says and gives back each sentence once it is whole.

    A sentence is whole when the next one has begun, since its marks may stand after its full stop;
    lines without one are held until the sentence ends on a later line.
    """

    def __init__(self) -> None:
        self._rest = ""
        self._opens = True
        self._held: list[Sentence] = []
        self._before = ""

    def feed(self, text: str) -> list[Sentence]:
        """Take more text; return the sentences that are whole now."""
        self._rest += seen(text).replace("\r\n", "\n")
        found: list[Sentence] = []
        while (end := self._whole()) is not None:
            self._cut(end, found)
        return found

    def flush(self) -> list[Sentence]:
        """Return what is left; nothing more will come."""
        found: list[Sentence] = []
        while (end := self._whole()) is not None:
            self._cut(end, found)
        self._cut(len(self._rest), found)
        self._let_go(found)
        return found

    def _whole(self) -> int | None:
        for end in _END.finditer(self._rest):
            at = end.end()
            while (mark := _CITED.match(self._rest, at)) is not None:
                at = mark.end()
            rest = self._rest[at:].lstrip()
            if rest and not "[".startswith(rest[0]):
                return at
            if rest:
                # A mark that is not closed yet; what is no mark is cut when it has grown.
                return at if "]" in rest or len(rest) > 100 else None
        if len(self._rest) > LONGEST and (space := self._rest.rfind(" ", 1, LONGEST)) > 0:
            return space
        return LONGEST if len(self._rest) > LONGEST else None

    def _cut(self, end: int, found: list[Sentence]) -> None:
        raw, self._rest = self._rest[:end], self._rest[end:]
        cites = tuple(id.strip() for mark in _CITED.findall(raw) for id in re.split(r"[,;]", mark))
        text = re.sub(r"\s+", " ", _MARK.sub("", raw)).strip()
        if text:
            self._held.append(Sentence(text, tuple(dict.fromkeys(cites)), self._opens))
            self._opens = False
            if _ENDED.search(text) or sum(len(one.text) for one in self._held) >= LONGEST:
                self._let_go(found)
        if re.search(r"\n\s*\n", raw):
            self._opens = True

    def _let_go(self, found: list[Sentence]) -> None:
        """Give what was held, each with all of it; the tail of a run too long to hold goes on."""
        if not self._held:
            return
        lines = [_ITEM.sub("", one.text) for one in self._held]
        whole = " ".join([self._before, *lines]).strip()
        found += [replace(one, whole=whole) for one in self._held]
        self._before = "" if _ENDED.search(whole) else whole[-TAIL:]
        self._held = []
