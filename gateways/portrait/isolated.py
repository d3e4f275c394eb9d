"""The check in a process of its own, so that no photo can harm the worker."""

import asyncio
import os
import resource
import sys
from pathlib import Path

import orjson

from gateways.portrait.port import (
    FaceBox,
    PortraitRejectionReason,
    PreparedPortrait,
    Rejection,
)

MEMORY_BYTES = 3 * 1024**3
"""Of address space, most of which libraries reserve and never touch."""
CPU_SECONDS = 15
DEADLINE_SECONDS = 60.0
_ROOT = Path(__file__).resolve().parent.parent.parent
_READY, _BEATEN = 0, 7


class PortraitCheckUnavailable(Exception):
    """The check could not be run; the photo is not to blame."""


async def check_isolated(data: bytes, max_bytes: int) -> PreparedPortrait | Rejection:
    """As `check`; a photo that crashes, hangs or bloats its process is UNREADABLE.

    Raises PortraitCheckUnavailable when this machine is to blame; try again later.
    """
    if len(data) > max_bytes:
        return Rejection(PortraitRejectionReason.TOO_LARGE)
    try:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "gateways.portrait", str(max_bytes)),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            cwd=_ROOT,
            env={**_quiet_environment(), "OPENBLAS_NUM_THREADS": "1"},
        )
    except OSError as error:
        raise PortraitCheckUnavailable(str(error)) from error
    try:
        async with asyncio.timeout(DEADLINE_SECONDS):
            answer, _ = await process.communicate(data)
    except TimeoutError as error:
        raise PortraitCheckUnavailable("the machine is too busy") from error
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    return _read(answer) if process.returncode == _READY else _died(process.returncode)


def _quiet_environment() -> dict[str, str]:
    """Nothing of ours that a photo could steal."""
    kept = ("PATH", "LD_LIBRARY_PATH", "LANG", "LC_ALL", "VIRTUAL_ENV")
    return {name: os.environ[name] for name in kept if name in os.environ}


def _died(code: int | None) -> Rejection:
    if code is not None and code > 0 and code != _BEATEN:
        raise PortraitCheckUnavailable(f"the check ended with {code}")
    return Rejection(PortraitRejectionReason.UNREADABLE)


def _read(answer: bytes) -> PreparedPortrait | Rejection:
    head, _, rest = answer.partition(b"\n")
    verdict = orjson.loads(head)
    if reason := verdict.get("reason"):
        return Rejection(PortraitRejectionReason(reason), verdict["faces_found"])
    crops = dict[str, bytes]()
    for size, length in verdict["crops"]:
        crops[size], rest = rest[:length], rest[length:]
    face = FaceBox(*verdict["face"])
    return PreparedPortrait(crops, verdict["blurhash"], verdict["width"], verdict["height"], face)


def serve(max_bytes: int) -> None:
    """The other side: a photo on standard input, the verdict on standard output."""
    # Here, since nobody else needs what finds faces.
    from gateways.portrait.check import check

    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    data = sys.stdin.buffer.read(max_bytes + 1)
    try:
        verdict = check(data, max_bytes)
    except Exception:
        sys.exit(_BEATEN)
    out = sys.stdout.buffer
    if isinstance(verdict, Rejection):
        out.write(orjson.dumps({"reason": verdict.reason, "faces_found": verdict.faces_found}))
        return
    face = verdict.face
    head = {
        "crops": [(size, len(jpeg)) for size, jpeg in verdict.crops.items()],
        "blurhash": verdict.blurhash,
        "width": verdict.width,
        "height": verdict.height,
        "face": (face.left, face.top, face.width, face.height),
    }
    out.write(b"\n".join([orjson.dumps(head), b"".join(verdict.crops.values())]))
