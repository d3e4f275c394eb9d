"""The codes on bottles, and what is kept of the devices that they let in."""

import unicodedata

from core import codes
from core.codes import plain
from core.errors import InvalidInput
from core.settings import Settings

__all__ = ["code_of", "device_of", "hash_of", "plain"]

MAX_DEVICE = 128
BAD_DEVICE = {
    "ko": "deviceId에는 앱이 만든 1~128자의 이름을 제어 문자 없이 보내 주세요.",
    "en": "`deviceId` is a name of 1 to 128 characters that the app made for the device.",
}


def code_of(settings: Settings, unlock_code_id: str) -> str:
    """Return a code, such as `7K2M-Q9XT-…`; the same each time, and nowhere kept."""
    return codes.code_of(settings.commerce_secret, "unlock", unlock_code_id)


def hash_of(settings: Settings, letters: str) -> str:
    """Return what is kept of a code."""
    return codes.hash_of(settings.commerce_secret, "unlock-code", letters)


def device_of(settings: Settings, customer_id: str, device_id: str) -> str:
    """Return what is kept of one account on one device. Raises InvalidInput.

    The account is part of it: a name that an app makes up could otherwise stand for any number
    of people.
    """
    ugly = any(unicodedata.category(letter) in ("Cc", "Cs") for letter in device_id)
    if not 1 <= len(device_id) <= MAX_DEVICE or ugly:
        raise InvalidInput("input.deviceId", BAD_DEVICE)
    text = f"{customer_id}:{device_id}"
    return codes.hash_of(settings.commerce_secret, "ar-device", text)
