"""From a stranger's bytes to a safe crop of one face, or a reason why not."""

from gateways.portrait.blur import blurhash_of
from gateways.portrait.isolated import PortraitCheckUnavailable, check_isolated
from gateways.portrait.port import (
    FaceBox,
    PortraitRejectionReason,
    PreparedPortrait,
    Rejection,
)

__all__ = [
    "FaceBox",
    "PortraitCheckUnavailable",
    "PortraitRejectionReason",
    "PreparedPortrait",
    "Rejection",
    "blurhash_of",
    "check_isolated",
]
