"""What the concierge says: options, what is known, and what a tool's result is to the customer."""

import re
from collections.abc import Mapping, Sequence

from sandbox.openai.chat.plan import Output, Say
from sandbox.openai.chat.talk import lines
from sandbox.openai.chat.talk.lines import Lines, pick
from sandbox.openai.chat.talk.prompt import Piece, Prompt, Result, pieces_of
from sandbox.openai.chat.talk.relevance import find, passage

OPTIONS = 3
_HELLO = re.compile(r"^\W*(hi|hello|hey|good (morning|evening)|안녕|반가)", re.IGNORECASE)
_RECOMMEND = re.compile(
    r"\b(recommend|suggest|which (one|drink|bottle)|gift|goes? with)\b|추천|골라|어울리|선물|뭐가\s*좋",
    re.IGNORECASE,
)
_THANKS = re.compile(r"\b(thank|thanks|bye)\b|고마워|고맙|감사|안녕히", re.IGNORECASE)
_NAMES = {
    "order_number": "주문 번호", "status": "상태", "carrier": "택배사", "total": "총액",
    "tracking_number": "송장 번호",
}  # fmt: skip
_STATUS = {
    "created": "접수됨", "confirmed": "확인됨", "paid": "결제됨", "processing": "준비 중",
    "packed": "포장됨", "shipped": "배송 중", "delivered": "배송 완료", "canceled": "취소됨",
    "cancelled": "취소됨", "refunded": "환불됨", "completed": "완료됨", "placed": "접수됨",
    "fulfilling": "일부 발송됨", "partially_refunded": "일부 환불됨", "return_requested": "반품 신청됨",
    "returned": "반품됨",
}  # fmt: skip


def line(prompt: Prompt, said: Lines) -> str:
    """A line in the language of the answer."""
    return pick(said, prompt.locale, prompt.words)


def options(prompt: Prompt, head: str, pieces: Sequence[Piece]) -> str:
    """Up to three things to choose from, each with why and its id."""
    return "\n".join([head, *(_option(prompt, piece) for piece in pieces[:OPTIONS])])


def _option(prompt: Prompt, piece: Piece) -> str:
    found = find(prompt.words, [piece])
    told = [piece.reason] if piece.reason else passage(found[0], 1) if found else []
    whole = [one for one in piece.sentences() if piece.is_whole(one)]
    why = (told or whole or [""])[0].rstrip(". ")
    return f"- {piece.title}: {why}. [{piece.id}]" if why else f"- {piece.title}. [{piece.id}]"


def known(prompt: Prompt) -> str:
    """Courtesies, what the knowledge says, or that it says nothing."""
    words = prompt.words
    if _THANKS.search(words):
        return line(prompt, lines.DESK_THANKS)
    if _HELLO.search(words) and len(words) < 24:
        return line(prompt, lines.DESK_HELLO)
    if _RECOMMEND.search(words) and (drinks := [one for one in prompt.pieces if one.is_product]):
        liked = [one.piece for one in find(words, drinks)]
        return options(prompt, line(prompt, lines.DESK_FOUND), liked or drinks)
    if not (found := find(words, prompt.pieces)):
        return line(prompt, lines.DESK_UNKNOWN)
    told = passage(found[0], 2, prompt.said_before) or passage(found[0], 2)
    return " ".join(f"{sentence} [{found[0].piece.id}]" for sentence in told)


def after(prompt: Prompt, result: Result) -> list[Output]:
    """What a tool's result is to the customer."""
    if result.tool.startswith("handoff"):
        return [Say(known(prompt))] if result.has_failed else []
    if message := result.message:
        pieces = pieces_of(result.data)
        return [Say(options(prompt, message, pieces) if pieces else message)]
    if result.has_failed:
        return [Say(line(prompt, lines.DESK_FAILED.get(result.tool, lines.DESK_SORRY)))]
    if result.tool in ("create_checkout", "apply_discount"):
        return [Say(_prepared(prompt, result))]
    if pieces := pieces_of(result.data):
        return [Say(options(prompt, line(prompt, lines.DESK_FOUND), pieces))]
    told = _told(prompt, result) or [line(prompt, lines.DESK_DONE)]
    return [Say("\n".join(told))]


def _prepared(prompt: Prompt, result: Result) -> str:
    """The cart as it is, with its total when the tool tells it."""
    data = result.data if isinstance(result.data, Mapping) else {}
    told = [line(prompt, lines.DESK_CARD)]
    if total := data.get("total"):
        told.append(f"총액은 {total}입니다." if prompt.is_korean else f"The total is {total}.")
    if data.get("missing"):
        told.append(line(prompt, lines.DESK_MISSING))
    return " ".join([*told, line(prompt, lines.DESK_CHECK)])


def _told(prompt: Prompt, result: Result) -> list[str]:
    """What a result says, each line with the product that it is about."""
    data = result.data if isinstance(result.data, Mapping) else {}
    id = str(data.get("product_id") or "")
    title = next((piece.title for piece in prompt.pieces if piece.id == id), "")
    mark = f" [{id}]" if id else ""
    shown: list[str] = []
    for key, value in data.items():
        if isinstance(value, list):
            head = f"{title}: " if title else ""
            shown += [f"{head}{one}.{mark}" for one in value[:OPTIONS] if isinstance(one, str)]
        elif isinstance(value, str) and not key.endswith("_id"):
            shown.append(_entry(prompt, key, value) + mark)
    return shown[: OPTIONS + 1]


def _entry(prompt: Prompt, key: str, value: str) -> str:
    """A value with its name, unless it is a sentence of its own."""
    if value.endswith("."):
        return value
    name = key.replace("_", " ")
    if prompt.is_korean:
        name, value = _NAMES.get(key, name), _STATUS.get(value.lower(), value)
    return f"{name[:1].upper()}{name[1:]}: {value}."
