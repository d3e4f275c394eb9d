"""A figure as USDZ: a stored zip whose one file begins at a multiple of 64 bytes.

The layer is USD's text form. Quick Look opens it; shipped files should be the binary form.
"""

import binascii
import struct
from collections.abc import Sequence

from sandbox.ar.shape import Figure, Mesh, Point

ALIGN = 64
FPS = 24
# The first moment that a zip can tell: files are the same each time.
DAY = (1980 - 1980) << 9 | 1 << 5 | 1
PADDING_ID = 0x1986


def usdz(figure: Figure, name: str) -> bytes:
    """Return the archive, with the layer as its first and only file."""
    return _stored(f"{name}.usda".encode(), usda(figure).encode())


def usda(figure: Figure) -> str:
    """Return the scene as text."""
    samples = ", ".join(
        f"{round(at * FPS, 3)}: (0, {up}, 0)"
        for at, up in zip(figure.times, figure.lifts, strict=True)
    )
    red, green, blue = (round(part, 4) for part in figure.colour)
    return f"""#usda 1.0
(
    customLayerData = {{ string animation = "{figure.name}" }}
    defaultPrim = "figure"
    endTimeCode = {round(figure.seconds * FPS)}
    metersPerUnit = 1
    startTimeCode = 0
    timeCodesPerSecond = {FPS}
    upAxis = "Y"
)

def Xform "figure" (
    kind = "component"
)
{{
    def Material "glaze"
    {{
        token outputs:surface.connect = </figure/glaze/surface.outputs:surface>

        def Shader "surface"
        {{
            uniform token info:id = "UsdPreviewSurface"
            color3f inputs:diffuseColor = ({red}, {green}, {blue})
            float inputs:roughness = 0.4
            token outputs:surface
        }}
    }}

{_mesh("jar", figure.body)}

{_mesh("lid", figure.lid, samples)}
}}
"""


def _mesh(name: str, mesh: Mesh, samples: str | None = None) -> str:
    counts = ", ".join("3" for _ in mesh.triangles)
    numbers = ", ".join(str(number) for triangle in mesh.triangles for number in triangle)
    moves = (
        f"""
        double3 xformOp:translate.timeSamples = {{ {samples} }}
        uniform token[] xformOpOrder = ["xformOp:translate"]"""
        if samples
        else ""
    )
    return f"""    def Mesh "{name}" (
        prepend apiSchemas = ["MaterialBindingAPI"]
    )
    {{
        uniform bool doubleSided = 1
        int[] faceVertexCounts = [{counts}]
        int[] faceVertexIndices = [{numbers}]
        rel material:binding = </figure/glaze>
        normal3f[] normals = [{_points(mesh.normals)}] (
            interpolation = "vertex"
        )
        point3f[] points = [{_points(mesh.points)}]
        uniform token subdivisionScheme = "none"{moves}
    }}"""


def _points(points: Sequence[Point]) -> str:
    return ", ".join(f"({x:.5f}, {y:.5f}, {z:.5f})" for x, y, z in points)


def _stored(name: bytes, body: bytes) -> bytes:
    """Return a zip of one uncompressed file; a filler in its header moves it to its place."""
    filler = -(30 + len(name) + 4) % ALIGN
    extra = struct.pack("<HH", PADDING_ID, filler) + b"\0" * filler
    check, size = binascii.crc32(body), len(body)
    common = struct.pack("<HHHHHIIIHH", 20, 0, 0, 0, DAY, check, size, size, len(name), len(extra))
    local = b"PK\x03\x04" + common + name + extra + body
    entry = b"PK\x01\x02" + struct.pack("<H", 20) + common
    entry += struct.pack("<HHHII", 0, 0, 0, 0, 0) + name + extra
    end = struct.pack("<HHHHIIH", 0, 0, 1, 1, len(entry), len(local), 0)
    return local + entry + b"PK\x05\x06" + end
