"""Texts as words: folded alike when they are written down and when they are looked for."""

import re
import unicodedata

from services.search.hangul import is_syllable

WORD = re.compile(r"[0-9a-z가-힣ㄱ-ㅎㅏ-ㅣ]+")
SCRIPTS = re.compile(r"[0-9]+|[a-z]+|[가-힣]+|[ㄱ-ㅎㅏ-ㅣ]+")
WIDE = {wide: wide - 0xFEE0 for wide in range(0xFF01, 0xFF5F)}


def word_set(listed: str) -> frozenset[str]:
    """Read a list of words."""
    return frozenset(listed.split())


# Words that say nothing where others do; alone they are looked for like any other.
STOP = word_set(
    "a an and any are as at be by can could do does for from get give good have how i in is it "
    "like looking me my need not of on one or please recommend show some something tell that the "
    "there this to us want was what when where which who why will with would you your "
    "too very not so just really "
    "drink drinks bottle bottles alcohol liquor find best "
    "것 거 수 때 등 좀 더 좋은 추천 추천해줘 찾아줘 알려줘 보여줘 주세요 있는 있나요 있어요 하는 "
    "뭐 무엇 무슨 어떤 왜 어디 그 이 저 및 또는 그리고 술 같은 어울리는 마실 마시기"
)
JOSA = word_set(
    "은 는 이 가 을 를 의 에 에서 으로 로 와 과 도 만 처럼 보다 까지 부터 랑 이랑 하고 나 이나 "
    "에게 한테 인 입니다 예요 이에요 요 라 이라 야 이야 라는 이라는 에는 으로는 에도"
)


def fold(text: str) -> str:
    """Write it in small letters, without accents, in the usual width."""
    text = unicodedata.normalize("NFC", text.translate(WIDE)).lower()
    return text if text.isascii() else "".join(map(_plain, text))


def _plain(sign: str) -> str:
    if sign.isascii() or is_syllable(sign):
        return sign
    bare = unicodedata.normalize("NFD", sign)[0]
    return bare if bare.isascii() else sign


def words(text: str) -> list[str]:
    """Return the words of a text, folded."""
    return WORD.findall(fold(text))


def parts(word: str) -> list[str]:
    """Part a word where its script changes: 너드12 is 너드 and 12."""
    return SCRIPTS.findall(word)


def is_korean(word: str) -> bool:
    """Tell whether a word has a syllable of Hangul in it."""
    return any(map(is_syllable, word))
