"""Errors as the protocol has them: flat, with a type and a code."""

from typing import Any

INVALID, PROCESSING, UNAVAILABLE = "invalid_request", "processing_error", "service_unavailable"


class AcpError(Exception):
    """An answer that is no session; `param` is a JSONPath (RFC 9535) into the request."""

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        *,
        kind: str = INVALID,
        param: str | None = None,
        headers: dict[str, str] | None = None,
        **more: Any,
    ) -> None:
        super().__init__(code)
        self.status, self.headers = status, headers or {}
        told = {"param": param, **more}
        self.body: dict[str, Any] = {"type": kind, "code": code, "message": message}
        self.body |= {name: value for name, value in told.items() if value is not None}
