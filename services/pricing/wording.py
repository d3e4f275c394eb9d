"""Why a promotion applies, and what is missing, in words."""

from collections.abc import Iterable, Mapping

from core.i18n import LOCALES, pick, with_particles
from core.money import Money
from models.promotion import PromotionKind
from services.pricing.facts import Condition, Rule
from services.pricing.shapes import Words

FREE_DELIVERY: Words = {"ko": "무료 배송", "en": "Free delivery"}
NOT_COMBINED: Words = {
    "ko": "지금 적용된 혜택과 함께 쓸 수 없어요.",
    "en": "It cannot be combined with what applies now.",
}


def reason(rule: Rule, currency: str, names: Mapping[str, Words]) -> Words:
    """Say why it applies and what it gives."""
    met, given = _met(rule, currency, names), _given(rule, currency)
    return {locale: f"{met[locale]}: {given[locale]}" if met else given[locale] for locale in given}


def delivery_reason(threshold: int, currency: str) -> Words:
    """Say why the channel charges no delivery."""
    money = Money(threshold, currency).formatted()
    return {"ko": f"{money} 이상 주문", "en": f"The order is {money} or more"}


def add_money(short_by: int, currency: str) -> Words:
    """Say how much more to put in."""
    money = Money(short_by, currency).formatted()
    return {"ko": f"{money}어치를 더 담으면 돼요.", "en": f"Add {money} more."}


def add_same(number: int) -> Words:
    """Say how many more of the same to put in."""
    return {
        "ko": f"같은 상품을 {number}개 더 담으면 돼요.",
        "en": f"Add {number} more of the same.",
    }


def add_units(parts: Iterable[tuple[Words, int]]) -> Words:
    """Say of what to put in how many more."""
    wanted = list(parts)
    ko = ", ".join(f"{pick(name, 'ko')} {number}개" for name, number in wanted)
    en = ", ".join(f"{number} × {pick(name, 'en')}" for name, number in wanted)
    return {"ko": with_particles(f"{ko}을(를) 더 담으면 돼요."), "en": f"Add {en}."}


def read_more(number: int) -> Words:
    """Say how many more stories to read."""
    story = "story" if number == 1 else "stories"
    return {"ko": f"이야기를 {number}편 더 읽으면 돼요.", "en": f"Read {number} more {story}."}


def joined(texts: Iterable[Words]) -> Words:
    """Say one after the other."""
    said = list(texts)
    return {locale: " ".join(text[locale] for text in said) for locale in LOCALES}


def _met(rule: Rule, currency: str, names: Mapping[str, Words]) -> Words | None:
    if rule.code:
        return {"ko": f"코드 {rule.code}", "en": f"Code {rule.code}"}
    if said := _condition(rule.condition, names):
        return said
    return delivery_reason(rule.min_subtotal, currency) if rule.min_subtotal else None


def _condition(condition: Condition, names: Mapping[str, Words]) -> Words | None:
    if condition.stories is not None:
        number = condition.stories
        return {"ko": f"이야기 {number}편 이상 읽음", "en": f"{number} or more stories read"}
    if condition.same_variant is not None:
        number = condition.same_variant
        return {"ko": f"같은 상품 {number}개 이상", "en": f"{number} or more of the same"}
    if condition.product_id is not None:
        name, number = names.get(condition.product_id, {}), condition.quantity
        return {
            "ko": f"{pick(name, 'ko')} {number}개 이상",
            "en": f"{number} or more of {pick(name, 'en')}",
        }
    return {"ko": "함께 담은 세트", "en": "A set together"} if condition.variants else None


def _given(rule: Rule, currency: str) -> Words:
    money = Money(rule.amount, currency).formatted()
    match rule.kind:
        case PromotionKind.ORDER_PERCENT:
            return {"ko": f"주문 금액 {rule.value}% 할인", "en": f"{rule.value}% off the order"}
        case PromotionKind.LINE_PERCENT:
            return {"ko": f"{rule.value}% 할인", "en": f"{rule.value}% off"}
        case PromotionKind.ORDER_AMOUNT:
            return {"ko": f"{money} 할인", "en": f"{money} off"}
        case PromotionKind.BUNDLE:
            return {"ko": f"한 세트에 {money}", "en": f"{money} for each set"}
        case PromotionKind.FREE_SHIPPING:
            return {"ko": "배송비 무료", "en": "free delivery"}
        case PromotionKind.GIFT:
            return {"ko": "사은품 증정", "en": "a gift in the parcel"}
