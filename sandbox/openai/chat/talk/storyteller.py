"""The one who tells: warm, pictured, with an open question at the end, and only what is given."""

import math
import re

from sandbox.openai.chat.plan import Call, Output, Say
from sandbox.openai.chat.talk import lines
from sandbox.openai.chat.talk.acquaintance import about_you
from sandbox.openai.chat.talk.arguments import Filler
from sandbox.openai.chat.talk.care import careful
from sandbox.openai.chat.talk.language import josa, keywords, spelled, terms
from sandbox.openai.chat.talk.lines import Lines, pick
from sandbox.openai.chat.talk.minutes import remembered
from sandbox.openai.chat.talk.prompt import Piece, Prompt, pieces_of
from sandbox.openai.chat.talk.relevance import Found, at_first, find, is_linked, passage

STORY = 8
_STRENGTH = re.compile(r"\W*\d+(\.\d+)?\s*(도|%|percent)\W*", re.IGNORECASE)
STORY_SHARE = 0.3
_BUY = re.compile(
    r"\b(buy|order|ship(ping|ped)?|price|cost|cart|checkout|deliver|purchase)\b|how much is"
    r"|살래|살게|사고\s*싶|구매|주문|배송|가격|얼마(예|에|죠|인|야|\?)|결제|장바구니|담아\s*(주|줘)|병\s*(주|줘|보내)",
    re.IGNORECASE,
)
_RECOMMEND = re.compile(
    r"\b(recommend|suggest|which (one|drink|of)|what should i|i (like|love|prefer|want something)"
    r"|something (sweet|sour|dry|light|fruity|strong|for)|pair|goes? with|gift)\b"
    r"|what (should|can|could|to) .{0,8}drink|what do you have|which bottle"
    r"|추천|권해|권하|골라|어울리|(뭐가|뭘|무엇이)\s*좋|어떤\s*(게|술이|걸)\s*(좋|마|어)|좋아해|좋아하|취향|선물|안주"
    r"|(뭐|뭘|무엇을)\s*마시|마실까|마실\s*만한|마시고\s*싶"
    r"|(달콤|새콤|가벼|드라이|고소|순한|부드러|진한|탄산|향긋|깔끔)\S*\s*(술|거|것|걸|게|막걸리)"
    r"|\b(sweet|sour|dry|light|fruity|fizzy|mild|nutty)\b.{0,20}\b(one|drink|bottle|makgeolli)\b",
    re.IGNORECASE,
)
_STORY = re.compile(
    r"\b(tell (me|us) (a|another|the) (story|tale)|(a|another) story|once upon)\b"
    r"|이야기\s*(하나|좀|를?\s*들려|해)|옛날\s*이야기|들려\s*(줘|주)",
    re.IGNORECASE,
)
_REASON = re.compile(r"\bwhy\b|how come|\bhistory\b|왜|까닭|이유|역사|유래", re.IGNORECASE)
_MADE_OF = re.compile(
    r"\b(rice|made (of|from|with)|ingredients?|grain|water|what('s| is) in|use|where)\b"
    r"|어디|쌀|재료|원료|(뭘|무엇|뭐)(으)?로|들어가|들어\s*있",
    re.IGNORECASE,
)
_HELLO = re.compile(
    r"^\W*(hi|hello|hey|good (morning|evening)|안녕|반가|어이|계세요)", re.IGNORECASE
)
_THANKS = re.compile(
    r"\b(thank|thanks|bye|good night)\b|고마워|고맙|감사|잘\s*자|안녕히", re.IGNORECASE
)
_WHO = re.compile(
    r"(are you|you're) (a |an )?(human|person|real|robot|bot|ai)|who are you|what are you"
    r"|사람(이에요|인가|이야|이니|맞)|로봇|누구(세요|야|예요|신가)|AI(야|예요|인가|니)|인공지능",
    re.IGNORECASE,
)
_DAY = re.compile(
    r"\bi('m| am| feel| felt| had)\b.*\b(tired|sad|lonely|happy|stressed|long day|bad day)\b|hard day"
    r"|피곤|힘들|외로|우울|지쳤|지친|슬퍼|기뻐|행복|속상",
    re.IGNORECASE,
)
# Words by which a question is about what the house does, even when it shares none with a text.
_OURS = re.compile(
    r"\b(drink|brew|rice|taste|flavou?r|jar|bottle|makgeolli|korean?|tradition|your)\b"
    r"|술|막걸리|맛|빚|쌀|독|양조|전통|한국|향",
    re.IGNORECASE,
)
_TRUTHS: dict[str, Lines] = {
    "legend": {"ko": ("전해 오는 이야기로는 이래요.",), "en": ("This is how the legend goes.",)},
    "fiction": {"ko": ("이건 지어낸 이야기예요.",), "en": ("This one is made up, mind you.",)},
}


