"""The check itself, pure: bytes in, verdict out."""

from gateways.portrait.blur import blurhash_of
from gateways.portrait.decode import Photo, decode
from gateways.portrait.faces import only_face
from gateways.portrait.frame import crop
from gateways.portrait.port import FaceBox, PreparedPortrait, Rejection, Unusable

SIZES = ((1280, 720), (720, 1280))


def check(data: bytes, max_bytes: int) -> PreparedPortrait | Rejection:
    """Judges a photo by its content alone, and prepares the crops if it will do."""
    try:
        photo = decode(data, max_bytes)
        face = only_face(photo.image, photo.scale)
    except Unusable as unusable:
        return unusable.rejection
    return _prepared(photo, face)


def _prepared(photo: Photo, face: FaceBox) -> PreparedPortrait:
    near = FaceBox(
        face.left * photo.scale,
        face.top * photo.scale,
        face.width * photo.scale,
        face.height * photo.scale,
    )
    crops = {f"{w}x{h}": crop(photo.image, near, w, h) for w, h in SIZES}
    hash = blurhash_of(next(iter(crops.values())))
    return PreparedPortrait(crops, hash, photo.width, photo.height, face)
