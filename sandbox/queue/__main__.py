"""`python -m sandbox.queue`: serves until it is told to stop."""

import argparse
import sys
from pathlib import Path

from sandbox.openai.config import SandboxConfig
from sandbox.openai.server import build
from sandbox.queue.app import create_app


def main(argv: list[str] | None = None) -> int:
    """Reads the options and runs in the foreground."""
    parser = argparse.ArgumentParser(prog="python -m sandbox.queue", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--data-dir", type=Path, required=True)
    parser.add_argument("--api-key", default=SandboxConfig.api_key)
    parser.add_argument("--slots", type=int, default=SandboxConfig.slots, help="renders at once")
    given = parser.parse_args(argv)
    given.data_dir.mkdir(parents=True, exist_ok=True)
    config = SandboxConfig(given.data_dir, given.api_key, slots=given.slots)
    server = build(config, given.host, given.port, create_app)
    server.run()
    return 0 if server.started else 1


if __name__ == "__main__":
    sys.exit(main())