def tell(prompt: Prompt) -> list[Output]:
    """Answer as a storyteller."""
    words = prompt.words
    if answer := careful(prompt, "storyteller"):
        return [Say(answer)]
    if any(one.tool.startswith("handoff") and not one.has_failed for one in prompt.results):
        return []
    if _BUY.search(words) and (tool := _handoff(prompt)):
        return [Call(tool, Filler(prompt).arguments(tool))]
    if prompt.results:
        return _with_results(prompt)
    if known := about_you(prompt) or remembered(prompt):
        return [Say(f"{known}\n\n{_question(prompt)}")]
    if small := _small_talk(prompt):
        return [Say(small)]
    if _RECOMMEND.search(words):
        return _call(prompt, "recommend_product") or _recommended(prompt)
    if _DAY.search(words):
        return [Say(pick(lines.HEARD, prompt.locale, words))]
    if _STORY.search(words) and prompt.can("generate_story"):
        return _call(prompt, "generate_story")
    return _answer(prompt)


def _handoff(prompt: Prompt) -> str | None:
    return next(
        (one for one in prompt.tools if one.startswith("handoff_to") and prompt.can(one)), None
    )


def _call(prompt: Prompt, tool: str) -> list[Output]:
    return [Call(tool, Filler(prompt).arguments(tool))] if prompt.can(tool) else []


def _small_talk(prompt: Prompt) -> str | None:
    words, is_long = prompt.words, len(terms(prompt.words)) > 4
    if _WHO.search(words):
        return pick(lines.WHO, prompt.locale, words)
    for pattern, said in ((_THANKS, lines.THANKS), (_HELLO, lines.HELLO)):
        if pattern.search(words) and not is_long:
            return pick(said, prompt.locale, words)
    return None


def _with_results(prompt: Prompt) -> list[Output]:
    last = prompt.results[-1]
    if last.tool == "recommend_product":
        return _recommended(prompt)
    if last.tool == "generate_story" and (told := pieces_of(last.data)):
        return [Say(_story(prompt, told[0]))]
    if last.tool == "generate_story" and prompt.can("query_world_model"):
        return [_lookup(prompt, [])]
    return _answer(prompt)


