"""Words of liking and of disliking, in Korean and in English, and what has none of either."""

import re

_OFTEN = r"(?:(?:really|do|also|always|mostly|usually|generally|just|both|absolutely) )*"
LIKES = re.compile(
    rf"\b(?:i|we)(?:'ve)? {_OFTEN}(?:like|love|enjoy|adore|prefer|am into)\b"
    r"|\b(?:i|we)(?:'d| would) (?:\w+ )?prefer\b|\bmy favou?rites?\b"
    r"|\bi(?:'m| am) (?:really )?(?:into|a fan of)\b"
    r"|좋아(?:해|합니다|하는|하고|하거|하며|하지만|하는데|했|함)|좋겠"
    r"|(?:[이가게건거도은는면]|더|제일|가장|정말|아주|너무) "
    r"좋(?:아요|아해|아서|습니다|더라|네요|다고)"
    r"|즐겨 ?(?:마|먹|찾)|즐깁니다|즐기(?:는|고|며)|선호(?:해|합|하는|함)|최애"
    r"|취향(?:이에요|입니다|이야|이라|이고|인데|이거든)"
    r"|(?:마음|맘)에 (?:쏙 )?(?:들어|들었|드네|들더|듭)"
    r"|입(?:맛)?에 (?:잘 |딱 )?맞(?:아|았|더|네|고|습)"
)
DISLIKES = re.compile(
    rf"\b(?:i|we) {_OFTEN}(?:do not|don't|dont|never|can't|cannot|did not|didn't) "
    r"(?:(?:really|much|even) )?(?:like|love|enjoy|stand|care for|prefer)\b"
    rf"|\b(?:i|we) {_OFTEN}(?:hate|hated|dislike|detest|loathe)\b"
    r"|\bnot (?:a fan of|my (?:thing|taste|favou?rite))\b|\btoo [a-z]+ for (?:me|us)\b"
    r"|(?:좋아하|즐기|선호하|(?:마음|맘)에 들|입(?:맛)?에 맞)(?:지|진|지는|지도|질) ?(?:않|못|아니)"
    r"|(?:안|별로) (?:좋아|즐겨|선호)|(?:마음|맘)에 안 들|입(?:맛)?에 (?:잘 )?안 맞"
    r"|취향(?:이|은|도|엔)? ?(?:아니|아닌|아닙)|싫(?:어|다|습|은|더|고|지만|었)"
    r"|별로(?:예요|에요|였|네|야|다|라|고|입니다|이에요)|질색|꺼려"
)
NEITHER = re.compile(
    r"싫(?:지|진|지는|지도|어하지) ?않|나쁘지 ?않|\bnot (?:that )?(?:i|we) (?:dis)?like\b"
    r"|\bdon't (?:hate|dislike|mind)\b"
)
ASKS = re.compile(
    r"\?|어떤|무슨|뭐|뭘|무엇|어느|누가|누구|(?:나요|까요|가요|으세요|하세요|신가요|은지|는지)\s*$"
    r"|\b(?:what|which|who|whether|do you|does|would you|could you|should i)\b"
)
# What somebody else likes, and what is only liked more than something.
OTHERS = re.compile(
    r"(?:엄마|아빠|어머니|아버지|부모님|남편|아내|와이프|친구|동생|언니|오빠|누나|할머니|할아버지|딸|아들"
    r"|사장님|선배|후배|그분|사람|손님|분들|애들|다들)(?:들)?(?:이|가|은|는|께서|께선|도|분)?(?= )"
    r"|보다 |\bthan (?![$₩\d])"
    r"|\bmy (?:\w+ )?(?:mother|father|mom|mum|dad|wife|husband|friends?|sister|brother"
    r"|boss|partner|parents?|son|daughter)\b"
)
ORDERS = re.compile(
    r"주세요|줘요|살게|주문|구매|담아|결제|배송|수량|환불|취소|반품|영수증"
    r"|\b(?:order|orders|ordered|buy|cart|send|deliver\w*|refund|return|receipt|bill)\b"
)
PARTS = re.compile(
    r"(?<=[.!?。;])(?!\d)\s*|,(?!\d)\s*|\b(?:but|however|though|because|so)\b|\band (?=(?:i|we)\b)"
    r"|하지만|그런데|그렇지만|그래서|(?<=지만) |(?<=는데) |(?<=니까) |(?<=[아어라해]서) "
    r"|(?<=좋아하고) |(?<=싫어하고) |(?<=싫고) |(?<=즐기고) |(?<=좋고) "
)
