"""What customers ask that is answered with care, and the kind words for it."""

import enum
import re
from collections.abc import Sequence

from core.i18n import Text
from services.chat.triggers import buying, plain


class Concern(enum.StrEnum):
    """Why an answer or a sentence is refused."""

    MINOR = "minor"
    DRIVING = "driving"
    PREGNANCY = "pregnancy"
    MEDICAL = "medical"
    EXCESS = "excess"
    COMPETITOR = "competitor"
    SECRETS = "secrets"


def any_of(*patterns: str) -> re.Pattern[str]:
    """Make one pattern of several."""
    return re.compile("|".join(patterns))


_MINOR = any_of(
    r"\b(i am|i'm|im|he is|she is|he's|she's|they are|my (son|daughter|kid|child) is|turned)"
    r"\s+(only\s+)?(1[0-8]|[5-9])\b(?!\s*(percent|%|bottle|dollar|km|min))",
    r"\b(under ?-?age|minors?|teen(ager)?s?|high ?school(er)?s?|middle ?school)\b",
    r"\bmy (kid|child|children|little (brother|sister))\b.*\b(drink|try|taste|sip|give|pour)",
    r"미성년|청소년|중학생|고등학생|초등학생|중딩|고딩|(1[0-8]|열\s*(다섯|여섯|일곱|여덟))\s*살",
    r"(아이|애들?|아들|딸|동생)\s*(한테|에게|도|이랑).{0,12}(먹|마시|줘도|주면|따라)",
    r"아직\s*(학생|어린)|민증\s*없|신분증\s*없",
)
_DRIVING = any_of(
    r"(?<!\bnot )(?<!n't )(?<!n’t )(?<!n't be )(?<!\bnever )\bdriv(e|ing|es)\b|\bbehind the wheel\b|\bmy car\b|\bride my (bike|motor\w*|scooter)\b",
    r"운전(?!\s*(?:은|을|도)?\s*(?:(?:안|못)\s*(?:해|하|할|합)|하지\s*(?:않|못)))|차\s*(를|를\s*)?(끌고|몰고|가지고|갖고)|대리\s*없이|오토바이|킥보드",
)
_PREGNANCY = any_of(
    r"\bpregnan(t|cy)\b|\bexpecting a (baby|child)\b|\bbreast ?-?feed(ing)?\b|\bnursing (a|my) baby",
    r"\btrying to conceive\b|\btrimester\b",
    r"임신|임산부|임부|수유|모유|태아|뱃속|예비\s*(엄마|맘)",
)
_MEDICAL = any_of(
    r"\btreats?\b.{0,30}\b(illness|disease|pains?|colds?|flu|symptoms?|headaches?|anxiety|stress)\b",
    r"\b(cures?|heals?|remedy|medicine|medication|antibiotics?|painkillers?|pills?)\b",
    r"\b(diabet\w*|liver|cancer|blood pressure|cholesterol|insomnia|depress\w*|ulcer|gout|immune)\b",
    r"\bgood for (my|your|the|our)? ?(health|skin|gut|stomach|digestion|sleep)\b|\bhealth benefits?\b",
    r"\bhangover (cure|remedy)\b|\blose weight\b|\bdoctor\b",
    r"건강\s*에\s*(좋|도움)|몸\s*에\s*좋|피부\s*에\s*좋|장\s*에\s*좋|면역|효능|복용",
    # What only ends in the sound: 예약, 계약, 요약, 절약; 영암 is a town.
    r"(?<![예계서요절취조제공언협농화도활해치])약\s*(을|이랑|과|먹)",
    r"당뇨|간\s*(에|이|수치)\s*(좋|나쁘|안)|혈압|콜레스테롤|불면|우울증|항생제|진통제|두통약|통풍|(?<![가-힣])암\s*(에|환자)|[위간폐항]암",
    r"치료|숙취\s*(해소|에\s*좋)|다이어트|살\s*빠",
)
_EXCESS = any_of(
    r"\b(get|getting|be|gets) (me |us |him |her )?(wasted|hammered|smashed|plastered|blackout|trashed)\b",
    r"\b(get|getting) (me |us |him |her )?(really |very |so |totally )?drunk\b|\bblack ?out\b|\bbinge\b",
    r"\bchug(ging)?\b|\bdrinking (game|contest)s?\b|\bdrown my sorrows\b|\b(whole|entire) (case|crate)\b",
    r"\bhow (much|many)\b.{0,40}\b(drunk|wasted|pass out|tipsy)\b|\bas (fast|quickly) as\b.{0,20}\bdrunk\b",
    r"만취|꽐라|필름\s*(이)?\s*끊|취할\s*때까지|빨리\s*취|확\s*취|원샷|폭음|부어라|죽을\s*때까지",
    r"(몇|얼마나)\s*.{0,12}(마셔야|먹어야|마시면|먹으면).{0,12}취|취하고\s*싶|(진탕|왕창|잔뜩)\s*(마시|먹|취)",
    r"매일\s*(한|두|세|\d)\s*병|술\s*게임|해장술",
)
RIVALS = (
    r"국순당|장수\s*막걸리|서울\s*장수|지평(?!선)|느린\s*마을|배상면|복순도가|해창|참이슬|처음처럼|진로\s*소주|"
    r"카스(?!텔)|테라(?!스|코|피)|백세주|"
    r"\b(?:kooksoondang|jangsu|jipyeong|boksoondoga|neurin ?maeul|slow ?village|chamisul|jinro|"
    r"chum ?churum|heineken|budweiser|guinness|asahi|sapporo|hite|cass)\b"
)
_COMPETITOR = any_of(
    rf"{RIVALS}",
    r"\bbrand x\b|\b(other|another|competing|rival) (makgeolli )?(brand|brewery|breweries|maker)s?\b",
    r"\b(competing|rival) makgeollis?\b",
    r"\bcompetitors?\b|\bbetter than (any|other|all)\b.*\b(brand|makgeolli)",
    r"(다른|타|경쟁)\s*(브랜드|회사|양조장|업체)|(타|경쟁)\s*(막걸리|제품)|경쟁사|타사",
    # Another drink of ours is no rival; to be weighed against is.
    r"다른\s*(막걸리|제품|술)(들)?\s*(보다|이랑|랑|하고|와|과)\s",
)
SECRETS = any_of(
    r"# ?(persona|rules|customer|knowledge)\b",
    r"\b(my|the) (system prompt|instructions are|hidden instructions)\b|\bapi key\b",
    r"시스템\s*프롬프트|숨은\s*지시|내부\s*지시",
)
_ASKED = (
    (Concern.MINOR, _MINOR),
    (Concern.PREGNANCY, _PREGNANCY),
    (Concern.DRIVING, _DRIVING),
    (Concern.EXCESS, _EXCESS),
    (Concern.MEDICAL, _MEDICAL),
    (Concern.COMPETITOR, _COMPETITOR),
)

