"""Object storage: the sandbox's S3 server as a child process."""

import http.client
import os
import sys
from pathlib import Path

from sandbox.process import Process
from sandbox.server import Server

BUCKET = "nerdx"
ROOT = Path(__file__).resolve().parent.parent


class S3(Server):
    """Speaks S3, signed forms and links included, and keeps its objects under its home."""

    name = "s3"

    def command(self) -> Process:
        options = ["--port", str(self.port), "--data-dir", str(self.home), "--bucket", BUCKET]
        return Process(
            self.name,
            [sys.executable, "-m", "sandbox.s3_server", *options],
            log=self.log,
            cwd=ROOT,
            env={**os.environ, **self.env()},
            lock=self.state.lock,
        )

    def is_ready(self) -> bool:
        return answers(self.port, "/healthz")

    def env(self) -> dict[str, str]:
        address = f"http://127.0.0.1:{self.port}"
        return {
            "S3_ENDPOINT_URL": address,
            "S3_PUBLIC_ENDPOINT_URL": address,
            "S3_BUCKET": BUCKET,
            "S3_REGION": "us-east-1",
            "S3_ACCESS_KEY_ID": "sandbox",
            "S3_SECRET_ACCESS_KEY": self.state.secret("s3"),
        }


def answers(port: int, path: str) -> bool:
    """Whether a loopback HTTP server answers a GET with a 2xx."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=2)
    try:
        connection.request("GET", path)
        return connection.getresponse().status // 100 == 2
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
