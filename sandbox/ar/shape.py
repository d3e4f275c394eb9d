"""A jar and its paddle, turned on a lathe: what every sandbox figure is made of."""

import hashlib
import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

SIDES = 24
# Radius and height in metres, from the foot up.
JAR = ((0.0, 0.0), (0.025, 0.0), (0.045, 0.03), (0.048, 0.06), (0.036, 0.09), (0.03, 0.1))
LID = ((0.034, 0.1), (0.034, 0.106), (0.012, 0.112), (0.012, 0.122), (0.0, 0.124))

type Point = tuple[float, float, float]


@dataclass(frozen=True)
class Mesh:
    """Triangles: points, normals, and three numbers of points for each."""

    points: Sequence[Point]
    normals: Sequence[Point]
    triangles: Sequence[tuple[int, int, int]]


@dataclass(frozen=True)
class Figure:
    """What is drawn: two parts, a colour, and how the second one moves, by seconds."""

    body: Mesh
    lid: Mesh
    colour: Point
    name: str
    seconds: float
    times: Sequence[float]
    lifts: Sequence[float]
    """How far the lid is above the jar, in metres."""


def figure(file: str, animation: str, seconds: float) -> Figure:
    """Return the figure of a file; its colour is its name's."""
    digest = hashlib.sha256(file.encode()).digest()
    red, green, blue = (0.25 + 0.6 * byte / 255 for byte in digest[:3])
    times = [round(seconds * n / 16, 4) for n in range(17)]
    lifts = [round(0.03 * abs(math.sin(math.pi * 2 * n / 16)), 5) for n in range(17)]
    return Figure(lathe(JAR), lathe(LID), (red, green, blue), animation, seconds, times, lifts)


def lathe(profile: Sequence[tuple[float, float]]) -> Mesh:
    """Turn a line around the upright axis."""
    points, normals, triangles = list[Point](), list[Point](), list[tuple[int, int, int]]()
    for (r1, y1), (r2, y2) in pairwise(profile):
        first, length = len(points), math.hypot(r2 - r1, y2 - y1)
        outward, upward = (y2 - y1) / length, (r1 - r2) / length
        for side in range(SIDES + 1):
            angle = 2 * math.pi * side / SIDES
            x, z = math.cos(angle), math.sin(angle)
            points += [(r1 * x, y1, r1 * z), (r2 * x, y2, r2 * z)]
            normals += [(outward * x, upward, outward * z)] * 2
        for side in range(SIDES):
            a = first + 2 * side
            triangles += [(a, a + 1, a + 2), (a + 2, a + 1, a + 3)]
    return Mesh(points, normals, triangles)
