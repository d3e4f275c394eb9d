"""Which region an address is in: `seoul`, `jeju`, …, and `CA`, `NY`, … in the United States."""

import re
import unicodedata
from bisect import bisect_right

KOREA, STATES = "KR", "US"
COUNTRIES = {"kr": KOREA, "apec": KOREA, "us": STATES}
"""Where each channel delivers."""

# Slug → code of ISO 3166-2, first two digits of the postal codes, and what people call it. The
# digits are the allocation of Korea Post of 2015.
PROVINCES: dict[str, tuple[str, range, str]] = {
    "seoul": ("11", range(1, 10), "서울 서울시 서울특별시 seoul"),
    "busan": ("26", range(46, 50), "부산 부산시 부산광역시 busan pusan"),
    "daegu": ("27", range(41, 44), "대구 대구시 대구광역시 daegu taegu"),
    "incheon": ("28", range(21, 24), "인천 인천시 인천광역시 incheon inchon"),
    "gwangju": ("29", range(61, 63), "광주 광주시 광주광역시 gwangju kwangju"),
    "daejeon": ("30", range(34, 36), "대전 대전시 대전광역시 daejeon taejon"),
    "ulsan": ("31", range(44, 46), "울산 울산시 울산광역시 ulsan"),
    "gyeonggi": ("41", range(10, 19), "경기 경기도 gyeonggi kyonggi"),
    "gangwon": ("42", range(24, 27), "강원 강원도 강원특별자치도 gangwon kangwon"),
    "chungbuk": ("43", range(27, 30), "충북 충청북도 chungbuk chungcheongbuk northchungcheong"),
    "chungnam": ("44", range(31, 34), "충남 충청남도 chungnam chungcheongnam southchungcheong"),
    "jeonbuk": ("45", range(54, 57), "전북 전라북도 전북특별자치도 jeonbuk jeollabuk northjeolla"),
    "jeonnam": ("46", range(57, 61), "전남 전라남도 jeonnam jeollanam southjeolla"),
    "gyeongbuk": ("47", range(36, 41), "경북 경상북도 gyeongbuk gyeongsangbuk northgyeongsang"),
    "gyeongnam": ("48", range(50, 54), "경남 경상남도 gyeongnam gyeongsangnam southgyeongsang"),
    "jeju": ("49", range(63, 64), "제주 제주시 제주도 제주특별자치도 jeju cheju"),
    "sejong": ("50", range(30, 31), "세종 세종시 세종특별자치시 sejong"),
}
SLUG_OF_DIGITS = {digits: slug for slug, (_, area, _) in PROVINCES.items() for digits in area}
SLUG_OF_NAME = {
    name: slug
    for slug, (code, _, names) in PROVINCES.items()
    for name in (*names.split(), f"kr{code}", slug)
}
# What English forms put around the name.
RANKS = re.compile(
    r"(special self ?governing|metropolitan|special|autonomous|city|province|republic of korea)"
)
SUFFIX = re.compile(r"[- ](do|si)\b")

