"""Pictures as the product sends them to a renderer."""

import io

from PIL import Image, ImageOps

from core.settings import ROOT


def reference(size: str = "1280x720") -> bytes:
    """The portrait of the sandbox, fitted to a shot of that size, as a JPEG."""
    width, height = (int(side) for side in size.split("x"))
    out = io.BytesIO()
    with Image.open(ROOT / "data" / "photos" / "portrait.jpg") as photo:
        ImageOps.fit(photo, (width, height)).save(out, "JPEG")
    return out.getvalue()
