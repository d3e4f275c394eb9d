"""What the transport refuses before execution: a code, two languages, a status."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from graphql import GraphQLError

from core.errors import AccessError
from core.i18n import Text, pick

type Shaped = dict[str, Any]
type RawHeaders = Sequence[tuple[bytes, bytes]]


@dataclass(frozen=True, slots=True)
class Kind:
    """One way to be refused."""

    code: str
    ko: str
    en: str
    status: int = 400
    # About the document, not the request: `application/json` answers it with 200.
    document: bool = False

    @property
    def text(self) -> Text:
        """Both languages."""
        return {"ko": self.ko, "en": self.en}


NOT_JSON = Kind("BAD_REQUEST", "본문이 JSON이 아닙니다: {reason}", "The body is not JSON: {reason}")
NOT_OBJECT = Kind(
    "BAD_REQUEST",
    "본문은 `query`가 있는 JSON 객체여야 합니다. 배치는 지원하지 않습니다.",
    "The body must be one JSON object with `query`; batches are not supported.",
)
BAD_PARAMETER = Kind("BAD_REQUEST", "`{name}` 값은 {ko}이어야 합니다.", "`{name}` must be {en}.")
NUL_CHARACTER = Kind(
    "BAD_USER_INPUT",
    "글자 U+0000은 쓸 수 없습니다.",
    "The character U+0000 is not allowed in a string.",
)
METHOD_NOT_ALLOWED = Kind(
    "METHOD_NOT_ALLOWED",
    "GET 또는 POST를 사용하세요.",
    "Use POST, or GET for queries.",
    405,
)
MUTATION_BY_GET = Kind(
    "METHOD_NOT_ALLOWED",
    "GET으로는 조회만 할 수 있습니다. POST를 사용하세요.",
    "GET runs queries only. Send this with POST.",
    405,
)
NOT_ACCEPTABLE = Kind(
    "NOT_ACCEPTABLE",
    "Accept: application/graphql-response+json, application/json, text/event-stream 중 하나.",
    "Accept one of application/graphql-response+json, application/json, text/event-stream.",
    406,
)
STREAM_REQUIRED = Kind(
    "STREAM_REQUIRED",
    "구독은 Accept: text/event-stream 또는 graphql-transport-ws 웹소켓이 필요합니다.",
    "A subscription needs Accept: text/event-stream, or a graphql-transport-ws WebSocket.",
    406,
)
BODY_TIMEOUT = Kind("BODY_TIMEOUT", "본문이 너무 늦습니다.", "The body came too slowly.", 408)
BODY_TOO_LARGE = Kind(
    "BODY_TOO_LARGE",
    "본문은 {limit}바이트까지입니다.",
    "The body may have at most {limit} bytes.",
    413,
)
UNSUPPORTED_MEDIA_TYPE = Kind(
    "UNSUPPORTED_MEDIA_TYPE",
    "Content-Type: application/json (UTF-8, 압축 없음)으로 보내세요.",
    "Send Content-Type: application/json, in UTF-8 and not compressed.",
    415,
)
TOO_MANY_CONNECTIONS = Kind(
    "TOO_MANY_CONNECTIONS",
    "연결이 너무 많습니다 (최대 {limit}). 다른 탭을 닫아 주세요.",
    "Too many open connections (at most {limit}). Close another one first.",
    429,
)
TOO_MANY_SUBSCRIPTIONS = Kind(
    "TOO_MANY_SUBSCRIPTIONS",
    "구독이 너무 많습니다 (최대 {limit}).",
    "Too many subscriptions at once (at most {limit}). End another one first.",
    429,
)
RATE_LIMITED = Kind(
    "RATE_LIMITED",
    "요청이 너무 많습니다. {seconds}초 뒤에 다시 시도해 주세요.",
    "Too many operations. Try again in {seconds} seconds.",
    429,
)
TOO_MANY_OPERATIONS_AT_ONCE = Kind(
    "TOO_MANY_OPERATIONS",
    "한 연결에서 동시에 {limit}개까지 실행할 수 있습니다.",
    "At most {limit} operations at once on one connection.",
    429,
)
SERVER_BUSY = Kind(
    "SERVER_BUSY",
    "서버가 붐빕니다. 잠시 뒤에 다시 연결해 주세요.",
    "This server is full. Connect again shortly.",
    503,
)
UNAVAILABLE = Kind(
    "SERVICE_UNAVAILABLE",
    "지금은 확인할 수 없습니다. 조금 뒤에 다시 시도해 주세요. (traceId {trace_id})",
    "This cannot be checked right now. Try again shortly. (traceId {trace_id})",
    503,
)
SLOW_CONSUMER = Kind(
    "SLOW_CONSUMER",
    "읽는 속도가 느려 {limit}개 이상 밀렸습니다. 마지막 커서부터 다시 구독하세요.",
    "More than {limit} events were waiting. Subscribe again from your last cursor.",
)
OPERATION_TIMEOUT = Kind(
    "OPERATION_TIMEOUT",
    "{seconds}초 안에 끝나지 않았습니다. 더 작게 나누어 요청해 주세요.",
    "Not done within {seconds} seconds. Ask for less at once.",
)
UNKNOWN_OPERATION = Kind(
    "OPERATION_NOT_FOUND",
    "실행할 작업을 찾을 수 없습니다. `operationName`을 확인해 주세요.",
    "No such operation in the document. Check `operationName`.",
    document=True,
)
TOO_DEEP = Kind(
    "DOCUMENT_TOO_DEEP",
    "깊이는 {limit}까지입니다.",
    "The document is nested deeper than {limit} levels.",
    document=True,
)
TOO_MANY_TOKENS = Kind(
    "TOO_MANY_TOKENS",
    "문서는 {limit}토큰까지입니다.",
    "The document has more than {limit} tokens.",
    document=True,
)
TOO_MANY_ALIASES = Kind(
    "TOO_MANY_ALIASES",
    "별칭은 {limit}개까지입니다.",
    "The operation has more than {limit} aliases.",
    document=True,
)
TOO_MANY_DIRECTIVES = Kind(
    "TOO_MANY_DIRECTIVES",
    "지시자는 {limit}개까지입니다.",
    "The operation has more than {limit} directives.",
    document=True,
)
TOO_MANY_ROOT_FIELDS = Kind(
    "TOO_MANY_ROOT_FIELDS",
    "최상위 필드는 {limit}개까지입니다.",
    "The operation has more than {limit} fields at its root.",
    document=True,
)
TOO_MANY_OPERATIONS = Kind(
    "TOO_MANY_OPERATIONS",
    "한 문서에 작업은 {limit}개까지입니다.",
    "The document has more than {limit} operations.",
    document=True,
)
TOO_MANY_NODES = Kind(
    "TOO_MANY_NODES",
    "객체를 {nodes}개까지 요청합니다 (최대 {limit}). `first`를 줄여 주세요.",
    "This may ask for {nodes} objects (at most {limit}). Lower `first`, or select fewer lists.",
    document=True,
)
TOO_COMPLEX = Kind(
    "TOO_COMPLEX",
    "값을 {values}개까지 요청합니다 (최대 {limit}). 필드나 `first`를 줄여 주세요.",
    "This may ask for {values} values (at most {limit}). Select fewer fields, or lower `first`.",
    document=True,
)
INTROSPECTION_DISABLED = Kind(
    "INTROSPECTION_DISABLED",
    "스키마 조회는 여기서 꺼져 있습니다. 공개된 graphql.schema 파일을 사용하세요.",
    "Introspection is off here. Use the published graphql.schema file.",
    document=True,
)
BROKEN = Kind(
    "INTERNAL",
    "저희 쪽에서 문제가 생겼습니다. (traceId {trace_id})",
    "Something went wrong on our side. (traceId {trace_id})",
    500,
)
INTERNAL = Kind("INTERNAL", "저희 쪽에서 문제가 생겼습니다.", "Something went wrong on our side.")


class RequestError(Exception, ABC):
    """Nothing is executed: the errors are the whole answer."""

    status = 400
    document = False
    code = "BAD_REQUEST"
    raw_headers: RawHeaders = ()

    @abstractmethod
    def shaped(self, locale: str) -> list[Shaped]:
        """Return the errors as clients see them."""


class Refusal(RequestError):
    """One rule of the transport said no."""

    def __init__(self, kind: Kind, **details: object) -> None:
        super().__init__(kind.code)
        self.kind, self.details = kind, details
        self.status, self.document, self.code = kind.status, kind.document, kind.code

    def shaped(self, locale: str) -> list[Shaped]:
        """Return the one error."""
        message = pick(self.kind.text, locale).format(**self.details)
        return [{"message": message, "extensions": {"code": self.code}}]


class Denied(RequestError):
    """The caller is not who they say."""

    status = 401

    def __init__(self, error: AccessError) -> None:
        super().__init__(error.code)
        self.error, self.code = error, error.code

    def shaped(self, locale: str) -> list[Shaped]:
        """Return the one error."""
        return [{"message": self.error.message(locale), "extensions": {"code": self.code}}]


class Invalid(RequestError):
    """The document or its variables do not fit the schema."""

    document = True

    def __init__(self, code: str, errors: Sequence[GraphQLError]) -> None:
        super().__init__(code)
        self.code, self.errors = code, errors

    def shaped(self, locale: str) -> list[Shaped]:
        """Return one error for each thing found."""
        return [located(error, error.message, {"code": self.code}) for error in self.errors]


def located(error: GraphQLError, message: str, extensions: Shaped) -> Shaped:
    """Return the error with its place in the document and in the response."""
    shaped: Shaped = {"message": message}
    if error.locations:
        shaped["locations"] = [{"line": at.line, "column": at.column} for at in error.locations]
    if error.path:
        shaped["path"] = error.path
    return {**shaped, "extensions": extensions}
