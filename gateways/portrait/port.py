"""What a check says."""

from dataclasses import dataclass
from enum import StrEnum


class PortraitRejectionReason(StrEnum):
    """Why a photo cannot be used."""

    NOT_AN_IMAGE = "NOT_AN_IMAGE"
    UNSUPPORTED_FORMAT = "UNSUPPORTED_FORMAT"
    TOO_LARGE = "TOO_LARGE"
    TOO_SMALL = "TOO_SMALL"
    NO_FACE = "NO_FACE"
    SEVERAL_FACES = "SEVERAL_FACES"
    FACE_TOO_SMALL = "FACE_TOO_SMALL"
    UNREADABLE = "UNREADABLE"
    NOT_UPLOADED = "NOT_UPLOADED"


@dataclass(frozen=True, slots=True)
class FaceBox:
    """A face, in pixels of the upright photo."""

    left: float
    top: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Rejection:
    """Not usable; `faces_found` is set once faces were looked for."""

    reason: PortraitRejectionReason
    faces_found: int | None = None


@dataclass(frozen=True, slots=True)
class PreparedPortrait:
    """Usable: a JPEG without metadata for each render size, such as `1280x720`.

    `width` and `height` are of the upright photo as uploaded, `face` is in its pixels.
    """

    crops: dict[str, bytes]
    blurhash: str
    width: int
    height: int
    face: FaceBox


class Unusable(Exception):
    """Carries a rejection out of the steps of a check."""

    def __init__(self, reason: PortraitRejectionReason, faces_found: int | None = None) -> None:
        super().__init__(reason)
        self.rejection = Rejection(reason, faces_found)
