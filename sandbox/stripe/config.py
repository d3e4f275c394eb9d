"""What a sandbox is started with."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class StripeConfig:
    """`processing_seconds` is how long a bank takes, until a knob says otherwise."""

    data_dir: Path
    api_key: str = "sk_test_sandbox"
    webhook_url: str | None = None
    webhook_secret: str = "whsec_sandbox"  # noqa: S105
    processing_seconds: float = 3.0
