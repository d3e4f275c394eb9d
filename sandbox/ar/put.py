"""Puts into the bucket what the catalogue's AR experiences name, and leaves what is there."""

import json
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config

from core.settings import Settings
from sandbox.ar.glb import glb
from sandbox.ar.media import film, label, song
from sandbox.ar.shape import figure
from sandbox.ar.usdz import usdz

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

PREFIX = "ar/"
TYPES = {
    ".glb": "model/gltf-binary",
    ".usdz": "model/vnd.usdz+zip",
    ".mp4": "video/mp4",
    ".m4a": "audio/mp4",
    ".png": "image/png",
}

type Make = Callable[[], bytes]


def assets(catalogue: Path) -> dict[str, Make]:
    """Return how each file is made, by its name."""
    entries = json.loads(catalogue.read_bytes())["ar_experiences"]
    return {name: make for entry in entries for name, make in _of(entry)}


def put_assets(settings: Settings) -> int:
    """Make the files that are missing, and return how many those were."""
    store, made = _store(settings), 0
    listed = store.get_paginator("list_objects_v2").paginate(
        Bucket=settings.s3_bucket, Prefix=PREFIX
    )
    known = {found["Key"] for page in listed for found in page.get("Contents", [])}
    for name, make in assets(settings.data_dir / "catalogue.json").items():
        if PREFIX + name in known:
            continue
        kind = TYPES[Path(name).suffix]
        store.put_object(
            Bucket=settings.s3_bucket, Key=PREFIX + name, Body=make(), ContentType=kind
        )
        made += 1
    return made


def _of(entry: dict[str, Any]) -> Iterator[tuple[str, Make]]:
    marker = entry["label_marker"]
    yield f"{marker}.png", lambda: label(marker)
    for animation in entry["animations"]:
        for field in ("asset_url", "usdz_url"):
            if address := animation.get(field):
                name = address.rpartition("/")[2]
                yield name, _maker(name, animation)


def _maker(name: str, animation: dict[str, Any]) -> Make:
    path = Path(name)
    moves, seconds = animation.get("animation", "move"), float(animation.get("duration", 5))
    makers: dict[str, Make] = {
        ".glb": lambda: glb(figure(path.stem, moves, seconds)),
        ".usdz": lambda: usdz(figure(path.stem, moves, seconds), path.stem),
        ".mp4": _film,
        ".m4a": _song,
    }
    return makers[path.suffix]


@cache
def _film() -> bytes:
    return film()


@cache
def _song() -> bytes:
    return song()


def _store(settings: Settings) -> "S3Client":
    key, secret = settings.s3_access_key_id, settings.s3_secret_access_key
    return boto3.session.Session().client(
        "s3",
        endpoint_url=settings.s3_endpoint_url,
        region_name=settings.s3_region,
        aws_access_key_id=key.get_secret_value() if key else None,
        aws_secret_access_key=secret.get_secret_value() if secret else None,
        config=Config(s3={"addressing_style": "path"}, signature_version="s3v4"),
    )
