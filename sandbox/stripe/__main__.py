"""`python -m sandbox.stripe`: serves until it is told to stop."""

import argparse
import sys
from pathlib import Path

from sandbox.stripe.config import StripeConfig
from sandbox.stripe.server import build


def main(argv: list[str] | None = None) -> int:
    """Reads the options and runs in the foreground."""
    parser = argparse.ArgumentParser(prog="python -m sandbox.stripe", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--data-dir", type=Path, required=True)
    parser.add_argument("--api-key", default=StripeConfig.api_key)
    parser.add_argument("--webhook-url", help="where events are sent")
    parser.add_argument("--webhook-secret", default=StripeConfig.webhook_secret)
    given = parser.parse_args(argv)
    given.data_dir.mkdir(parents=True, exist_ok=True)
    config = StripeConfig(given.data_dir, given.api_key, given.webhook_url, given.webhook_secret)
    server = build(config, given.host, given.port)
    server.run()
    return 0 if server.started else 1


if __name__ == "__main__":
    sys.exit(main())
