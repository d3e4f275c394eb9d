"""Embeddings by feature hashing: equal texts are equal, and like texts are near."""

import base64
import re
from hashlib import blake2b

import numpy as np
import numpy.typing as npt

SIZES = {"text-embedding-3-small": 1536, "text-embedding-3-large": 3072}
DEFAULT_SIZE = 384


def embed(text: str, dimensions: int) -> npt.NDArray[np.float32]:
    """A unit vector of little-endian float32 made of a text's words and letter pairs."""
    vector = np.zeros(dimensions, dtype="<f4")
    lowered = text.lower()
    for word in re.findall(r"\w+", lowered):
        pairs = [word[n : n + 2] for n in range(len(word) - 1)]
        for feature, weight in [(word, 1.0), *((pair, 0.4) for pair in pairs)]:
            bits = int.from_bytes(blake2b(feature.encode(), digest_size=8).digest())
            vector[bits % dimensions] += weight if bits >> 63 else -weight
    norm = float(np.linalg.norm(vector))
    if norm == 0.0:
        vector[0] = norm = 1.0
    return (vector / norm).astype("<f4")


def wire(text: str, dimensions: int, encoding: str) -> object:
    """As asked for: base64 of the bytes, or a list of numbers."""
    vector = embed(text, dimensions)
    if encoding == "base64":
        return base64.b64encode(vector.astype("<f4").tobytes()).decode()
    return [float(value) for value in vector]
