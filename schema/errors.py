"""Domain errors as members of a mutation's result."""

from collections.abc import Callable
from typing import Any, Self

import strawberry

from core import errors, idempotency, throttle
from core.errors import DomainError
from core.i18n import current_locale
from schema.base import View


@strawberry.interface
class UserError(View[DomainError]):
    """An expected refusal, to show or to act on. Faults are top-level errors with a trace id."""

    code: str
    """Stable, for programs, such as CAMEO_LIMIT_REACHED."""
    message: str
    """For people, in the language of the request."""
    field: str | None
    """The input field it is about, such as `input.portraitId`."""
    retryable: bool
    """Whether the same request may succeed later without a change."""

    @classmethod
    def of(cls, row: DomainError) -> Self:
        """Show this error; further fields are copied from the exception."""
        return cls(row=row, **_told(row), **cls.details(row))

    @classmethod
    def details(cls, error: Any) -> dict[str, Any]:
        """Return what this kind of error says beyond the four common fields."""
        own = set(cls.__annotations__) - set(UserError.__annotations__)
        return {name: getattr(error, name) for name in own}


def _told(error: DomainError) -> dict[str, Any]:
    return {
        "code": error.code,
        "message": error.message(current_locale.get()),
        "field": error.field,
        "retryable": error.retryable,
    }


handlers: list[Any] = []


def error_for[T: UserError](*exceptions: type[DomainError]) -> Callable[[type[T]], type[T]]:
    """Show these exceptions as this type in every result that lists the type."""

    def bind(error_type: type[T]) -> type[T]:
        class Handler:
            def __init__(self) -> None:
                self.exception_type, self.error_type = exceptions, error_type

            def handle(self, exception: DomainError, *, field: Any, info: Any) -> T:
                return error_type.of(exception)

        handlers.append(Handler())
        return error_type

    return bind


@error_for(errors.NotFound)
@strawberry.type
class NotFound(UserError):
    """Someone asked for a thing that is not there, or that is not theirs: the two look alike."""


@error_for(errors.InvalidInput)
@strawberry.type
class InvalidInput(UserError):
    """A value breaks a rule that the type cannot say."""


@error_for(idempotency.IdempotencyConflict)
@strawberry.type
class IdempotencyConflict(UserError):
    """The key was used before with another request."""


@error_for(throttle.RateLimited)
@strawberry.type
class RateLimited(UserError):
    """Too often; try again after `retryAfterSeconds`."""

    retry_after_seconds: int
    """Seconds until the next try may succeed."""
