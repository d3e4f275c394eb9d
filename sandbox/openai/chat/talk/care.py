"""What the model answers with care, whoever asks."""

import re

from sandbox.openai.chat.talk.prompt import Prompt

_TOPICS = (
    ("minor", re.compile(
        r"\b(i am|i'm|im|she is|he is) (only )?1[0-8]\b(?! ?%)|under ?-?age|\bminors?\b|teenager|high ?school"
        r"|미성년|청소년|(중|고등|초등)학생|고딩|중딩|1[0-8]\s*살|열\s*(네|다섯|여섯|일곱|여덟)\s*살", re.IGNORECASE)),
    ("pregnancy", re.compile(
        r"pregnan|breast ?-?feed|expecting a (baby|child)|임신|임산부|수유|모유|태아", re.IGNORECASE)),
    ("driving", re.compile(
        r"\bdriv(e|ing)\b|behind the wheel|my car\b|운전(?!\s*(?:은|을|도)?\s*(?:(?:안|못)\s*(?:해|하|할|합)|하지\s*(?:않|못)))|차\s*(를|를\s*)?(몰|끌|가지|갖)", re.IGNORECASE)),
    ("excess", re.compile(
        r"wasted|hammered|blackout|get(ting)? (really |so )?drunk|binge|chug|drinking (game|contest)"
        r"|만취|꽐라|필름\s*끊|취할\s*때까지|빨리\s*취|원샷|폭음|얼마나\s*마셔야|몇\s*병.{0,8}취|취하고\s*싶",
        re.IGNORECASE)),
    ("medical", re.compile(
        r"\b(cure|heal|remedy|medicine|medication|diabet\w*|liver|cancer|blood pressure|hangover cure"
        r"|health benefits?|good for (my|your|the)? ?(health|skin|gut|stomach|sleep))\b|lose weight"
        r"|건강에\s*좋|몸에\s*좋|피부에\s*좋|장에\s*좋|효능|당뇨|혈압|간에|항암|면역|다이어트|숙취\s*해소|(?<![예계서요절취조제공언협농화도활해치])약\s*(을|이랑)|복용",
        re.IGNORECASE)),
    ("competitor", re.compile(
        r"\bbrand [a-z]\b|\b(other|another|rival|competing) (makgeolli )?(brand|brewer|maker)|competitor"
        r"|(다른|타|경쟁)\s*(브랜드|회사|양조장|업체)|다른\s*막걸리\s*(보다|랑|와)|경쟁사|타사", re.IGNORECASE)),
    ("secrets", re.compile(
        r"system prompt|(your|the) (hidden )?instructions|ignore (all|any|your|the|previous)|jailbreak"
        r"|시스템\s*프롬프트|(네|너의|숨은|이전)\s*(지시|명령)|지시.{0,6}무시|프롬프트", re.IGNORECASE)),
)  # fmt: skip
_SAID = {
    "minor": (
        "술은 법으로 정한 나이가 된 분께만 권해요. 그때까지는 향과 이야기로 만나요.",
        "Drinks wait until the legal age, so I will not suggest one. Stories have no age limit, though.",
    ),
    "pregnancy": (
        "임신이나 수유 중이시라면 어떤 술도 권하지 않아요. 순한 것도요. 궁금한 점은 담당 의사와 이야기해 주세요.",
        "While you are pregnant or nursing I will not suggest any alcohol, not even a mild one. "
        "Your doctor is the right person to ask.",
    ),
    "driving": (
        "운전이 남아 있는 날에는 한 모금도 권하지 않아요. 술은 쉬는 날로 미뤄 두세요.",
        "When there is driving ahead I will not pour even a sip. Let the drink wait for a day "
        "without the car.",
    ),
    "excess": (
        "취하려고 마시는 술은 권하지 않아요. 한 잔을 천천히, 물과 안주를 곁에 두는 자리가 좋아요.",
        "I do not pour to get anyone drunk. One small cup, slowly, with water and food beside it, "
        "is how I like a table.",
    ),
    "medical": (
        "술은 약이 아니라서 건강 이야기는 드릴 수 없어요. 몸에 관한 일은 의사나 약사에게 물어봐 주세요.",
        "A drink is no medicine, so I make no promises about health. A doctor or pharmacist is the "
        "one to ask.",
    ),
    "competitor": (
        "다른 집 술과 견주는 말은 아끼고 싶어요. 저마다 어울리는 상이 있으니까요.",
        "I would rather not weigh another maker against us; every cup has its own table.",
    ),
    "secrets": (
        "제가 받은 안내는 술상 밑에 두는 것이라 보여 드릴 수 없어요.",
        "What I was told stays under the table, so I cannot show it.",
    ),
}  # fmt: skip
_THEN = {
    "storyteller": (
        "대신 술이 어떻게 태어나는지는 밤새라도 들려 드릴 수 있어요. 어떤 이야기가 궁금하세요?",
        "How a brew comes to be I can tell you gladly instead. Which part would you like to hear?",
    ),
    "concierge": (
        "다른 도움이 필요하시면 말씀해 주세요.",
        "Tell me if I can help with something else.",
    ),
}


def topic(text: str) -> str | None:
    """Why a question is answered with care."""
    return next((name for name, pattern in _TOPICS if pattern.search(text)), None)


def careful(prompt: Prompt, part: str) -> str | None:
    """The careful answer to what was asked, if it needs one."""
    if (name := topic(prompt.words)) is None:
        return None
    side = 0 if prompt.is_korean else 1
    return f"{_SAID[name][side]}\n\n{_THEN[part][side]}"
