"""Why a photo is refused, said to the customer."""

from core.i18n import Text
from models.cameo import PortraitRejectionReason as Reason

REJECTIONS: dict[Reason, Text] = {
    Reason.NOT_AN_IMAGE: {"ko": "이미지 파일이 아니에요.", "en": "This is not a picture."},
    Reason.UNSUPPORTED_FORMAT: {
        "ko": "JPEG, PNG, WebP만 받을 수 있어요.",
        "en": "Only JPEG, PNG and WebP are taken.",
    },
    Reason.TOO_LARGE: {"ko": "사진이 너무 커요.", "en": "The picture is too large."},
    Reason.TOO_SMALL: {"ko": "사진이 너무 작아요.", "en": "The picture is too small."},
    Reason.NO_FACE: {"ko": "얼굴을 찾지 못했어요.", "en": "No face was found."},
    Reason.SEVERAL_FACES: {
        "ko": "얼굴이 여럿이에요. 한 사람만 나온 사진이 필요해요.",
        "en": "There is more than one face. One person must be alone in it.",
    },
    Reason.FACE_TOO_SMALL: {
        "ko": "얼굴이 너무 작게 나왔어요.",
        "en": "The face is too small in the picture.",
    },
    Reason.UNREADABLE: {
        "ko": "파일이 손상되어 읽을 수 없어요.",
        "en": "The file is damaged and cannot be read.",
    },
    Reason.NOT_UPLOADED: {"ko": "사진이 올라오지 않았어요.", "en": "No picture was uploaded."},
}
