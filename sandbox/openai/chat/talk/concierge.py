"""The one who prepares: short, exact, three options at most; the customer confirms."""

import re
from collections.abc import Sequence

from sandbox.openai.chat.plan import Call, Output, Say
from sandbox.openai.chat.talk import lines
from sandbox.openai.chat.talk.acquaintance import about_you
from sandbox.openai.chat.talk.arguments import Filler, code, named, spoken_of, wanted_products
from sandbox.openai.chat.talk.care import careful
from sandbox.openai.chat.talk.language import quantities, quantity
from sandbox.openai.chat.talk.minutes import remembered
from sandbox.openai.chat.talk.prompt import Prompt
from sandbox.openai.chat.talk.results import after, known, line, options


def _any(*patterns: str) -> re.Pattern[str]:
    return re.compile("|".join(patterns), re.IGNORECASE)


_CHARGE = _any(
    r"\b(just|go ahead and)? ?charge (my|the) card\b|no need to (show|see|confirm)|skip the (total|confirm)",
    r"without (showing|confirming)|확인\s*(없이|필요\s*없|안\s*해도)|그냥\s*결제|바로\s*결제|총액.{0,8}(필요|안)",
)
_CODE = _any(
    r"\b(code|coupon|promo|discount|voucher)\b", r"코드|쿠폰|할인|프로모션",
)  # fmt: skip
_USE = _any(r"\b(add|apply|use|redeem|enter)\b|적용|입력|사용|써\s*(줘|주)")
_NOTIFY = _any(
    r"\b(notify|let me know|tell me|remind|alert)\b.*\b(back|stock|available|again)\b|back in stock",
    r"(입고|들어오|재고|품절).{0,12}(알려|알림|연락|말해)|재입고",
)
_SIMILAR = _any(
    r"\b(similar|(some|any)thing like|alternatives?|what .{0,12}instead)\b",
    r"비슷한|대신\s*(할|뭐|무엇|마실)",
)
_TRACK = _any(
    r"\bwhere('s| is| are)\b.*\b(order|parcel|package|delivery|shipment|box)\b|\btrack|order status",
    r"(when|has).*\b(arrive|shipped|get here|delivered)\b|my order",
    r"\border\s+#?[A-Z]*-?\d{3,}|주문\s*(번호)?\s*#?[A-Za-z]*-?\d{3,}",
    r"(주문\s*번호|\border number)\W*[0-9A-Z]{4}-[0-9A-Z]{4}\b",
    r"(주문|택배|배송|물건|상자).{0,12}(어디|언제|상태|조회|왔|도착|오나|와요|확인)|언제\s*(와|오|도착)|운송장",
)
_STOCK = _any(
    r"\b(in stock|stock|available|sold out|how many (are )?left|do you have|price|cost|how much)\b",
    r"재고|품절|남았|남아|있나요|있어요\?|구할\s*수|가격|얼마",
)
_AR = _any(
    r"\b(ar|augmented|experience|phygital|scan|3d|hologram)\b", r"체험|증강|스캔|경험|가상",
)  # fmt: skip
_BUY = _any(
    r"\b(buy|order|add|cart|checkout|purchase|i('ll| will) (take|have|get)|send me|get me|give me|i want)\b",
    r"담아|주문|구매|살래|살게|살께|사고\s*싶|결제|(병|개|세트|박스|상자)\s*(을|를|만|정도)?\s*(좀\s*)?(주|줘|보내|부탁|할게|요)",
    r"주세요|보내\s*(줘|주)",
)
_STORY = _any(
    r"\b(story|history|legend|why|how (is|are|was|do you) .*(made|brew))\b|how is it made",
    r"이야기|역사|왜|어떻게\s*(만들|빚)|유래|전설",
)
_YES = _any(r"^\W*(네|예|응|좋아|그래|그걸로|yes|sure|ok(ay)?|please do|go ahead)\b")
SHORTEST_ORDER = 12
_FEE = _any(
    r"\b(shipping|delivery) (fee|cost|charge|price)|cost of (shipping|delivery)", r"배송비|택배비"
)
_SHIP = _any(r"\b(ship|deliver)", r"배송|보내")


