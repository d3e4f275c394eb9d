"""What an answer may not say. It may warn: "do not drive" and "쉬어 가세요" are no encouragement.

A claim is denied by its own predicate alone: by the negator right before it in English, by the
ending right behind it in Korean. A "no" anywhere else in the sentence changes nothing.
"""

import re
from dataclasses import dataclass

from services.chat.guard.asked import RIVALS, SECRETS, Concern, any_of
from services.chat.guard.denial import is_denied
from services.chat.triggers import plain


@dataclass(frozen=True)
class _Claim:
    """A predicate, and what it has to be said of: within so many letters before or behind it."""

    says: re.Pattern[str]
    about: re.Pattern[str] | None = None
    back: int = 0
    ahead: int = 0

    def is_made(self, said: str) -> bool:
        """Tell whether a text makes the claim, undenied, at least once."""
        for found in self.says.finditer(said):
            start, end = found.span("says" if found.groupdict().get("says") else 0)
            if self._is_about(said, start, end) and not is_denied(said[:start], said[end:]):
                return True
        return False

    def _is_about(self, said: str, start: int, end: int) -> bool:
        if self.about is None:
            return True
        before, behind = said[max(0, start - self.back) : start], said[end : end + self.ahead]
        return bool(self.about.search(before) or self.about.search(behind))


_DRINKS = r"(?:enjoy|drink|sip|have|try|taste|share|join)"
_FINE = (
    r"\b(?:fine|okay|ok|all right|alright|harmless|no (?:problem|harm|risk|danger|worries)|"
    r"mild enough|good|safe(?! (?:choice|side|thing|way|bet)))\b(?! to (?:skip|avoid|wait|say no))"
    r"|(?:n't|not|never) (?:hurt|harm)\b"
)
_MAY = rf"\b(?:can|may|could|should|are free to|is free to)\s+(?:\w+ly\s+|still\s+|also\s+)*{_DRINKS}\b"
_ILL = (
    r"\b(?:disease|illness|ailments?|cancer|diabetes|blood pressure|cholesterol|immun\w*|hangovers?|"
    r"pain|aches?|headaches?|stress|fatigue|tiredness|insomnia|anxiety|depression|colds?|flu|fever|"
    r"body|digestion|health|arthritis|gout|ulcers?)\b"
)
_BODY = (
    r"(?:건강|몸|피부|혈압|당뇨|면역력?|소화|숙취|불면|관절|심장|위장|두통|감기|스트레스|암|"
    r"(?<![가-힣])장(?=에|을)|(?<![가-힣])간(?=에|을))(?:에도?|에는|을|를|이|가|은|는|까지)?\s*"
    r"(?:(?:정말|아주|매우|참|무척|더|훨씬|확실히|진짜|그렇게|굉장히|특히)\s*){0,2}"
)
_MANY_EN = r"(?:two|three|four|five|six|seven|eight|nine|ten|twelve|\d+|several|many|a dozen|a few)"
_MANY_KO = r"(?:두|세|네|다섯|여섯|일곱|여덟|아홉|열|서너|대여섯|몇|여러|\d+)\s*병"
_DOWN = r"(?:드시(?!겠)|드세|드셔|드십|마시|마셔|마십|먹어|들이켜|비우|비워)"
_PREGNANT_EN = re.compile(r"\bpregnan\w+|\bbreast ?-?feed\w*|\bnursing (?:mother|mom|woman|women)")
_YOUNG_EN = re.compile(r"\b(?:minors?|teen\w*|children|kids|under ?-?age|high ?school\w*)\b")

