"""What a text hides: a model reads wide letters, base64 and rot13 as easily as plain words."""

import base64
import codecs
import re
import unicodedata
from collections.abc import Iterator

_BASE64 = re.compile(r"[A-Za-z0-9+/]{16,}={0,2}")
_ROT13 = re.compile(r"\brot13\b\W*(.+)", re.IGNORECASE)


def undisguised(text: str) -> Iterator[str]:
    """Give a text as it is, and then whatever else it says."""
    yield text
    if (folded := unicodedata.normalize("NFKC", text)) != text:
        yield folded
    for coded in _BASE64.findall(text):
        try:
            yield base64.b64decode(coded, validate=True).decode()
        except ValueError:
            continue
    for coded in _ROT13.findall(text):
        yield codecs.decode(coded, "rot13")
