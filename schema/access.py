"""Who may use a root field. Every root field says so, and the SDL shows it (decision 14)."""

from collections.abc import Callable
from typing import Any, cast

import strawberry
from graphql import OperationType
from strawberry.extensions.field_extension import FieldExtension
from strawberry.schema_directive import Location
from strawberry.types.field import StrawberryField

from core import errors
from core.db import undisturbed
from core.telemetry import tracer
from core.viewer import AgeState, Viewer
from schema.context import Info


@strawberry.schema_directive(locations=[Location.FIELD_DEFINITION], name="public")
class PublicDirective:
    """Anyone may ask."""


@strawberry.schema_directive(locations=[Location.FIELD_DEFINITION], name="signedIn")
class SignedInDirective:
    """A signed-in customer, a guest included unless `guest: false`."""

    guest: bool = strawberry.directive_field(name="guest", default=True)
    """Whether guests may, too."""


@strawberry.schema_directive(locations=[Location.FIELD_DEFINITION], name="adult")
class AdultDirective:
    """Signed in, and of legal age in the channel and at home; a declared birth date is enough."""


@strawberry.schema_directive(locations=[Location.FIELD_DEFINITION], name="staff")
class StaffDirective:
    """Staff with this permission."""

    permission: str
    """Which one, such as `catalogue`."""


class Access(FieldExtension):
    """A rule about the viewer, decided without I/O before the resolver runs."""

    directive: object = PublicDirective()

    def check(self, viewer: Viewer) -> None:
        """Raise an AccessError if this viewer may not."""

    def apply(self, field: StrawberryField) -> None:
        """Print the rule in the SDL."""
        if self.directive not in field.directives:
            field.directives.append(self.directive)

    def resolve(self, next_: Any, source: Any, info: Info, **kwargs: Any) -> Any:
        """Check, then go on."""
        self.check(info.context.viewer)
        return next_(source, info, **kwargs)

    async def resolve_async(self, next_: Any, source: Any, info: Info, **kwargs: Any) -> Any:
        """Check, then go on; a subscription's generator is handed through.

        A mutation that a deadlock undid begins anew, unless a part of it was committed before.
        """
        self.check(info.context.viewer)
        with tracer.start_as_current_span(f"field {info.field_name}"):
            if info.operation.operation is OperationType.MUTATION:
                return await undisturbed(lambda: next_(source, info, **kwargs))
            result = next_(source, info, **kwargs)
            return result if hasattr(result, "__aiter__") else await result


class Public(Access):
    """Anyone may ask."""


class SignedIn(Access):
    """Signed in; a guest session counts unless refused."""

    def __init__(self, guest: bool = True) -> None:
        self._guest = guest
        self.directive = SignedInDirective(guest=guest)

    def __call__(self, *, guest: bool) -> "SignedIn":
        """Say whether guests may."""
        return SignedIn(guest)

    def check(self, viewer: Viewer) -> None:
        """Raise Unauthenticated or GuestRefused."""
        if viewer.customer_id is None:
            raise errors.Unauthenticated
        if viewer.is_guest and not self._guest:
            raise errors.GuestRefused


class Adult(Access):
    """Signed in, and of legal age in the channel and the home channel (row E14)."""

    directive = AdultDirective()

    def check(self, viewer: Viewer) -> None:
        """Raise Unauthenticated, BirthDateNeeded or TooYoung."""
        if viewer.customer_id is None:
            raise errors.Unauthenticated
        if viewer.age is AgeState.UNKNOWN:
            raise errors.BirthDateNeeded
        if viewer.age is AgeState.MINOR:
            raise errors.TooYoung


class Staff(Access):
    """Staff with a permission."""

    def __init__(self, permission: str) -> None:
        self._permission = permission
        self.directive = StaffDirective(permission=permission)

    def check(self, viewer: Viewer) -> None:
        """Raise Unauthenticated or Forbidden."""
        if viewer.customer_id is None:
            raise errors.Unauthenticated
        if self._permission not in viewer.permissions:
            raise errors.Forbidden


public, signed_in, adult, staff = Public(), SignedIn(), Adult(), Staff


def query[**P, R](access: Access) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Make a root field of Query, for those whom this rule lets in."""
    return cast("Callable[[Callable[P, R]], Callable[P, R]]", strawberry.field(extensions=[access]))


def mutation[**P, R](access: Access) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Make a root field of Mutation, for those whom this rule lets in."""
    return cast(
        "Callable[[Callable[P, R]], Callable[P, R]]", strawberry.mutation(extensions=[access])
    )


def subscription[**P, R](access: Access) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Make a root field of Subscription, for those whom this rule lets in."""
    return cast(
        "Callable[[Callable[P, R]], Callable[P, R]]", strawberry.subscription(extensions=[access])
    )
