"""Errors of execution as clients see them: coded, in their language, bugs masked."""

import logging

from graphql import GraphQLError

from core.db import is_unavailable
from core.errors import AccessError, DomainError, Unavailable
from core.i18n import pick
from routes.graphql.host import Caller
from routes.graphql.refusals import INTERNAL, RequestError, Shaped, located

logger = logging.getLogger("nerdx.graphql")


def shape(error: GraphQLError, caller: Caller) -> Shaped:
    """Show an error of execution; one without a code is a bug, logged and masked."""
    cause = first_cause(error)
    if isinstance(cause, AccessError | DomainError):
        return located(error, cause.message(caller.locale), _extensions(cause))
    if error.path is None or _is_argument_error(cause):
        return located(error, error.message, {"code": "BAD_USER_INPUT", **(error.extensions or {})})
    if isinstance((error.extensions or {}).get("code"), str):
        return located(error, error.message, dict(error.extensions or {}))
    return located(error, *mask(cause, caller, error.path))


def shape_exception(error: Exception, caller: Caller) -> list[Shaped]:
    """Show what broke a stream or an operation as a whole."""
    if isinstance(error, RequestError):
        return error.shaped(caller.locale)
    wrapped = error if isinstance(error, GraphQLError) else GraphQLError("", original_error=error)
    cause = first_cause(wrapped)
    if isinstance(cause, AccessError | DomainError):
        return [located(wrapped, cause.message(caller.locale), _extensions(cause))]
    if isinstance((wrapped.extensions or {}).get("code"), str):
        return [located(wrapped, wrapped.message, dict(wrapped.extensions or {}))]
    return [located(wrapped, *mask(cause, caller, None))]


def mask(cause: Exception, caller: Caller, path: object) -> tuple[str, Shaped]:
    """Log a bug and say only where to look for it; a busy database is no bug."""
    if is_unavailable(cause):
        logger.warning("database: %s, trace %s", type(cause).__name__, caller.trace_id)
        text = pick(Unavailable.text, caller.locale)
        return text, {"code": Unavailable.code, "retryable": True, "traceId": caller.trace_id}
    logger.error(
        "bug at %s, trace %s: %s", path, caller.trace_id, type(cause).__name__, exc_info=cause
    )
    return pick(INTERNAL.text, caller.locale), {"code": INTERNAL.code, "traceId": caller.trace_id}


def first_cause(error: Exception) -> Exception:
    """Return what was raised in the first place."""
    while isinstance(error, GraphQLError) and error.original_error is not None:
        error = error.original_error
    return error


def _extensions(cause: AccessError | DomainError) -> Shaped:
    extensions: Shaped = {"code": cause.code}
    if isinstance(cause, DomainError):
        extensions["retryable"] = cause.retryable
    return extensions


def _is_argument_error(cause: Exception) -> bool:
    """Tell a bad argument, found when the field runs, from a value that a resolver got wrong."""
    return (
        isinstance(cause, GraphQLError) and bool(cause.nodes) and cause.message.startswith("Argum")
    )
