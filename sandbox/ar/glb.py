"""A figure as glTF 2.0 in one binary file."""

import json
import struct
from collections.abc import Iterable
from typing import Any

from sandbox.ar.shape import Figure, Mesh

MAGIC, VERSION = 0x46546C67, 2
JSON_CHUNK, BINARY_CHUNK = 0x4E4F534A, 0x004E4942
FLOAT, SHORT = 5126, 5123
ARRAY, ELEMENTS = 34962, 34963


class _Buffer:
    """The binary chunk, and the views and accessors that say what is where."""

    def __init__(self) -> None:
        self.data, self.views, self.accessors = bytearray(), list[Any](), list[Any]()

    def add(
        self, packed: bytes, count: int, kind: str, component: int, target: int | None, **more: Any
    ) -> int:
        view: dict[str, Any] = {
            "buffer": 0, "byteOffset": len(self.data), "byteLength": len(packed)
        }  # fmt: skip
        if target:
            view["target"] = target
        self.data += packed + b"\0" * (-len(packed) % 4)
        self.views.append(view)
        self.accessors.append(
            {
                "bufferView": len(self.views) - 1,
                "componentType": component,
                "count": count,
                "type": kind,
                **more,
            }
        )
        return len(self.accessors) - 1

    def floats(self, rows: Iterable[Iterable[float]], kind: str, target: int | None) -> int:
        """Add rows of numbers with the least and the most of each column."""
        table = [[struct.unpack("<f", struct.pack("<f", x))[0] for x in row] for row in rows]
        columns = list(zip(*table, strict=True))
        packed = b"".join(struct.pack(f"<{len(row)}f", *row) for row in table)
        bounds = {"min": [min(c) for c in columns], "max": [max(c) for c in columns]}
        return self.add(packed, len(table), kind, FLOAT, target, **bounds)


def glb(figure: Figure) -> bytes:
    """Return the file: a header, a chunk of JSON and a chunk of numbers, each four-byte aligned."""
    buffer = _Buffer()
    meshes = [
        {"name": name, "primitives": [_primitive(buffer, mesh)]}
        for name, mesh in (("jar", figure.body), ("lid", figure.lid))
    ]
    animation = _animation(buffer, figure)
    document = {
        "asset": {"version": "2.0", "generator": "NERDX sandbox"},
        "scene": 0,
        "scenes": [{"nodes": [0]}],
        "nodes": [
            {"name": "figure", "children": [1, 2]},
            {"name": "jar", "mesh": 0},
            {"name": "lid", "mesh": 1},
        ],
        "meshes": meshes,
        "materials": [_material(figure)],
        "animations": [animation],
        "accessors": buffer.accessors,
        "bufferViews": buffer.views,
        "buffers": [{"byteLength": len(buffer.data)}],
    }
    text = json.dumps(document, separators=(",", ":")).encode()
    chunks = _chunk(JSON_CHUNK, text, b" ") + _chunk(BINARY_CHUNK, bytes(buffer.data), b"\0")
    return struct.pack("<III", MAGIC, VERSION, 12 + len(chunks)) + chunks


def _material(figure: Figure) -> dict[str, Any]:
    look = {"baseColorFactor": [*figure.colour, 1.0], "metallicFactor": 0.0, "roughnessFactor": 0.4}
    return {"name": "glaze", "pbrMetallicRoughness": look}


def _animation(buffer: _Buffer, figure: Figure) -> dict[str, Any]:
    times = buffer.floats([[at] for at in figure.times], "SCALAR", None)
    lifts = buffer.floats([[0.0, up, 0.0] for up in figure.lifts], "VEC3", None)
    return {
        "name": figure.name,
        "samplers": [{"input": times, "output": lifts, "interpolation": "LINEAR"}],
        "channels": [{"sampler": 0, "target": {"node": 2, "path": "translation"}}],
    }


def _primitive(buffer: _Buffer, mesh: Mesh) -> dict[str, Any]:
    numbers = [number for triangle in mesh.triangles for number in triangle]
    packed = struct.pack(f"<{len(numbers)}H", *numbers)
    return {
        "attributes": {
            "POSITION": buffer.floats(mesh.points, "VEC3", ARRAY),
            "NORMAL": buffer.floats(mesh.normals, "VEC3", ARRAY),
        },
        "indices": buffer.add(packed, len(numbers), "SCALAR", SHORT, ELEMENTS),
        "material": 0,
    }


def _chunk(kind: int, body: bytes, filler: bytes) -> bytes:
    body += filler * (-len(body) % 4)
    return struct.pack("<II", len(body), kind) + body
