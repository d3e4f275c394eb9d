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
}


def words(row: Notification, locale: str) -> tuple[str, str]:
    """Return the title and the body in a language."""
    wording = WORDINGS[row.kind]
    values = {
        name: value if isinstance(value, str) else pick(value, locale)
        for name, value in row.parameters.items()
    }
    try:
        body = pick(wording.body, locale).format(**values)
    except KeyError:
        body = pick(wording.plain, locale)
    return pick(wording.title, locale), body
