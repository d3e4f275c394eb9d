"""Faces by agreement: a cascade alone sees faces in curtains, two seldom see the same one."""

from functools import cache
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image

from gateways.portrait.port import FaceBox, Unusable
from gateways.portrait.port import PortraitRejectionReason as Reason

LOOK_SIDE = 800
MIN_SHARE = 0.12
"""Of the short side: a smaller face would need more pixels than the photo has."""
MIN_PIXELS = 64.0
BYSTANDER = 0.6
"""A second face of this share of the largest is a second subject, however small both are."""
_CASCADES = ("alt2", "alt", "default")
_SAME = 0.4
_Box = tuple[float, float, float, float]


def only_face(image: Image.Image, scale: float) -> FaceBox:
    """The one face of a photo, in pixels of the original; `scale` is image to original."""
    boxes = find(image)
    short, largest = min(image.size), max((box[2] for box in boxes), default=0.0)
    if not boxes:
        raise Unusable(Reason.NO_FACE, 0)
    large = [box for box in boxes if box[2] >= short * MIN_SHARE and box[2] / scale >= MIN_PIXELS]
    rivals = [box for box in boxes if box[2] >= largest * BYSTANDER]
    if len(large) > 1 or len(rivals) > 1:
        raise Unusable(Reason.SEVERAL_FACES, len(boxes))
    if not large:
        raise Unusable(Reason.FACE_TOO_SMALL, len(boxes))
    return FaceBox(*(side / scale for side in large[0]))


def find(image: Image.Image) -> list[_Box]:
    """Faces that at least two cascades agree on, in pixels of `image`."""
    factor = min(1.0, LOOK_SIDE / max(image.size))
    size = (max(1, round(image.width * factor)), max(1, round(image.height * factor)))
    pixels = np.asarray(image.convert("L").resize(size), dtype=np.uint8)
    grey = cv2.equalizeHist(pixels).astype(np.uint8, copy=False)
    seen = [_detect(name, grey) for name in _CASCADES]
    agreed = list[_Box]()
    for n, boxes in enumerate(seen):
        others = [box for m, more in enumerate(seen) if m != n for box in more]
        for box in boxes:
            backed = any(_overlap(box, other) >= _SAME for other in others)
            known = any(_overlap(box, other) >= _SAME for other in agreed)
            if backed and not known:
                agreed.append(box)
    return [(x / factor, y / factor, w / factor, h / factor) for x, y, w, h in agreed]


def _detect(name: str, grey: npt.NDArray[np.uint8]) -> list[_Box]:
    least = max(24, min(grey.shape) // 20)
    found = _cascade(name).detectMultiScale(
        grey, scaleFactor=1.1, minNeighbors=4, minSize=(least, least)
    )
    return [(float(x), float(y), float(w), float(h)) for x, y, w, h in found]


@cache
def _cascade(name: str) -> cv2.CascadeClassifier:
    folder = Path(cv2.__file__).parent / "data"
    return cv2.CascadeClassifier(str(folder / f"haarcascade_frontalface_{name}.xml"))


def _overlap(one: _Box, other: _Box) -> float:
    """Shared area over joint area."""
    wide = min(one[0] + one[2], other[0] + other[2]) - max(one[0], other[0])
    high = min(one[1] + one[3], other[1] + other[3]) - max(one[1], other[1])
    if wide <= 0 or high <= 0:
        return 0.0
    return wide * high / (one[2] * one[3] + other[2] * other[3] - wide * high)
