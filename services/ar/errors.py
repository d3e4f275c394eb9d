"""Why an experience does not open."""

from dataclasses import dataclass

from core.errors import DomainError


@dataclass
class UnlockRefused(DomainError):
    """No such code, or one that was revoked or has expired: they look alike."""

    tries_left: int = 0
    field: str | None = "input.code"
    code = "UNLOCK_REFUSED"
    text = {
        "ko": "이 코드로는 열 수 없습니다. 병에 적힌 코드를 다시 확인해 주세요.",
        "en": "This code opens nothing. Check the code that came with the bottle.",
    }


@dataclass
class TooManyDevices(DomainError):
    """The code is right, and has let in as many devices as it may."""

    maximum: int
    field: str | None = "input.deviceId"
    code = "TOO_MANY_DEVICES"
    text = {
        "ko": "이 코드는 기기 {maximum}대까지 쓸 수 있고, 이미 모두 쓰였습니다.",
        "en": "This code lets in {maximum} devices, and all of them are taken.",
    }


@dataclass
class ArLocked(DomainError):
    """The viewer has not unlocked this experience, or not any more."""

    field: str | None = "experienceId"
    code = "AR_LOCKED"
    text = {
        "ko": "병에 담긴 코드로 먼저 열어 주세요. unlockAr를 쓰면 됩니다.",
        "en": "Unlock it with the code of a bottle first, with `unlockAr`.",
    }
