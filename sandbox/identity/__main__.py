"""`python -m sandbox.identity`: serves until it is told to stop."""

import argparse
import sys

import uvicorn

from sandbox.identity.app import Provider


def main(argv: list[str] | None = None) -> int:
    """Serve until told to stop."""
    parser = argparse.ArgumentParser(prog="python -m sandbox.identity")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--client-id", required=True)
    parser.add_argument("--client-secret", required=True)
    given = parser.parse_args(argv)
    issuer = f"http://127.0.0.1:{given.port}"
    app = Provider(issuer, given.client_id, given.client_secret).app()
    uvicorn.run(app, host="127.0.0.1", port=given.port, log_level="warning", ws="none")
    return 0


if __name__ == "__main__":
    sys.exit(main())
