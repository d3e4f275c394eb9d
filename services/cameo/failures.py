"""Why a cameo can fail, said to the customer."""

from dataclasses import dataclass

from core.i18n import Text


@dataclass(frozen=True)
class Failure:
    """A reason, whether trying again may help, and what the customer can do."""

    message: Text
    retryable: bool
    hint: Text | None = None


AGAIN: Text = {
    "ko": "다시 시도하면 이미 끝난 장면은 그대로 써요.",
    "en": "Try again: finished shots are kept.",
}

FAILURES: dict[str, Failure] = {
    "CONTENT_REFUSED": Failure(
        {"ko": "영상에 쓸 수 없는 문구예요.", "en": "The words cannot be used in a film."},
        False,
        {"ko": "다른 이름으로 새로 요청해 주세요.", "en": "Ask for a new one with another name."},
    ),
    "PORTRAIT_GONE": Failure(
        {"ko": "사진이 지워져서 만들 수 없어요.", "en": "The photo is gone."},
        False,
        {"ko": "사진을 다시 올리고 요청해 주세요.", "en": "Upload a photo and ask again."},
    ),
    "TEMPLATE_UNAVAILABLE": Failure(
        {"ko": "이 템플릿은 더 이상 쓸 수 없어요.", "en": "The template is no longer available."},
        False,
        {"ko": "다른 템플릿을 골라 주세요.", "en": "Choose another template."},
    ),
    "RENDER_REFUSED": Failure(
        {"ko": "영상 제작사가 이 장면을 거절했어요.", "en": "The renderer refused a shot."},
        False,
        {"ko": "다른 사진이나 템플릿을 써 보세요.", "en": "Try another photo or template."},
    ),
    "RENDER_FAILED": Failure(
        {"ko": "장면 하나를 끝내 만들지 못했어요.", "en": "A shot could not be made."},
        True,
        AGAIN,
    ),
    "RENDERER_UNAVAILABLE": Failure(
        {
            "ko": "영상 제작사가 오랫동안 응답하지 않아요.",
            "en": "The renderer has not answered for a long time.",
        },
        True,
        AGAIN,
    ),
    "MODERATION_UNAVAILABLE": Failure(
        {
            "ko": "문구를 확인하는 곳이 오랫동안 응답하지 않아요.",
            "en": "The words could not be checked for a long time.",
        },
        True,
        AGAIN,
    ),
    "SHOT_LIMIT_REACHED": Failure(
        {
            "ko": "24시간에 만들 수 있는 장면을 모두 썼어요.",
            "en": "All shots that you can have in 24 hours are used up.",
        },
        True,
        {
            "ko": "내일 다시 시도하면 이미 끝난 장면은 그대로 써요.",
            "en": "Try again tomorrow: finished shots are kept.",
        },
    ),
    "STORAGE_UNAVAILABLE": Failure(
        {"ko": "저장소가 응답하지 않아요.", "en": "The store does not answer."}, True, AGAIN
    ),
    "FINISH_FAILED": Failure(
        {"ko": "영상을 마무리하지 못했어요.", "en": "The film could not be finished."},
        True,
        AGAIN,
    ),
    "WORKER_CRASHED": Failure(
        {"ko": "만드는 중에 문제가 되풀이됐어요.", "en": "The making kept breaking down."},
        True,
        AGAIN,
    ),
}
