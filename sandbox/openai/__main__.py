"""`python -m sandbox.openai`: serves until it is told to stop."""

import argparse
import sys
from pathlib import Path

from sandbox.openai.config import SandboxConfig
from sandbox.openai.server import build


def main(argv: list[str] | None = None) -> int:
    """Reads the options and runs in the foreground."""
    parser = argparse.ArgumentParser(prog="python -m sandbox.openai", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--data-dir", type=Path, required=True)
    parser.add_argument("--api-key", default=SandboxConfig.api_key)
    parser.add_argument("--webhook-url", help="where video.completed and video.failed are sent")
    parser.add_argument("--webhook-secret", default=SandboxConfig.webhook_secret)
    parser.add_argument("--slots", type=int, default=SandboxConfig.slots, help="renders at once")
    parser.add_argument("--tokens-per-second", type=float, default=SandboxConfig.tokens_per_second)
    given = parser.parse_args(argv)
    given.data_dir.mkdir(parents=True, exist_ok=True)
    config = SandboxConfig(
        given.data_dir,
        given.api_key,
        given.webhook_url,
        given.webhook_secret,
        given.slots,
        given.tokens_per_second,
    )
    server = build(config, given.host, given.port)
    server.run()
    return 0 if server.started else 1


if __name__ == "__main__":
    sys.exit(main())
