"""Each sentence of an answer before it is sent: kept, dropped, or the end of the answer."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from prometheus_client import Counter

from services.chat.grounding import Ground
from services.chat.guard import Concern, objection
from services.chat.sentences import Sentence, Sentences
from services.chat.triggers import plain

# So much of what only the model is told, word for word, is no chance.
LONGEST_LIKE = 40
_HEADING = re.compile(r"^\W*(?:persona|rules|customer|earlier|knowledge)\W*$", re.IGNORECASE)
DROPPED = Counter("chat_sentences_dropped_total", "Sentences of answers not sent", ["reason"])


@dataclass(frozen=True)
class Kept:
    """A sentence to send, and the sources that it rests on."""

    text: str
    cites: list[dict[str, str]]
    opens: bool


@dataclass(frozen=True)
class Over:
    """The answer ends here; `why` is what was wrong, or nothing when it was just long enough."""

    why: Concern | None = None


@dataclass
class Judge:
    """Judges the sentences of one answer in their order."""

    ground: Ground
    most_paragraphs: int
    private: str = ""
    paragraphs: int = 0
    said: set[str] = field(default_factory=set)

    def hear(self, sentence: Sentence) -> Kept | Over | None:
        """Return what becomes of a sentence; None drops it."""
        if (why := self._objection(sentence)) is not None:
            DROPPED.labels(why.value).inc()
            return Over(why)
        if (same := plain(sentence.text)) in self.said:
            DROPPED.labels("repeated").inc()
            return None
        rests_on = self.ground.rests_on(sentence)
        if rests_on is None:
            DROPPED.labels("ungrounded").inc()
            return None
        opens = sentence.opens and self.paragraphs > 0
        if opens and self.paragraphs >= self.most_paragraphs:
            return Over()
        self.paragraphs += opens or not self.paragraphs
        self.said.add(same)
        sources = [self.ground.pieces[id] for id in rests_on]
        return Kept(sentence.text, [{"kind": one.kind, "id": one.id} for one in sources], opens)

    def _objection(self, sentence: Sentence) -> Concern | None:
        """Return why a sentence ends the answer; it may not tell what the model was told either."""
        said = plain(sentence.text)
        if (len(said) >= LONGEST_LIKE and said in self.private) or _HEADING.match(sentence.text):
            return Concern.SECRETS
        return objection(sentence.whole or sentence.text)

    def remember(self, text: str) -> None:
        """Take what was sent of this answer before, by a worker that is no more."""
        self.paragraphs = len([part for part in text.split("\n\n") if part.strip()])
        self.keep_to_us([text])

    def keep_to_us(self, texts: Iterable[str]) -> None:
        """Have no sentence of these be said by the model."""
        for text in texts:
            cutter = Sentences()
            sent = (*cutter.feed(text), *cutter.flush())
            self.said.update(plain(sentence.text) for sentence in sent)
