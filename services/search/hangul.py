"""Hangul taken apart: letters as they are typed, first consonants, and how it sounds in Latin."""

import re
import unicodedata

FIRST, LAST = ord("가"), ord("힣")
CHOSUNG = "ㄱㄲㄴㄷㄸㄹㅁㅂㅃㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎ"
VOWELS = "ㅏㅐㅑㅒㅓㅔㅕㅖㅗㅘㅙㅚㅛㅜㅝㅞㅟㅠㅡㅢㅣ"
FINALS = ("", *"ㄱㄲㄳㄴㄵㄶㄷㄹㄺㄻㄼㄽㄾㄿㅀㅁㅂㅄㅅㅆㅇㅈㅊㅋㅌㅍㅎ")


def _listed(text: str) -> list[str]:
    return text.split(" ")


# Letters that are typed as two.
TYPED = dict(
    zip(
        "ㅘㅙㅚㅝㅞㅟㅢㄳㄵㄶㄺㄻㄼㄽㄾㄿㅀㅄ",
        _listed(
            "ㅗㅏ ㅗㅐ ㅗㅣ ㅜㅓ ㅜㅔ ㅜㅣ ㅡㅣ ㄱㅅ ㄴㅈ ㄴㅎ "
            "ㄹㄱ ㄹㅁ ㄹㅂ ㄹㅅ ㄹㅌ ㄹㅍ ㄹㅎ ㅂㅅ"
        ),
        strict=True,
    )
)
JOINED = {pair: letter for letter, pair in TYPED.items()}
# Revised Romanisation, letter by letter.
ROMAN_FIRST = _listed("g kk n d tt r m b pp s ss  j jj ch k t p h")
ROMAN_VOWELS = _listed("a ae ya yae eo e yeo ye o wa wae oe yo u wo we wi yu eu ui i")
ROMAN_FINALS = _listed(" k k k n n n t l k m l l l p l m p p t t ng t t k t p t")
# What the Latin keys of a Korean keyboard write.
KEYS = dict(
    zip(
        "qwertyuiopasdfghjklzxcvbnmQWERTOP",
        "ㅂㅈㄷㄱㅅㅛㅕㅑㅐㅔㅁㄴㅇㄹㅎㅗㅓㅏㅣㅋㅌㅊㅍㅠㅜㅡㅃㅉㄸㄲㅆㅒㅖ",
        strict=True,
    )
)
# Ways to spell one sound, the longest first.
SOUNDS = (
    *(
        ("yeo", "yo"),
        ("eo", "o"),
        ("eu", "u"),
        ("ae", "e"),
        ("oe", "e"),
        ("wae", "we"),
        ("ee", "i"),
    ),
    *(("oo", "u"), ("sh", "s"), ("ch", "j"), ("ck", "k"), ("ph", "p"), ("ui", "i"), ("wi", "i")),
    *(
        ("g", "k"),
        ("d", "t"),
        ("b", "p"),
        ("l", "r"),
        ("c", "k"),
        ("q", "k"),
        ("z", "j"),
        ("f", "p"),
    ),
    *(("v", "p"),),
)
DOUBLED = re.compile(r"(.)\1+")
SYLLABLES = re.compile(r"[가-힣]+")
CONSONANTS = re.compile(f"[{CHOSUNG}0-9a-z]*[{CHOSUNG}][{CHOSUNG}0-9a-z]*")
LETTERS = re.compile(r"[ㄱ-ㅎㅏ-ㅣ]")


def _parts(syllable: str) -> tuple[int, int, int]:
    code = ord(syllable) - FIRST
    return code // 588, code % 588 // 28, code % 28


def is_syllable(letter: str) -> bool:
    """Tell whole syllables from all else."""
    return FIRST <= ord(letter) <= LAST


def letters(text: str) -> str:
    """Take every syllable apart into the letters that are typed for it."""
    found: list[str] = []
    for sign in text:
        if is_syllable(sign):
            first, vowel, final = _parts(sign)
            found += CHOSUNG[first], VOWELS[vowel], FINALS[final]
        else:
            found.append(sign)
    return "".join(TYPED.get(letter, letter) for letter in found)


def chosung(text: str) -> str:
    """Return the first consonant of every syllable, and what is no syllable as it is."""
    return "".join(CHOSUNG[_parts(sign)[0]] if is_syllable(sign) else sign for sign in text)


def is_chosung(word: str) -> bool:
    """Tell whether somebody typed first consonants alone; two or more, as one says nothing."""
    return len(word) > 1 and CONSONANTS.fullmatch(word) is not None


def is_partial(word: str) -> bool:
    """Tell whether a syllable of this Korean word is still being typed."""
    return LETTERS.search(word) is not None and SYLLABLES.search(word) is not None


def romanised(text: str) -> str:
    """Spell Hangul in Latin letters, each syllable for itself."""
    found = []
    for sign in text:
        if is_syllable(sign):
            first, vowel, final = _parts(sign)
            found.append(ROMAN_FIRST[first] + ROMAN_VOWELS[vowel] + ROMAN_FINALS[final])
        else:
            found.append(sign)
    return "".join(found)


def sound(word: str) -> str:
    """Return what all ways to spell a Korean word in Latin letters have in common."""
    for spelled, heard in SOUNDS:
        word = word.replace(spelled, heard)
    return DOUBLED.sub(r"\1", word)


def from_keys(word: str) -> str | None:
    """Read Latin keys as on a Korean keyboard; None where that makes no whole syllables."""
    made = composed(typed_by(word))
    return made if len(made) > 1 and all(map(is_syllable, made)) else None


def typed_by(word: str) -> str:
    """Return the letters that Latin keys type on a Korean keyboard; "" where one types none."""
    found = [KEYS.get(key, KEYS.get(key.lower(), "")) for key in word]
    return "".join(found) if all(found) else ""


def composed(typed: str) -> str:
    """Put letters together into syllables, as a keyboard does."""
    found, at = [], 0
    while at < len(typed):
        first, at = typed[at], at + 1
        if first not in CHOSUNG or at == len(typed) or typed[at] not in VOWELS:
            found.append(first)
            continue
        vowel, at = _longest(typed, at, VOWELS)
        final = ""
        if at < len(typed) and typed[at] in FINALS and not _begins(typed, at):
            final, at = _final(typed, at)
        code = CHOSUNG.index(first) * 588 + VOWELS.index(vowel) * 28 + FINALS.index(final)
        found.append(chr(FIRST + code))
    return unicodedata.normalize("NFC", "".join(found))


def _longest(typed: str, at: int, known: str) -> tuple[str, int]:
    pair = JOINED.get(typed[at : at + 2])
    return (pair, at + 2) if pair and pair in known else (typed[at], at + 1)


def _begins(typed: str, at: int) -> bool:
    """Tell whether the consonant here begins the next syllable."""
    return at + 1 < len(typed) and typed[at + 1] in VOWELS


def _final(typed: str, at: int) -> tuple[str, int]:
    pair = JOINED.get(typed[at : at + 2])
    if pair and pair in FINALS and not _begins(typed, at + 1):
        return pair, at + 2
    return typed[at], at + 1
