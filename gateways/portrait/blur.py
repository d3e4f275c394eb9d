"""A few letters that stand for a picture while it loads."""

import io

import blurhash  # type: ignore[import-untyped]
import numpy as np
from PIL import Image


def blurhash_of(picture: bytes | Image.Image, across: int = 4, down: int = 3) -> str:
    """The blurhash of a picture of our own making."""
    if isinstance(picture, bytes):
        with Image.open(io.BytesIO(picture)) as opened:
            return blurhash_of(opened, across, down)
    small = picture.convert("RGB").resize((32, 32))
    return str(blurhash.encode(np.asarray(small).tolist(), across, down))