def serve(prompt: Prompt) -> list[Output]:
    """Answer as a concierge."""
    words = prompt.words
    if answer := careful(prompt, "concierge"):
        return [Say(answer)]
    if prompt.results:
        return _next_line(prompt) or after(prompt, prompt.results[-1])
    if recalled := about_you(prompt) or remembered(prompt):
        return [Say(recalled)]
    if _CHARGE.search(words):
        is_named = _is_order(prompt) and bool(named(prompt, words))
        wanted = _call(prompt, "create_checkout") if is_named else []
        return [Say(line(prompt, lines.DESK_CONFIRM)), *wanted]
    if "apply_discount" in prompt.tools and _is_discount(prompt):
        return _discount(prompt)
    first = ((_NOTIFY, "notify_back_in_stock"), (_TRACK, "track_order"), (_SIMILAR, "find_similar"))
    if tool := _meant(prompt, first):
        return _call(prompt, tool)
    if _is_order(prompt):
        return _order(prompt)
    if _FEE.search(words):
        return [Say(line(prompt, lines.DESK_FEE))]
    rest = ((_AR, "recommend_phygital_experience"), (_STOCK, "check_inventory"))
    if tool := _meant(prompt, (*rest, (_STORY, _handoff(prompt)))):
        return _call(prompt, tool) if tool.startswith("handoff") else _about(prompt, tool)
    return [Say(known(prompt))]


def _about(prompt: Prompt, tool: str) -> list[Output]:
    """Asks a tool about a product; without one asks which is meant."""
    if wanted_products(prompt) or spoken_of(prompt):
        return _call(prompt, tool)
    return [Say(_which(prompt))]


def _meant(prompt: Prompt, table: Sequence[tuple[re.Pattern[str], str]]) -> str | None:
    words, tools = prompt.words, prompt.tools
    return next((tool for said, tool in table if tool in tools and said.search(words)), None)


def _call(prompt: Prompt, tool: str) -> list[Output]:
    return [Call(tool, Filler(prompt).arguments(tool))]


def _next_line(prompt: Prompt) -> list[Output]:
    """The next of several products that were asked for at once."""
    if any(one.tool != "create_checkout" or one.has_failed for one in prompt.results):
        return []
    done, wanted = len(prompt.results), named(prompt, prompt.words)
    if done >= min(len(wanted), len(quantities(prompt.words))):
        return []
    return [Call("create_checkout", Filler(prompt).arguments("create_checkout", done))]


def _handoff(prompt: Prompt) -> str:
    return next((name for name in prompt.tools if name.startswith("handoff_to")), "")


def _is_discount(prompt: Prompt) -> bool:
    words = prompt.words
    if quantity(words) is not None and named(prompt, words):
        return False
    return bool(_CODE.search(words) or (_USE.search(words) and code(words, prompt.pieces)))


def _discount(prompt: Prompt) -> list[Output]:
    if code(prompt.words, prompt.pieces) is None:
        return [Say(line(prompt, lines.DESK_CODE))]
    return _call(prompt, "apply_discount")


def _is_order(prompt: Prompt) -> bool:
    if "create_checkout" not in prompt.tools:
        return False
    words = prompt.words
    is_yes = bool(_YES.search(words)) and len(words) < SHORTEST_ORDER
    if is_yes and (wanted_products(prompt) or spoken_of(prompt)):
        return True
    is_named = bool(named(prompt, words) or _SHIP.search(words))
    counted = quantity(words) is not None and is_named
    return counted or bool(_BUY.search(words) and not _STOCK.search(words))


def _order(prompt: Prompt) -> list[Output]:
    """Prepares what is named; asks when nothing is, with three options at most."""
    if wanted_products(prompt) or spoken_of(prompt):
        return _call(prompt, "create_checkout")
    return [Say(_which(prompt))]


def _which(prompt: Prompt) -> str:
    """Asks which is meant, of three at most."""
    is_far = bool(_SHIP.search(prompt.words)) and quantity(prompt.words) is not None
    asked = [line(prompt, lines.DESK_FAR)] if is_far else []
    asked.append(line(prompt, lines.DESK_WHICH))
    products = [piece for piece in prompt.pieces if piece.is_product]
    return options(prompt, " ".join(asked), products)