_CLAIMS = (
    (Concern.MEDICAL, (
        _Claim(any_of(
            r"\b(?:cures?|curing|heals?|healing|treats?|treating|prevents?|relieves?|eases?|lowers?|"
            r"reduces?|boosts?|strengthens?|fights?|detox\w*|(?:melts?|washes?|takes?|chases?) away)\b"
        ), re.compile(_ILL), ahead=40),
        _Claim(any_of(
            r"\b(?:good|great|beneficial|healthy|excellent|wonderful) for (?:(?:your|the|my|our|overall|"
            r"women's|men's)\s+)*(?:health|skin|gut|stomach|liver|digestion|sleep|heart|immun\w+|blood)\b",
            r"\bhealth benefits?\b|\bmedicinal\b|\bhealthy (?:drink|choice|brew|makgeolli|habit)\b",
            r"\b(?:is|it's|so|very|really) healthy\b|\bhealthier\b|\bimproves? (?:your |the )?(?:health|"
            r"skin|digestion|sleep|immun\w+)\b",
            r"\b(?:better than|as good as|works? like|acts? like|is a|is the best) (?:any |a |an |the )?"
            r"(?:medicine|remedy|cure|tonic|painkiller)\b",
            r"\bhelps? (?:you |your |with )*(?:sleep|fall asleep|digest\w*|immun\w*|recover|liver|"
            r"lose weight|blood)\b",
            r"\bno hangovers?\b|\bhangover[- ]free\b|\bwithout (?:a |the |any )?hangover\b",
            r"\b(?:won't|not|never|doesn't|don't) (?:give|leave|cause|get|have)\b.{0,20}\bhangovers?\b",
        )),
        _Claim(re.compile(
            rf"{_BODY}(?P<says>좋|도움|낫|나아|치료|예방|개선|강화|효과|효능|낮(?:춰|추|아)|튼튼)"
        )),
        _Claim(any_of(
            r"약이\s*(?:됩|돼|되)|의학적\s*효능|항암|만병|보약|건강해지|건강주|살이?\s*빠",
            r"피로(?:가|를|도|는)?\s*(?:싹\s*|확\s*|금방\s*|말끔히\s*|다\s*)*(?:풀|회복|가시|사라|날아|날려|없어지|없애)",
            r"숙취(?:가|는|도|란|조차)?\s*(?:전혀\s*|거의\s*|하나도\s*|절대\s*)*"
            r"(?:없|안\s*(?:생|남|와|옵|나)|덜|적(?:어|습|은)|남지\s*않|생기지\s*않|사라|풀|해소|걱정)",
            r"감기(?:가|도)?\s*(?:낫|나아|뚝)|잠이\s*잘\s*(?:오|와|옵)|푹\s*주무",
        )),
    )),
    (Concern.EXCESS, (
        _Claim(any_of(
            r"\b(?:get|getting|be) (?:you |us )?(?:wasted|hammered|smashed|plastered|drunk)\b|\bchug\b",
            r"\bbottoms up\b|\bno limits?\b|\bmore you drink\b|\bdrink up\b|\bkeep (?:on )?drinking\b",
            r"\b(?:finish|drink|down|empty) (?:the|a|your) (?:whole|entire) (?:bottle|case|crate|jar)\b",
            rf"\b(?:drink|down|finish|empty|knock back|polish off|gulp|chug) (?:at least |another |up to |all |"
            rf"your )*(?:{_MANY_EN})\s+(?:(?:more|whole|full|big)\s+)*(?:bottles?|jars?|cases?|crates?)\b",
            rf"\bhave {_MANY_EN} (?:more )?bottles (?:tonight|each|per person|in one sitting|yourself)\b",
            r"\b(?:one more|another) bottle\b(?=.{0,20}\b(?:tonight|won't|will not|come on|drink)\b|!)",
            r"\bdrink (?:as much|as many|all you|until|till|all night|every (?:day|night))",
        )),
        _Claim(any_of(
            rf"(?:원샷|취할\s*때까지|마음껏|실컷|잔뜩|밤새(?:도록)?|끝없이|얼마든지|진탕)\s*(?:\S+\s+)?(?P<says>{_DOWN}|하세|하시|하자)",
        )),
        _Claim(any_of(
            rf"(?:한\s*병|{_MANY_KO})\s*더\s*(?:쭉\s*)?{_DOWN}",
            rf"{_MANY_KO}\s*(?:은|는|쯤|정도|씩|도|을|까지|이라도)?\s*(?:다\s*|쭉\s*|거뜬히\s*|꼭\s*)*{_DOWN}",
            r"많이\s*(?:드세요|드시(?=면\s*(?:드실|좋)|고|길)|드십시오|마셔요|마시세요)|끝까지\s*(?:드세|드시|마시|마셔)",
            r"(?:다|전부|모두)\s*비우|매일\s*(?:한|두|세|\d+)\s*병|원샷(?=\s*(?:이|예|!|$|가))|취해\s*(?:보|봐|봅)",
        )),
    )),
    (Concern.DRIVING, (
        _Claim(any_of(
            r"\b(?:can|could|may|might|okay to|ok to|fine to|safe to|all right to|able to|free to|good to|"
            r"still)\s+(?:(?:still|safely|even|then|also|easily)\s+)*(?:drive|driving)\b"
            r"(?! (?:only )?(?:after|once) .*(?:day|sober))",
            r"\bdriv(?:e|ing) (?:home |back |after |a car )[^.;]{0,30}?"
            r"(?P<says>\b(?:fine|okay|ok|safe|all right|no (?:problem|harm|risk)|not a problem)\b)",
        )),
        _Claim(any_of(
            r"운전(?:을|은|도|까지)?\s*(?:해도|하셔도|하시는\s*데|하는\s*데|할\s*수|하실\s*수)\s*"
            r"(?:전혀\s*|아무\s*|아무런\s*|다\s*)*(?P<says>괜찮|돼|되|됩|된|좋|무방|문제\s*(?:가\s*)?없|지장\s*(?:이\s*)?없|있)",
            r"운전(?:에|은|엔)?\s*(?:전혀\s*|아무\s*|아무런\s*)*(?:괜찮|문제\s*없|지장\s*(?:이\s*)?없)|운전\s*걱정",
        )),
    )),
    (Concern.PREGNANCY, (
        _Claim(re.compile(_FINE), _PREGNANT_EN, back=45, ahead=45),
        _Claim(re.compile(_MAY), _PREGNANT_EN, back=40, ahead=40),
        _Claim(
            any_of(r"괜찮|마셔도|드셔도|(?:드실|마실)\s*수\s*있|안전|좋(?:습|아|은)|무해|해롭지\s*않|즐기(?:실|셔|세)|문제\s*없"),
            re.compile(r"임신|임산부|임부|수유|태아|예비\s*엄마"), back=20,
        ),
    )),
    (Concern.MINOR, (
        _Claim(re.compile(_FINE), _YOUNG_EN, back=40, ahead=20),
        _Claim(re.compile(_MAY), _YOUNG_EN, back=30),
        _Claim(
            any_of(r"괜찮|마셔도|드셔도|먹어도|줘도|주셔도|한\s*모금|맛보|(?:드실|마실)\s*수\s*있|무해|문제\s*없"),
            re.compile(r"미성년|청소년|학생|아이|어린이|십\s*대"), back=20,
        ),
    )),
)  # fmt: skip
_SLANDER = any_of(
    r"(?:다른|타|경쟁)\s*(?:브랜드|회사|양조장|막걸리|제품|업체|집\s*술).{0,30}(?:가짜|최악|물\s*탄|나쁘|나빠|형편없|머리가|싸구려|맛없|속이)|"
    r"브랜드\s*x",
    r"\b(?:other|rival|competing) (?:brand|brewer|brewery|breweries|maker|makgeolli)s?\b.{0,40}"
    r"\b(?:cheats?|poison|fakes?|watered|worst|worse|bad|terrible|awful|cheap|inferior|lie|lies)\b",
)
_NEVER = (
    (Concern.COMPETITOR, _SLANDER),
    (Concern.COMPETITOR, any_of(rf"{RIVALS}", r"\bbrand x\b")),
    (Concern.SECRETS, SECRETS),
)
_ORNAMENT = re.compile(r"[*_`~]+")
_PAUSE = re.compile(r"\.{2,}|…|[:：]\s")


def objection(sentence: str) -> Concern | None:
    """Return why a sentence of an answer may not be sent."""
    bare = _ORNAMENT.sub("", _PAUSE.sub(" ", plain(sentence).replace("’", "'")))
    said = " ".join(bare.split())
    for why, pattern in _NEVER:
        if pattern.search(said):
            return why
    return next((why for why, claims in _CLAIMS if any(one.is_made(said) for one in claims)), None)
