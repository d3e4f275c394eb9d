"""Korean words by what they are made of; the analyser is loaded once, by who first needs it.

It takes two seconds and some 300 MB, so nothing is loaded with this module.
"""

import asyncio
import threading
import unicodedata
from typing import Any

from services.search.words import word_set

# Nouns, roots, verbs and adjectives, adverbs, foreign words, numbers.
CONTENT = ("NN", "NR", "XR", "VV", "VA", "MAG", "SL", "SN", "SH", "W_SERIAL")
EMPTY = word_set(
    "하 되 있 없 같 만들 마시 먹 주 보 싶 알 찾 이 좋 어울리 것 거 수 때 등 도 안 더 좀 추천"
)


class Morphology:
    """The analyser of this process."""

    def __init__(self) -> None:
        self._kiwi: Any = None
        self._lock = threading.Lock()
        self._loading: asyncio.Task[None] | None = None

    @property
    def is_ready(self) -> bool:
        """Whether it is loaded."""
        return self._kiwi is not None

    def load(self) -> None:
        """Load it, unless it is there; blocks for seconds."""
        from kiwipiepy import Kiwi  # type: ignore[import-untyped]

        with self._lock:
            if self._kiwi is None:
                kiwi = Kiwi(num_workers=1, load_multi_dict=False)
                # The first text takes as long as all that is loaded.
                kiwi.tokenize("첫 독")
                self._kiwi = kiwi

    async def loaded(self) -> None:
        """Load it beside the event loop."""
        if not self.is_ready:
            await asyncio.to_thread(self.load)

    def begin(self) -> None:
        """Have it loaded beside the event loop, and do not wait."""
        if not self.is_ready and (self._loading is None or self._loading.done()):
            self._loading = asyncio.create_task(self.loaded())

    def pieces(self, text: str) -> list[str]:
        """Return what carries the meaning of a text; nothing while the analyser is not loaded."""
        if self._kiwi is None:
            return []
        with self._lock:
            tokens = self._kiwi.tokenize(text)
        found = [
            unicodedata.normalize("NFC", token.form).lower()
            for token in tokens
            if token.tag.startswith(CONTENT)
        ]
        return [form for form in found if form not in EMPTY]


korean = Morphology()