NAMES_OF_STATES = (
    "AL Alabama,AK Alaska,AZ Arizona,AR Arkansas,CA California,CO Colorado,CT Connecticut,"
    "DE Delaware,DC District of Columbia,FL Florida,GA Georgia,HI Hawaii,ID Idaho,IL Illinois,"
    "IN Indiana,IA Iowa,KS Kansas,KY Kentucky,LA Louisiana,ME Maine,MD Maryland,MA Massachusetts,"
    "MI Michigan,MN Minnesota,MS Mississippi,MO Missouri,MT Montana,NE Nebraska,NV Nevada,"
    "NH New Hampshire,NJ New Jersey,NM New Mexico,NY New York,NC North Carolina,ND North Dakota,"
    "OH Ohio,OK Oklahoma,OR Oregon,PA Pennsylvania,RI Rhode Island,SC South Carolina,"
    "SD South Dakota,TN Tennessee,TX Texas,UT Utah,VT Vermont,VA Virginia,WA Washington,"
    "WV West Virginia,WI Wisconsin,WY Wyoming,PR Puerto Rico,VI Virgin Islands,GU Guam"
)
STATE_OF_NAME = {
    form: code
    for code, _, name in (entry.partition(" ") for entry in NAMES_OF_STATES.split(","))
    for form in (code.lower(), f"us{code.lower()}", name.lower().replace(" ", ""))
}
# First three digits from which a state's codes run, up to the next; - is none of the states.
ZIPS = (
    "005 NY,006 PR,008 VI,009 PR,010 MA,028 RI,030 NH,039 ME,050 VT,055 MA,056 VT,060 CT,070 NJ,"
    "090 -,100 NY,150 PA,197 DE,200 DC,201 VA,202 DC,206 MD,220 VA,247 WV,270 NC,290 SC,300 GA,"
    "320 FL,340 -,341 FL,350 AL,370 TN,386 MS,398 GA,400 KY,430 OH,460 IN,480 MI,500 IA,530 WI,"
    "550 MN,569 DC,570 SD,580 ND,590 MT,600 IL,630 MO,660 KS,680 NE,700 LA,716 AR,730 OK,733 TX,"
    "734 OK,750 TX,800 CO,820 WY,832 ID,840 UT,850 AZ,870 NM,885 TX,886 -,889 NV,900 CA,962 -,"
    "967 HI,969 GU,970 OR,980 WA,995 AK"
)
ZIP_STARTS = [int(entry[:3]) for entry in ZIPS.split(",")]
ZIP_STATES = [entry[4:] for entry in ZIPS.split(",")]


def known_regions(channel_id: str) -> frozenset[str]:
    """Return every region that an address of this channel may be in."""
    is_american = COUNTRIES.get(channel_id, KOREA) == STATES
    return frozenset(STATE_OF_NAME.values() if is_american else PROVINCES)


def regions_of(channel_id: str, region: str | None, postal_code: str | None) -> frozenset[str]:
    """Return the regions that an address may be in, by what it calls it and by its postal code.

    More than one when the two do not agree: a rule that allows must allow each of them, and a
    rule that forbids needs only one, so nobody gets around it with half a true address.
    """
    if COUNTRIES.get(channel_id, KOREA) == STATES:
        found = (_state_of_name(region), _state_of_zip(postal_code))
    else:
        found = (_province_of_name(region), _province_of_code(postal_code))
    return frozenset(place for place in found if place)


def region_of(channel_id: str, region: str | None, postal_code: str | None) -> str | None:
    """Return the region of an address: what it calls it, else what its postal code says."""
    named = regions_of(channel_id, region, None)
    return next(iter(named or regions_of(channel_id, None, postal_code)), None)


def _plain(text: str | None) -> str:
    return unicodedata.normalize("NFKC", (text or "")[:200]).strip().casefold()


def _province_of_name(region: str | None) -> str | None:
    text = _plain(region)
    whole = SUFFIX.sub("", RANKS.sub("", text))
    for name in (whole, text.split()[0] if text else "", text.partition(",")[0]):
        if slug := SLUG_OF_NAME.get(re.sub(r"[^\w]", "", name)):
            return slug
    return None


def _province_of_code(postal_code: str | None) -> str | None:
    text = re.sub(r"[\s-]", "", _plain(postal_code))
    # Before 2015 codes had six digits, and another meaning.
    if not re.fullmatch(r"[0-9]{5}", text):
        return None
    return SLUG_OF_DIGITS.get(int(text[:2]))


def _state_of_name(region: str | None) -> str | None:
    return STATE_OF_NAME.get(re.sub(r"[^a-z]", "", _plain(region)))


def _state_of_zip(postal_code: str | None) -> str | None:
    text = _plain(postal_code)
    if not re.fullmatch(r"[0-9]{5}([- ]?[0-9]{4})?", text):
        return None
    at = bisect_right(ZIP_STARTS, int(text[:3])) - 1
    return None if at < 0 or ZIP_STATES[at] == "-" else ZIP_STATES[at]
