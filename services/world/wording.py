"""A way through the world as a sentence, in Korean and in English."""

from core.i18n import Text, pick, with_particles
from models.world import WorldKind, WorldRelation
from services.world.path import Way, name_of
from services.world.shapes import Step, Thing

R = WorldRelation
# What follows a name, walked the way the relation points and against it; {b} is where it leads.
# After the bars: how it goes on to the next step, and how it ends.
KOREAN: dict[WorldRelation, tuple[str, str]] = {
    R.HAS_INGREDIENT: ("은(는) {b}(으)로 |빚고,|빚습니다.", "은(는) {b}에 |들어가고,|들어갑니다."),
    R.FEATURES_IN_LORE: (
        "은(는) {b}에 |나오고,|나옵니다.",
        "은(는) {b}을(를) |말하고,|말합니다.",
    ),
    R.KNOWS_ABOUT: (
        "은(는) {b}을(를) |알고,|압니다.",
        "은(는) {b}이(가) |들려주고,|들려줍니다.",
    ),
    R.PAIRS_WITH: ("은(는) {b}와(과) 잘 |어울리고,|어울립니다.",) * 2,
    R.RELATED_TO: ("은(는) {b}와(과) |닮았고,|닮았습니다.",) * 2,
    R.GROWN_AT: ("은(는) {b}에서 |나고,|납니다.", "에서는 {b}이(가) |나고,|납니다."),
    R.BREWED_IN: ("은(는) {b}에서 |빚고,|빚습니다.", "에서는 {b}을(를) |빚고,|빚습니다."),
    R.MADE_WITH: ("은(는) {b}(으)로 |만들고,|만듭니다.", "은(는) {b}에 |쓰이고,|쓰입니다."),
}
ENGLISH: dict[WorldRelation, tuple[str, str]] = {
    R.HAS_INGREDIENT: ("is made with {b}", "goes into {b}"),
    R.FEATURES_IN_LORE: ("appears in {b}", "tells of {b}"),
    R.KNOWS_ABOUT: ("knows {b}", "is known to {b}"),
    R.PAIRS_WITH: ("goes well with {b}",) * 2,
    R.RELATED_TO: ("is akin to {b}",) * 2,
    R.GROWN_AT: ("comes from {b}", "is where {b} comes from"),
    R.BREWED_IN: ("is brewed in {b}", "is where {b} is brewed"),
    R.MADE_WITH: ("is mixed with {b}", "goes into the drink {b}"),
}


def sentence(way: Way, locale: str) -> str:
    """Tell a way in natural words, in ko or en."""
    if not way.steps:
        same = {"ko": "같은 것입니다: {a}.", "en": "They are the same: {a}."}
        return pick(same, locale).format(a=_name(way, next(iter(way.rows)), locale))
    return _korean(way) if locale == "ko" else _english(way)


def _korean(way: Way) -> str:
    said, last = [], len(way.steps) - 1
    for at, step in enumerate(way.steps):
        words, goes_on, ends = KOREAN[step.relation][not step.forward].split("|")
        subject = _name(way, step.start, "ko") if at == 0 else _again(way, step.start)
        told = words.replace("{b}", _name(way, step.end, "ko"))
        said.append(f"{subject}{told}{ends if at == last else goes_on}")
    return with_particles(" ".join(said))


def _again(way: Way, thing: Thing) -> str:
    return "그 이야기" if thing.kind is WorldKind.LORE else _name(way, thing, "ko")


def _english(way: Way) -> str:
    first = _name(way, way.steps[0].start, "en")
    told = f"{first} {_clause(way, way.steps[0])}"
    for step in way.steps[1:]:
        told += f", {_link(step)} {_clause(way, step).removeprefix(_where(step))}"
    return told[:1].upper() + told[1:] + "."


def _link(step: Step) -> str:
    if _where(step):
        return "where"
    return "who" if step.start.kind is WorldKind.CHARACTER else "which"


def _where(step: Step) -> str:
    is_place = step.relation in (R.GROWN_AT, R.BREWED_IN) and not step.forward
    return "is where " if is_place else ""


def _clause(way: Way, step: Step) -> str:
    words = ENGLISH[step.relation][not step.forward]
    return words.replace("{b}", _name(way, step.end, "en"))


def _name(way: Way, thing: Thing, locale: str) -> str:
    name = pick(name_of(way.rows[thing]), locale)
    if thing.kind is WorldKind.LORE:
        return f"‘{name}’ 이야기" if locale == "ko" else f"the story “{name}”"
    return name


def both(way: Way) -> Text:
    """Tell a way in each language."""
    return {locale: sentence(way, locale) for locale in ("ko", "en")}