CARE: dict[Concern, Text] = {
    Concern.MINOR: {
        "ko": "술은 법으로 정한 나이부터예요. 그 전에는 향 이야기만으로도 충분하니, 술이 아닌 이야기라면 얼마든지 들려 드릴게요.",
        "en": "Drinks are for people of legal age only, so I cannot pour or suggest any here. Stories I can tell gladly.",
    },
    Concern.DRIVING: {
        "ko": "운전하실 날에는 한 모금도 권하지 않아요. 오늘은 이야기만 나누고, 술은 운전이 없는 날로 아껴 두세요.",
        "en": "When you are going to drive I will not pour even a sip. Let us keep to stories today, and the drink for a day without the car.",
    },
    Concern.PREGNANCY: {
        "ko": "임신과 수유 중에는 어떤 술도 권하지 않아요. 순한 것도 마찬가지예요. 궁금한 점은 의사와 상의해 주세요.",
        "en": "While pregnant or nursing I suggest no alcohol at all, not even a mild one. Please talk with your doctor about any question.",
    },
    Concern.MEDICAL: {
        "ko": "술은 약이 아니어서 건강에 대해서는 말씀드릴 수 없어요. 몸에 관한 일은 의사나 약사와 상의해 주세요. 맛과 이야기라면 제가 들려 드릴게요.",
        "en": "A drink is no medicine, so I make no claims about health. Please ask a doctor or pharmacist; taste and stories I can tell you about.",
    },
    Concern.EXCESS: {
        "ko": "취하려고 마시는 술은 권하지 않아요. 한 잔을 천천히, 물과 안주를 곁에 두고 즐기는 편이 좋아요. 혹시 마음이 힘든 날이라면 정신건강 상담전화 1577-0199가 있어요.",
        "en": "I do not pour to get anyone drunk. One glass, slowly, with water and food beside it, is how we like it. If it is a hard day, someone you trust or a helpline is better company than another glass.",
    },
    Concern.COMPETITOR: {
        "ko": "다른 집 술과 견주는 말은 아끼고 싶어요. 누구에게나 저마다의 술이 있으니까요. 대신 저희 술이 어떻게 빚어지는지는 얼마든지 들려 드릴게요.",
        "en": "I would rather not weigh other makers' drinks against ours; each has its table. How ours is made I can tell you gladly.",
    },
    Concern.SECRETS: {
        "ko": "그 부분은 말씀드릴 수 없어요. 술과 그 이야기라면 무엇이든 물어보세요.",
        "en": "That is not something I can share. Ask me anything about the drinks and their stories.",
    },
}  # fmt: skip


LASTING = frozenset({Concern.MINOR, Concern.PREGNANCY})
"""What still holds when somebody says something else next."""
_WANTS = any_of(
    r"\b(recommend|suggest|mild|mildest|lighte?r?|pour|try|drink|bottles?|order|buy|glass|sip)\b",
    r"추천|권해|골라|순한|약한|한\s*(잔|모금)|마셔|마실|마시|담아|주문",
)


def lasting(text: str, before: Sequence[str]) -> Concern | None:
    """Return what a customer told of themselves before, if they ask for a drink now."""
    if not (buying(text) or _WANTS.search(plain(text))):
        return None
    told = (concern(one) for one in reversed(before))
    return next((why for why in told if why in LASTING), None)


def concern(text: str) -> Concern | None:
    """Return why a customer's message is answered with care instead of a model's words."""
    said = plain(text)
    return next((why for why, pattern in _ASKED if pattern.search(said)), None)
