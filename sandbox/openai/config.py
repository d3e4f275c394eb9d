"""What a sandbox is started with."""

from dataclasses import dataclass
from pathlib import Path

from core.settings import ROOT

FONT = ROOT / "data" / "fonts" / "NanumGothic-Bold.ttf"


@dataclass(frozen=True)
class SandboxConfig:
    """`slots` renders run at once, the others are honestly queued; answers are streamed
    at that speed (0: at once).
    """

    data_dir: Path
    api_key: str = "sk-sandbox"
    webhook_url: str | None = None
    webhook_secret: str = "whsec_c2FuZGJveC13ZWJob29rLXNlY3JldA=="  # noqa: S105
    slots: int = 2
    tokens_per_second: float = 0.0
