"""Moderation by rules: the same words give the same verdict, in Korean and in English."""

import re

CATEGORIES = (
    "harassment", "harassment/threatening", "hate", "hate/threatening", "illicit",
    "illicit/violent", "self-harm", "self-harm/intent", "self-harm/instructions", "sexual",
    "sexual/minors", "violence", "violence/graphic",
)  # fmt: skip
_MINOR = (
    r"(under-?age|\bminors?\b|child(ren)?|schoolgirl|schoolboy|\bteen(ager)?s?\b"
    r"|미성년|청소년|어린이|초등학생|중학생|고등학생|아동)"
)
_DRINK = r"(drink|drunk|alcohol|booze|soju|makgeolli|술|음주|막걸리|소주|취한|마시)"
_SEX = r"(\bsex(ual|y)?\b|\bnude?s?\b|naked|porn|erotic|야동|야한|섹스|성관계|나체|누드|음란)"
_NEAR = r"[^.!?\n]{0,40}"
_RULES = {
    "sexual": (_SEX,),
    "sexual/minors": (_MINOR + _NEAR + _SEX, _SEX + _NEAR + _MINOR),
    "illicit": (
        _MINOR + _NEAR + _DRINK,
        _DRINK + _NEAR + _MINOR,
        r"drunk(en)?[- ]driv|driv\w+ (while |when )?(drunk|intoxicated)",
        r"drink(ing)?[- ]and[- ]driv|cocaine|\bmeth\b",
        r"음주\s*운전|술\s*(을\s*)?(먹|마시)고\s*운전|마약|필로폰|폭탄\s*제조",
    ),
    "violence": (
        r"\b(kill|murder|stab|shoot|slaughter)(s|ed|ing|er)?\b",
        r"죽여|죽이|살인|살해|칼로\s*찌|총으로\s*쏘",
    ),
    "violence/graphic": (r"\b(gore|dismember\w*|behead\w*|bloodbath)\b|참수|토막\s*살|피범벅",),
    "harassment": (
        r"\b(idiot|moron|bitch|bastard|asshole|fuck\w*)\b",
        r"병신|씨발|시발놈|개새끼|미친\s*놈",
    ),
    "harassment/threatening": (
        r"\b(i('ll| will)|gonna) (kill|hurt|beat) you\b",
        r"죽여\s*버|가만\s*안\s*둬",
    ),
    "hate": (
        r"\b(nazis?|heil hitler|white power|subhuman|go back to your country)\b",
        r"\bhate (jews|muslims|blacks|koreans|gays|women)\b",
        r"혐오한다|한남충|김치녀|짱깨|쪽바리|틀딱",
    ),
    "hate/threatening": (r"\b(gas|exterminate|lynch) (the|all)\b|다\s*죽여야|몰살",),
    "self-harm": (
        r"\b(suicide|self[- ]harm|kill myself|cut myself)\b",
        r"자살|자해|극단적\s*선택",
    ),
    "self-harm/intent": (
        r"\b(i want to die|kill myself|end my life)\b",
        r"죽고\s*싶|자살\s*하고",
    ),
}
_COMPILED = {name: re.compile("|".join(rules), re.IGNORECASE) for name, rules in _RULES.items()}


def flagged(text: str) -> set[str]:
    """The categories that the words of a text fall into."""
    return {name for name, pattern in _COMPILED.items() if pattern.search(text)}


def verdict(text: str) -> dict[str, object]:
    """One result of POST /v1/moderations."""
    hits = flagged(text)
    kinds = ["text"] if text else []
    return {
        "flagged": bool(hits),
        "categories": {name: name in hits for name in CATEGORIES},
        "category_scores": {name: 0.97 if name in hits else 0.0003 for name in CATEGORIES},
        "category_applied_input_types": dict.fromkeys(CATEGORIES, kinds),
    }


def texts(given: object) -> list[str]:
    """The texts of `input`: one, several, or parts, of which pictures have no words."""
    if isinstance(given, str):
        return [given]
    if not isinstance(given, list) or not given:
        return []
    if all(isinstance(part, str) for part in given):
        return list(given)
    words = [part.get("text") for part in given if isinstance(part, dict)]
    return ["\n".join(word for word in words if isinstance(word, str))]