def _story(prompt: Prompt, piece: Piece) -> str:
    """A story from its beginning, in two breaths."""
    whole = [one for one in piece.sentences() if piece.is_whole(one)]
    told = [one for one in whole if one not in prompt.said_before] or whole
    mark, half = f"[{piece.id}]", -(-min(len(told), STORY) // 2)
    truth = _TRUTHS.get(piece.truth.lower())
    before = pick(truth if truth else lines.PICTURES, prompt.locale, prompt.words)
    breaths = [_cited(told[:half], mark), _cited(told[half:STORY], mark)]
    parts = [before, *(" ".join(breath) for breath in breaths if breath), _question(prompt)]
    return _fit(prompt, parts)


def _recommended(prompt: Prompt) -> list[Output]:
    products = [piece for piece in prompt.pieces if piece.is_product]
    if not prompt.has_called("recommend_product"):
        products = [one.piece for one in find(prompt.words, products)] or products
    if not products or any(result.has_failed for result in prompt.results[-1:]):
        return _unknown(prompt, lines.NO_MATCH)
    opening = pick(lines.RECOMMEND, prompt.locale, prompt.words)
    shown = [_suggestion(prompt, piece, number) for number, piece in enumerate(products[:2])]
    return [Say(_fit(prompt, [opening, *shown, _question(prompt)]))]


def _suggestion(prompt: Prompt, piece: Piece, number: int) -> str:
    mark = f"[{piece.id}]"
    if prompt.is_korean:
        heads = ("먼저 {} 권하고 싶어요. {}", "그 옆에 {} 놓아 볼게요. {}")
        head = heads[number].format(josa(piece.title, "을", "를"), mark)
    else:
        heads = ("The first I would set before you is {}. {}", "Beside it I would put {}. {}")
        head = heads[number].format(piece.title, mark)
    return " ".join([head, *_cited(_why(prompt, piece), mark)])


def _why(prompt: Prompt, piece: Piece) -> list[str]:
    """Why this one: the reason that came with it, then what bears on the wish."""
    is_said = piece.reason and not _STRENGTH.fullmatch(piece.reason)
    reason = [piece.reason.rstrip(". ") + "."] if is_said else []
    found = find(prompt.words, [piece])
    length = 1 if reason else 2
    whole = [one for one in piece.sentences() if piece.is_whole(one)]
    return [*reason, *(passage(found[0], length) if found else whole[:length])]


def _answer(prompt: Prompt) -> list[Output]:
    found = _found(prompt)
    if _wants_more(prompt, found) and prompt.can("query_world_model"):
        return [_lookup(prompt, found)]
    if not found:
        return _unknown(prompt, lines.UNKNOWN)
    fresh = [one for one in found if passage(one, 1, prompt.said_before)]
    # Who asks the same again is told the same again.
    return [Say(_compose(prompt, fresh, prompt.said_before) if fresh else _compose(prompt, found))]


def _wants_more(prompt: Prompt, found: list[Found]) -> bool:
    """Whether what is known leaves the question open: nothing, no reason, a drink all alone."""
    if not found:
        return True
    main = found[0].piece
    if _REASON.search(prompt.words):
        return not main.is_story
    is_alone = not any(is_linked(main, one.piece) for one in found[1:])
    return main.is_product and is_alone and bool(_MADE_OF.search(prompt.words))


def _lookup(prompt: Prompt, found: list[Found]) -> Call:
    """Asks the world with what was asked, numbers in words, and what the drink's text names."""
    numbers = {int(term) for term in terms(prompt.words) if term.isdigit()}
    spoken = [word for number in sorted(numbers) for word in spelled(number, prompt.is_korean)]
    named = passage(found[0], 1) if found and not _REASON.search(prompt.words) else []
    asked = prompt.topic if found else " ".join(keywords(prompt.topic)) or prompt.topic
    asked = " ".join([asked, *spoken, *named])[:400]
    filled = Filler(prompt).arguments("query_world_model")
    told = {key: asked for key, value in filled.items() if value == prompt.topic}
    return Call("query_world_model", {**filled, **told})


def _found(prompt: Prompt) -> list[Found]:
    asked = prompt.topic
    if found := find(asked, prompt.pieces):
        # Who asks for a reason wants a story rather than a label.
        least = STORY_SHARE * found[0].score if _REASON.search(asked) else math.inf
        return sorted(found, key=lambda one: not (one.piece.is_story and one.score >= least))
    if prompt.pieces and _OURS.search(asked):
        return [at_first(piece) for piece in prompt.pieces[:2]]
    return []


def _compose(prompt: Prompt, found: list[Found], said: str = "") -> str:
    seed, locale = prompt.words, prompt.locale
    main = found[0]
    others = [one for one in found[1:] if _belongs(main, one)]
    drinks = [one for one in others if one.piece.is_product][:1]
    others = [one for one in others if not one.piece.is_product]
    others = [*others, *drinks][:2]
    parts = [pick(lines.PICTURES, locale, seed), _told(prompt, main, 3, said)]
    if others:
        between = pick(lines.BETWEEN, locale, seed)
        parts.append(" ".join([between, *(_told(prompt, one, 1, said) for one in others)]))
    return _fit(prompt, [*parts, _question(prompt)])


def _belongs(main: Found, other: Found) -> bool:
    """Whether a second piece adds to the first: one names the other, or it bears as much on it.

    What is in a drink stands in its text: another ingredient beside it would mislead.
    """
    if is_linked(main.piece, other.piece):
        return other.score >= 0.2 * main.score
    fits = other.piece.is_story or not main.piece.is_product
    return fits and other.score >= 0.5 * main.score


def _told(prompt: Prompt, found: Found, length: int, said: str) -> str:
    truth = _TRUTHS.get(found.piece.truth.lower())
    before = [pick(truth, prompt.locale, found.piece.id)] if truth else []
    told = passage(found, length, said)
    return " ".join([*before, *_cited(told, f"[{found.piece.id}]")])


def _cited(told: list[str], mark: str) -> list[str]:
    return [f"{sentence} {mark}" for sentence in told]


def _question(prompt: Prompt) -> str:
    return pick(lines.QUESTIONS, prompt.locale, prompt.words)


def _unknown(prompt: Prompt, said: Lines) -> list[Output]:
    locale, seed = prompt.locale, prompt.words
    return [Say(f"{pick(said, locale, seed)}\n\n{pick(lines.INSTEAD, locale, seed)}")]


def _fit(prompt: Prompt, parts: list[str]) -> str:
    """No more paragraphs than the rules allow: what is too much joins the one before it."""
    _, most = prompt.paragraphs
    while len(parts) > most:
        parts = [*parts[:-2], f"{parts[-2]} {parts[-1]}"]
    return "\n\n".join(parts)
