"""What rules raise: a `DomainError` is shown as data, an `AccessError` as a top-level error."""

import dataclasses
from dataclasses import dataclass
from typing import Any, ClassVar

from core.i18n import Text, pick


class DomainError(Exception):
    """A rule said no. Subclasses are dataclasses; their fields may stand in the text in braces."""

    code: ClassVar[str]
    text: ClassVar[Text]
    retryable: ClassVar[bool] = False
    field: str | None = None

    def message(self, locale: str) -> str:
        """Say it to people, in their language."""
        return pick(self.text, locale).format(**vars(self))


class AccessError(Exception):
    """The request may not do this at all: a top-level error with a code."""

    code: ClassVar[str]
    text: ClassVar[Text]

    def __init__(self, **details: Any) -> None:
        super().__init__(self.code)
        self.details = details

    def message(self, locale: str) -> str:
        """Say it to people, in their language."""
        return pick(self.text, locale).format(**self.details)


class Unauthenticated(AccessError):
    """Nobody is signed in."""

    code = "UNAUTHENTICATED"
    text = {"ko": "로그인이 필요합니다.", "en": "Please sign in."}


class TokenInvalid(AccessError):
    """The access token is not ours, is altered, or was revoked."""

    code = "TOKEN_INVALID"
    text = {
        "ko": "로그인 정보가 올바르지 않습니다. 다시 로그인해 주세요.",
        "en": "The access token is not valid. Please sign in again.",
    }


class TokenExpired(AccessError):
    """The access token has run out: refresh it."""

    code = "TOKEN_EXPIRED"
    text = {
        "ko": "로그인이 만료되었습니다. refreshSession으로 갱신해 주세요.",
        "en": "The access token has expired. Renew it with refreshSession.",
    }


class AccountChanged(AccessError):
    """A role or an age that this was opened with is lost: open it again."""

    code = "ACCOUNT_CHANGED"
    text = {
        "ko": "계정이 바뀌었습니다. 다시 연결해 주세요.",
        "en": "Your account has changed. Please connect again.",
    }


class Forbidden(AccessError):
    """Signed in, but not allowed."""

    code = "FORBIDDEN"
    text = {"ko": "이 작업을 할 권한이 없습니다.", "en": "You may not do this."}


class GuestRefused(AccessError):
    """Guests may not: an account is needed."""

    code = "ACCOUNT_REQUIRED"
    text = {"ko": "회원 계정이 필요합니다.", "en": "This needs an account, not a guest session."}


class BirthDateNeeded(AccessError):
    """The legal age cannot be told without a birth date."""

    code = "AGE_UNKNOWN"
    text = {
        "ko": "성인 확인이 필요합니다. updateAccount로 생년월일을 알려 주세요.",
        "en": "This is for adults. Tell your birth date with updateAccount first.",
    }


class TooYoung(AccessError):
    """Under the legal age of the channel."""

    code = "AGE_RESTRICTED"
    text = {
        "ko": "법정 음주 연령부터 이용할 수 있습니다.",
        "en": "This is for people of legal drinking age.",
    }


class Missing(AccessError):
    """What should be followed is not there, or not theirs: the two look alike."""

    code = "NOT_FOUND"
    text = {"ko": "찾을 수 없습니다.", "en": "There is no such thing, or it is not yours."}


class BadInput(AccessError):
    """An argument that no type could refuse: a cursor that is not ours, a page too large."""

    code = "BAD_USER_INPUT"
    text = {"ko": "{argument} 값이 올바르지 않습니다.", "en": "`{argument}` is not valid."}


class Unavailable(AccessError):
    """A service that this needs does not answer now."""

    code = "SERVICE_UNAVAILABLE"
    text = {
        "ko": "잠시 이용할 수 없습니다. 조금 뒤에 다시 시도해 주세요.",
        "en": "This is not available right now. Please try again shortly.",
    }


@dataclass
class NotFound(DomainError):
    """Not there, or not theirs: the two look alike."""

    field: str | None = "id"
    code = "NOT_FOUND"
    text = {"ko": "찾을 수 없습니다.", "en": "There is no such thing, or it is not yours."}


@dataclass
class InvalidInput(DomainError):
    """A value breaks a rule that its type cannot say."""

    field: str | None = None
    reason: Text = dataclasses.field(default_factory=dict)
    code = "INVALID_INPUT"
    text = {"ko": "입력값이 올바르지 않습니다.", "en": "The input is not valid."}

    def message(self, locale: str) -> str:
        """Say which rule."""
        return pick(self.reason or self.text, locale)
