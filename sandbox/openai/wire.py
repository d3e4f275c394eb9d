"""OpenAI's answers: JSON and errors in its shape."""

import hmac

import orjson
from starlette.requests import Request
from starlette.responses import Response


class WireError(Exception):
    """Becomes an answer with OpenAI's error body."""

    def __init__(
        self,
        status: int,
        message: str,
        *,
        kind: str = "invalid_request_error",
        code: str | None = None,
        param: str | None = None,
        headers: dict[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.headers = headers
        self.body = {"error": {"message": message, "type": kind, "param": param, "code": code}}

    def response(self) -> Response:
        return answer(self.body, self.status, self.headers)


def answer(body: object, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    """JSON, as the API sends it."""
    return Response(orjson.dumps(body), status, headers, media_type="application/json")


def check_key(request: Request, key: str) -> None:
    """Raises 401 unless the bearer key is ours."""
    given = request.headers.get("authorization", "").removeprefix("Bearer ").strip()
    if not given:
        raise WireError(
            401, "Missing bearer authentication in header", kind="invalid_request_error"
        )
    if not hmac.compare_digest(given.encode(), key.encode()):
        raise WireError(
            401, "Incorrect API key provided.", kind="authentication_error", code="invalid_api_key"
        )


async def json_body(request: Request) -> dict[str, object]:
    """The request's JSON object, or 400."""
    try:
        body = orjson.loads(await request.body())
    except orjson.JSONDecodeError as error:
        raise WireError(400, "We could not parse the JSON body of your request.") from error
    if not isinstance(body, dict):
        raise WireError(400, "The body of your request must be a JSON object.")
    return body
