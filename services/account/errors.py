"""Why an account service says no."""

from dataclasses import dataclass

from core.errors import DomainError

MIN_PASSWORD = 10
MAX_PASSWORD = 256


@dataclass
class BadCredentials(DomainError):
    """Wrong address or wrong password: nobody learns which."""

    field: str | None = None
    code = "BAD_CREDENTIALS"
    text = {
        "ko": "이메일 또는 비밀번호가 올바르지 않습니다.",
        "en": "The e-mail address or the password is wrong.",
    }


@dataclass
class EmailTaken(DomainError):
    """Another account has this address."""

    field: str | None = "input.email"
    code = "EMAIL_TAKEN"
    text = {
        "ko": "이미 가입된 이메일입니다. 로그인해 주세요.",
        "en": "There is an account with this e-mail address. Please sign in.",
    }


@dataclass
class WeakPassword(DomainError):
    """Too short, too long, too common, or the customer's own address or name."""

    field: str | None = "input.password"
    minimum_length: int = MIN_PASSWORD
    code = "WEAK_PASSWORD"
    text = {
        "ko": "비밀번호는 10~256자이며, 흔한 비밀번호나 이메일·이름은 쓸 수 없습니다.",
        "en": "Use 10 to 256 characters that are not a common password, your name or your address.",
    }


@dataclass
class RefreshTokenInvalid(DomainError):
    """Expired, revoked, or used twice."""

    field: str | None = "refreshToken"
    code = "REFRESH_TOKEN_INVALID"
    text = {
        "ko": "로그인이 끝났습니다. 다시 로그인해 주세요.",
        "en": "This sign-in has ended. Please sign in again.",
    }
