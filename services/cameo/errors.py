"""What cameo rules refuse, and why."""

import dataclasses
from dataclasses import dataclass
from typing import Any

from core.errors import DomainError
from core.i18n import pick
from models.cameo import CameoStatus, PortraitStatus
from models.catalogue import Product
from services.catalogue import ConsentText


@dataclass
class UnsupportedImage(DomainError):
    """The type or size of a photo cannot be taken."""

    accepted: list[str]
    max_bytes: int
    field: str | None = "input.contentType"
    code = "UNSUPPORTED_IMAGE"
    text = {
        "ko": "{types} 형식, {megabytes}MB 이하의 사진만 받습니다.",
        "en": "Send a photo of type {types} with at most {megabytes} MB.",
    }

    def message(self, locale: str) -> str:
        """Name the types and the size as people do."""
        types = ", ".join(kind.removeprefix("image/") for kind in self.accepted)
        return pick(self.text, locale).format(types=types, megabytes=self.max_bytes // 1_048_576)


@dataclass
class ConsentOutdated(DomainError):
    """The wording that was agreed to is not the present one."""

    current: ConsentText
    field: str | None = "input.consentVersion"
    code = "CONSENT_OUTDATED"
    text = {
        "ko": "동의 문구가 바뀌었습니다. 새 문구를 보여 주고 다시 동의를 받으세요.",
        "en": "The wording of the consent has changed. Show the current one and ask again.",
    }


@dataclass
class PortraitNotUsable(DomainError):
    """The photo is not in a state that allows it."""

    portrait_status: PortraitStatus
    field: str | None = "input.portraitId"
    code = "PORTRAIT_NOT_USABLE"
    text = {
        "ko": "이 사진은 지금 쓸 수 없습니다(상태: {portrait_status}).",
        "en": "This photo cannot be used now (it is {portrait_status}).",
    }


@dataclass
class CameoLimitReached(DomainError):
    """So many cameos of one customer may be open at once."""

    limit: int
    running: int
    code = "CAMEO_LIMIT_REACHED"
    retryable = True
    text = {
        "ko": "동시에 {limit}편까지 만들 수 있습니다. 하나가 끝나면 다시 시도해 주세요.",
        "en": "You can have {limit} cameos in the making. Try again when one has ended.",
    }


@dataclass
class ContentRefused(DomainError):
    """The words do not pass; nothing was paid."""

    categories: list[str]
    field: str | None = "input.userName"
    code = "CONTENT_REFUSED"
    text = {
        "ko": "이 문구는 영상에 쓸 수 없습니다. 다른 이름을 적어 주세요.",
        "en": "These words cannot be used in a film. Please choose another name.",
    }


@dataclass
class TemplateUnavailable(DomainError):
    """No such template, not published, or its host has no licence today."""

    field: str | None = "input.templateId"
    code = "TEMPLATE_UNAVAILABLE"
    text = {
        "ko": "이 템플릿은 지금 쓸 수 없습니다.",
        "en": "This template is not available now.",
    }


@dataclass
class ProductNotAllowed(DomainError):
    """This film does not show this product."""

    allowed: list[Product] = dataclasses.field(default_factory=list)
    field: str | None = "input.preferredProductId"
    code = "PRODUCT_NOT_ALLOWED"
    text = {
        "ko": "이 템플릿에서는 이 제품을 고를 수 없습니다.",
        "en": "This template cannot show this product. Choose one of `allowed`.",
    }


@dataclass
class CameoStateConflict(DomainError):
    """Its state does not allow it."""

    status: CameoStatus
    allowed_actions: list[Any]
    field: str | None = "id"
    code = "CAMEO_STATE_CONFLICT"
    text = {
        "ko": "지금 상태({status})에서는 할 수 없습니다.",
        "en": "Its state ({status}) does not allow that now.",
    }
