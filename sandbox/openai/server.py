"""Runs the sandbox: in the foreground, or in a thread for tests."""

import socket
import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

import httpx2
import uvicorn
from starlette.types import ASGIApp

from sandbox.openai.app import create_app
from sandbox.openai.config import SandboxConfig

START_SECONDS = 15.0


def build(
    config: SandboxConfig,
    host: str = "127.0.0.1",
    port: int = 0,
    make: Callable[[SandboxConfig], ASGIApp] = create_app,
) -> uvicorn.Server:
    """A server that is not yet running."""
    return uvicorn.Server(
        uvicorn.Config(
            make(config),
            host=host,
            port=port,
            loop="asyncio",
            ws="none",
            lifespan="on",
            log_level="warning",
            timeout_graceful_shutdown=2,
        )
    )


class SandboxControl:
    """Turns the knobs of a running sandbox over HTTP."""

    def __init__(self, origin: str) -> None:
        self.origin = origin

    @property
    def base_url(self) -> str:
        """What OPENAI_BASE_URL should say."""
        return f"{self.origin}/v1"

    def faults(self, *rules: Mapping[str, object]) -> None:
        """Replaces the rules, each {match, fault, times, seconds, code}; none clears them."""
        self._post("/sandbox/faults", {"rules": list(rules)})

    def accepted(self) -> list[dict[str, object]]:
        """Every order ever accepted, each of which would have been paid for."""
        return list(self.calls()["accepted"])

    def calls(self) -> dict[str, list[dict[str, object]]]:
        """{accepted, requests, webhooks}."""
        return self._get("/sandbox/calls")

    def reset(self) -> None:
        self._post("/sandbox/reset", {})

    def speed(self, *, instant: bool = False, min_seconds: float = 0.0) -> None:
        """Instant renders copy cached encodes; no render takes less than `min_seconds`."""
        self._post("/sandbox/speed", {"instant": instant, "min_seconds": min_seconds})

    def chat(
        self,
        *,
        model: str | None = None,
        tokens_per_second: float = 0.0,
        script: Sequence[Mapping[str, object]] = (),
    ) -> None:
        """Lets that model answer whichever is asked for, so fast, after the rounds of a script."""
        speed = {"tokens_per_second": tokens_per_second}
        self._post("/sandbox/chat", {"model": model, **speed, "script": list(script)})

    def chats(self) -> list[dict[str, object]]:
        """Every round asked for, oldest first: what was asked, whether it runs, what it made."""
        return self._get("/sandbox/chats")["runs"]

    def webhook(self, url: str | None, secret: str | None = None) -> None:
        """Sends webhooks there from now on."""
        self._post("/sandbox/webhook", {"url": url, "secret": secret})

    def _get(self, path: str) -> dict[str, list[dict[str, object]]]:
        return dict(httpx2.get(f"{self.origin}{path}", timeout=10, verify=False).json())

    def _post(self, path: str, body: Mapping[str, object]) -> None:
        httpx2.post(f"{self.origin}{path}", json=body, timeout=10, verify=False).raise_for_status()


class OpenAISandbox(SandboxControl):
    """A sandbox in a thread of its own, on a free port; a context manager."""

    make: Callable[[SandboxConfig], ASGIApp] = staticmethod(create_app)

    def __init__(self, config: SandboxConfig, sockets: Sequence[socket.socket] = ()) -> None:
        self.config = config
        self._socket = sockets[0] if sockets else socket.create_server(("127.0.0.1", 0))
        super().__init__(f"http://127.0.0.1:{self._socket.getsockname()[1]}")
        self._server = build(config, make=self.make)
        self._thread = threading.Thread(target=self._run, name="openai-sandbox", daemon=True)

    @classmethod
    def at(cls, data_dir: Path, **options: str | int | None) -> Self:
        """A sandbox that keeps its state in `data_dir`."""
        data_dir.mkdir(parents=True, exist_ok=True)
        return cls(SandboxConfig(data_dir, **options))  # type: ignore[arg-type]

    def _run(self) -> None:
        self._server.run(sockets=[self._socket])

    def start(self) -> Self:
        """Returns once it answers."""
        self._thread.start()
        transport = httpx2.HTTPTransport(retries=20)
        with httpx2.Client(transport=transport, timeout=START_SECONDS) as client:
            client.get(f"{self.origin}/healthz").raise_for_status()
        return self

    def stop(self) -> None:
        """Returns once its port is free and its renders are ended."""
        self._server.should_exit = True
        self._thread.join(START_SECONDS)
        self._socket.close()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()
