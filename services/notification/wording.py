"""The words of notifications, made when they are shown."""

from collections.abc import Mapping
from dataclasses import dataclass

from core.i18n import Text, pick
from models.notification import Notification, NotificationKind


@dataclass(frozen=True)
class Wording:
    """A title, and a body that may name parameters; `plain` serves when those are not given."""

    title: Text
    plain: Text
    body: Text


WORDINGS: Mapping[NotificationKind, Wording] = {
    NotificationKind.CAMEO_COMPLETED: Wording(
        {"ko": "카메오 영상이 완성됐어요", "en": "Your cameo is ready"},
        {"ko": "지금 바로 볼 수 있어요.", "en": "You can watch it now."},
        {"ko": "‘{template}’ 영상을 지금 볼 수 있어요.", "en": "You can watch “{template}” now."},
    ),
    NotificationKind.CAMEO_FAILED: Wording(
        {"ko": "카메오 영상을 만들지 못했어요", "en": "Your cameo could not be made"},
        {"ko": "앱에서 이유를 확인해 주세요.", "en": "The app tells why, and what you can do."},
        {
            "ko": "‘{template}’ 영상을 만들지 못했어요. 앱에서 이유를 확인해 주세요.",
            "en": "“{template}” could not be made. The app tells why, and what you can do.",
        },
    ),
    NotificationKind.PORTRAIT_REJECTED: Wording(
        {"ko": "이 사진은 쓸 수 없어요", "en": "This photo cannot be used"},
        {"ko": "다른 사진을 올려 주세요.", "en": "Please upload another one."},
        {"ko": "{reason} 다른 사진을 올려 주세요.", "en": "{reason} Please upload another one."},
    ),
    NotificationKind.PORTRAIT_EXPIRING: Wording(
        {"ko": "사진이 곧 삭제돼요", "en": "Your photo will be deleted soon"},
        {"ko": "동의하신 보관 기간이 끝나 가요.", "en": "The time you agreed to is almost over."},
        {"ko": "{day}에 사진이 삭제돼요.", "en": "It will be deleted on {day}."},
    ),
    NotificationKind.RESTOCKED: Wording(
        {"ko": "기다리시던 술이 들어왔어요", "en": "It is back"},
        {"ko": "지금 다시 살 수 있어요.", "en": "You can buy it again now."},
        {"ko": "‘{variant}’, 지금 다시 살 수 있어요.", "en": "You can buy “{variant}” again now."},
    ),
    NotificationKind.ORDER_PAID: Wording(
        {"ko": "주문이 완료됐어요", "en": "Thank you for your order"},
        {"ko": "곧 포장을 시작할게요.", "en": "We will pack it soon."},
        {
            "ko": "주문 {number}, {total} 결제가 끝났어요. 곧 포장을 시작할게요.",
            "en": "Order {number} is paid: {total}. We will pack it soon.",
        },
    ),
    NotificationKind.ORDER_SHIPPED: Wording(
        {"ko": "주문하신 상품이 출발했어요", "en": "Your order is on its way"},
        {"ko": "앱에서 배송 상황을 볼 수 있어요.", "en": "The app shows where it is."},
        {
            "ko": "주문 {number} 상품이 출발했어요. 송장 번호 {tracking}. "
            "받으실 때 성인 확인이 필요할 수 있어요.",
            "en": "A parcel of order {number} is on its way, tracking number {tracking}. "
            "An adult may have to sign for it.",
        },
    ),
    NotificationKind.ORDER_DELIVERED: Wording(
        {"ko": "주문하신 상품이 도착했어요", "en": "Your order has arrived"},
        {"ko": "맛있게 즐기세요.", "en": "Enjoy it."},
        {
            "ko": "주문 {number} 상품이 모두 도착했어요. 맛있게 즐기세요.",
            "en": "All of order {number} has arrived. Enjoy it.",
        },
    ),
    NotificationKind.ORDER_CANCELED: Wording(
        {"ko": "주문이 취소됐어요", "en": "Your order was canceled"},
        {"ko": "결제하신 금액은 돌려드려요.", "en": "What you paid goes back to you."},
        {
            "ko": "{number} 주문이 취소됐어요. 결제하신 금액은 돌려드려요.",
            "en": "Order {number} was canceled. What you paid goes back to you.",
        },
    ),
    NotificationKind.ORDER_REFUNDED: Wording(
        {"ko": "환불해 드려요", "en": "You get money back"},
        {"ko": "며칠 안에 돌려받으실 수 있어요.", "en": "It will be with you in a few days."},
        {
            "ko": "주문 {number}에서 {amount} 환불해 드려요. 며칠 안에 돌려받으실 수 있어요.",
            "en": "{amount} of order {number} goes back to you and arrives in a few days.",
        },
    ),
    NotificationKind.PARTNER_WEBHOOK_PAUSED: Wording(
        {"ko": "파트너 웹훅이 멈췄어요", "en": "Webhooks to a partner are paused"},
        {
            "ko": "주소가 응답하지 않습니다. 고친 뒤 resumePartnerWebhook으로 다시 시작하세요.",
            "en": "The address does not answer. Once it does, go on with resumePartnerWebhook.",
        },
        {
            "ko": "‘{name}’의 주소가 응답하지 않습니다. 고친 뒤 resumePartnerWebhook으로 "
            "다시 시작하세요.",
            "en": "The address of “{name}” does not answer. Once it does, go on with "
            "resumePartnerWebhook.",
        },
    ),
}


def words(row: Notification, locale: str) -> tuple[str, str]:
    """Return the title and the body in a language."""
    return said(row.kind, row.parameters, locale)


def said(
    kind: NotificationKind, parameters: Mapping[str, str | Text], locale: str
) -> tuple[str, str]:
    """Return the title and the body of news of this kind in a language."""
    wording = WORDINGS[kind]
    values = {
        name: value if isinstance(value, str) else pick(value, locale)
        for name, value in parameters.items()
    }
    try:
        body = pick(wording.body, locale).format(**values)
    except KeyError:
        body = pick(wording.plain, locale)
    return pick(wording.title, locale), body
