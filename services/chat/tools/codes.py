"""Whether a customer gave a code: a model may not use one that only a text or a tool told it."""

import re
import unicodedata

from services.chat.triggers import plain

_CODE = r"(?:promo\w*\s+|discount\s+|gift\s+)?(?:codes?|coupons?|vouchers?)|코드|쿠폰"
_LINK = r"(?:\s|[:=#'\"“”‘’(「『]|\b(?:is|was|named|called)\b|(?:은|는|이|가|로|번호)(?=\W))*"
_TAIL = r"[\s'\"“”‘’)」』]*(?:이?라는|이?란)?\s*"


def typed(code: str, *said: str) -> bool:
    """Tell whether one of the customer's texts gives this code as a word of its own."""
    code = code.strip()
    return len(code) > 1 and any(_gives(code, text) for text in said)


def _gives(code: str, text: str) -> bool:
    """Spelt as codes are, named as one ("code spring", "봄봄 쿠폰"), or all that was said.

    "A spring discount" gives none.
    """
    if re.sub(r"[^\w-]", "", plain(text)) == plain(code):
        return True
    left = r"(?<![\w-])" if code[0] > "\x7f" else r"(?<![0-9A-Za-z_-])"
    word = rf"{left}{re.escape(plain(code))}(?![0-9A-Za-z_-])"
    folded = unicodedata.normalize("NFKC", text)
    spelt = (found[0] for found in re.finditer(word, folded, re.IGNORECASE))
    if any(one.isupper() or any(map(str.isdigit, one)) for one in spelt):
        return True
    named = rf"(?:{_CODE}){_LINK}{word}|{word}{_TAIL}(?:{_CODE})"
    return re.search(named, plain(text)) is not None
