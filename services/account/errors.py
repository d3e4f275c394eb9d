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
class BirthDateFixed(DomainError):
    """Told, it may only be corrected to a later day; proven, it may not be changed."""

    field: str | None = "input.birthDate"
    code = "BIRTH_DATE_FIXED"
    text = {
        "ko": "생년월일은 더 늦은 날짜로만 고칠 수 있습니다. 정정은 고객센터에 문의해 주세요.",
        "en": "A birth date can only be changed to a later day. Ask our support to correct it.",
    }


@dataclass
class HomeChannelFixed(DomainError):
    """The other channel lets people in earlier, and this customer is not of age at home."""

    field: str | None = "input.homeChannel"
    code = "HOME_CHANNEL_FIXED"
    text = {
        "ko": "지금 채널의 법정 연령이 되기 전에는 기준이 더 낮은 채널로 옮길 수 없습니다.",
        "en": "You can move to a channel with a lower legal age once you are of age in yours.",
    }


@dataclass
class ReauthenticationNeeded(DomainError):
    """What this does is for someone who proved a moment ago who they are."""

    code = "REAUTHENTICATION_NEEDED"
    text = {
        "ko": "본인 확인이 필요합니다. 다시 로그인한 뒤 5분 안에 다시 시도해 주세요.",
        "en": "Please sign in again, and repeat this within 5 minutes.",
    }


@dataclass
class SignInStateInvalid(DomainError):
    """The sign-in was not begun by this client, was finished before, or took too long."""

    field: str | None = "input.state"
    code = "SIGN_IN_STATE_INVALID"
    text = {
        "ko": "이 로그인은 만료되었거나 이미 끝났습니다. 처음부터 다시 시작해 주세요.",
        "en": "This sign-in has expired or is over. Please start it again.",
    }


@dataclass
class ProviderRefused(DomainError):
    """The provider took the code for wrong, or said something that does not hold."""

    field: str | None = "input.code"
    code = "PROVIDER_REFUSED"
    text = {
        "ko": "로그인 제공자가 본인임을 확인해 주지 않았습니다. 처음부터 다시 시작해 주세요.",
        "en": "The provider did not confirm who you are. Please start the sign-in again.",
    }


@dataclass
class ProviderUnavailable(DomainError):
    """The provider does not answer; the same request may succeed later."""

    code = "PROVIDER_UNAVAILABLE"
    retryable = True
    text = {
        "ko": "로그인 제공자가 지금 응답하지 않습니다. 잠시 뒤에 다시 시도해 주세요.",
        "en": "The provider does not answer right now. Please try again shortly.",
    }


@dataclass
class AccountExists(DomainError):
    """The provider's address is that of an account which its owner has not linked."""

    code = "ACCOUNT_EXISTS"
    text = {
        "ko": "이 이메일의 계정이 이미 있습니다. 먼저 그 계정으로 로그인한 뒤 연결해 주세요.",
        "en": "There is an account with this address. Sign in to it first, then link the provider.",
    }


@dataclass
class IdentityTaken(DomainError):
    """This person at the provider signs in to another account."""

    code = "IDENTITY_TAKEN"
    text = {
        "ko": "이 로그인은 이미 다른 계정에 연결되어 있습니다.",
        "en": "This sign-in is linked to another account already.",
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
