"""What a customer may tell about themselves, checked and made uniform."""

import re
import unicodedata
from collections.abc import Iterable
from datetime import date

from core.errors import InvalidInput
from core.i18n import LOCALES

MAX_EMAIL = 254
MAX_LOCAL_PART = 64
MAX_NAME = 100
MAX_TAGS = 50
MAX_TAG = 40
EARLIEST_BIRTH = date(1900, 1, 1)
EMAIL = re.compile(r"([^\s@\"(),:;<>\[\\\]]+)@((?:[\w](?:[\w-]*[\w])?\.)+[\w-]*[^\W\d_][\w-]*)")
TAG = re.compile(r"\w[\w &+'/-]*")

BAD_EMAIL = {
    "ko": "이메일 주소의 형식을 확인해 주세요(254자 이하).",
    "en": "This is not an e-mail address of at most 254 characters.",
}
BAD_NAME = {
    "ko": "이름은 제어 문자 없이 1~100자로 적어 주세요.",
    "en": "A name has 1 to 100 characters, and no control characters.",
}
BAD_LOCALE = {"ko": "언어는 ko 또는 en이어야 합니다.", "en": "The locale is ko or en."}
BAD_BIRTH_DATE = {
    "ko": "생년월일은 1900년 이후의 지난 날짜여야 합니다.",
    "en": "A birth date lies between 1900 and today.",
}
BAD_TAGS = {
    "ko": "취향은 50개까지, 각각 글자로 시작하는 1~40자여야 합니다.",
    "en": "Up to 50 preferences, each of 1 to 40 characters that begin with a letter or digit.",
}


def email_of(text: str) -> str:
    """Return an address as it is kept: NFC, trimmed, in small letters. Raises InvalidInput."""
    address = unicodedata.normalize("NFC", text[:1_000].strip()).lower()
    found = EMAIL.fullmatch(address)
    long = len(address.encode("utf-8", "replace")) > MAX_EMAIL
    if found is None or long or len(found[1]) > MAX_LOCAL_PART or not _is_clean(address):
        raise InvalidInput("input.email", BAD_EMAIL)
    return address


def name_of(text: str | None) -> str | None:
    """Return a name as it is kept: NFC, trimmed; blank is none. Raises InvalidInput."""
    name = unicodedata.normalize("NFC", (text or "")[:1_000].strip())
    if len(name) > MAX_NAME or not _is_clean(name):
        raise InvalidInput("input.name", BAD_NAME)
    return name or None


def locale_of(text: str) -> str:
    """Return `ko` or `en` of a locale such as `ko-KR`. Raises InvalidInput."""
    language = re.split("[-_]", text[:40], maxsplit=1)[0].lower()
    if language not in LOCALES:
        raise InvalidInput("input.locale", BAD_LOCALE)
    return language


def birth_date_of(day: date | None, today: date) -> date | None:
    """Return a birth date that can be one. Raises InvalidInput."""
    if day is not None and not EARLIEST_BIRTH <= day <= today:
        raise InvalidInput("input.birthDate", BAD_BIRTH_DATE)
    return day


def tags_of(texts: Iterable[str]) -> list[str]:
    """Return tags in small letters, each once, in the order given. Raises InvalidInput."""
    tags = list(dict.fromkeys(_tag(text) for text in texts))
    if len(tags) > MAX_TAGS:
        raise InvalidInput("input.preferences", BAD_TAGS)
    return tags


def _tag(text: str) -> str:
    tag = " ".join(unicodedata.normalize("NFKC", text[:1_000]).casefold().split())
    if len(tag) > MAX_TAG or not TAG.fullmatch(tag):
        raise InvalidInput("input.preferences", BAD_TAGS)
    return tag


def _is_clean(text: str) -> bool:
    """Whether it has no control characters, lone surrogates or line separators."""
    return not any(unicodedata.category(letter) in ("Cc", "Cs", "Zl", "Zp") for letter in text)
