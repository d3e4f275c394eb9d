"""Whether a claim is denied where it is made: right before its predicate, or right behind it."""

import re

_LITTLE = (
    r"(?:(?:a|an|any|the|to|be|been|being|ever|really|actually|all that|that|very|at all|meant to|"
    r"known to|claimed to|considered|going to|even)\s+){0,3}"
)
_NOT = r"(?:not|never|cannot|neither|nor|without|\w+n't)"
_HOLDS = (
    r"(?:think|say|claim|believe|assume|pretend|suggest|recommend|advise|mean|promise|guarantee)"
)
_BEFORE = re.compile(
    rf"\b(?:{_NOT}|no|avoid|hardly|nobody should|no one should)\s+{_LITTLE}$"
    rf"|\b{_NOT}\s+{_HOLDS}\s+(?:that\s+)?(?:(?:you|it|one|this|they|alcohol|makgeolli|a drink)\s+)?"
    r"(?:(?:is|are|should)\s+)?$"
    r"|\b(?:no|none of (?:our|the)) (?:drink|brew|bottle|makgeolli|alcohol|wine|cup|glass|amount|one|"
    r"woman|doctor)s?\s+(?:of \w+ )?(?:is |should |ever |really )*$"
    r"|\bnobody (?:should |must |can )*$"
    r"|(?<![가-힣])(?:안|못)\s*$"
    r"|(?:지\s*않|안\s*(?:드시|마시)|쉬시?|피하시?|삼가시?|끊|거르시?|참으시?)는\s*(?:편|것|게|쪽)(?:이|은)?"
    r"\s*(?:더\s*|가장\s*|훨씬\s*)?$"
    r"|(?:지\s*않아야|안\s*(?:드셔야|마셔야)|쉬어야|피해야|피하셔야|삼가야)\s*$"
)
# A question in the form of a denial asks for a yes.
_NO_KO = r"(?:않(?!나요|을까|겠|을\s*(?:리|수)|아요\s*\?|습니까)|못|마(?!음)|말(?=아|고|라|길))"
_BEHIND = re.compile(
    rf"^(?:으?시|하|하시|되|해지)?지(?:는|도|가)?\s*{_NO_KO}"
    rf"|^(?:은|는|을|를)?\s*하시?지(?:는|도)?\s*{_NO_KO}"
    r"|^(?:하|하시|으시|시|되)?으?면\s*(?:절대\s*|정말\s*)?(?:안\s*(?:되|돼|됩|된)|큰일|위험|곤란)"
    r"|^(?:이|가|은|는|을|도)?\s*(?:되는\s*|된다는\s*)?(?:절대\s*|전혀\s*)?(?:없|아니|아닙|안\s*(?:되|돼|됩|된))"
    r"|^[가-힣]{0,3}\s*(?:것|건|게|거|뜻|말|이야기|수|증거|근거)(?:은|는|이|도|가)?\s*(?:절대\s*|전혀\s*)?"
    r"(?:아니|아닙|없)"
    r"|^(?:는|은|한|운)\s*술은?\s*없"
    r"|^[가-힣]{0,2}다고(?:는|도)?\s*(?:생각|말|할|하|볼|주장|믿|여기|권)[가-힣\s]{0,8}?(?:않|없|못|마세|마시|말아)"
)


def is_denied(before: str, behind: str) -> bool:
    """Tell whether the words around a predicate deny it."""
    return bool(_BEFORE.search(before) or _BEHIND.match(behind))
