"""Signing in with a provider."""

from datetime import datetime
from typing import Annotated

import strawberry

from core.i18n import current_locale
from core.setting_shapes import SignInProvider as ProviderSettings
from schema.account import ReauthenticationNeeded, Session
from schema.base import View
from schema.errors import InvalidInput, NotFound, RateLimited, UserError, error_for
from services import account


@strawberry.type
class SignInProvider(View[ProviderSettings]):
    """Someone whom we believe who a person is, by OpenID Connect."""

    name: str
    """What `startProviderSignIn` takes, such as `google`."""

    @strawberry.field
    def label(self) -> str:
        """What to write on the button."""
        return self.row.label.get(current_locale.get()) or self.row.name.capitalize()


@strawberry.type
class ProviderSignIn(View[account.ProviderSignIn]):
    """A sign-in that was begun. Open the address, and keep the state to compare."""

    authorization_url: str
    """Where the customer signs in; it leads back to `redirectUri` with `code` and `state`."""
    state: str
    """Must be equal to the `state` that comes back; otherwise drop what came."""
    expires_at: datetime
    """10 minutes from now."""


@strawberry.input
class StartProviderSignInInput:
    """With whom to sign in, and where to come back."""

    provider: str
    """The name of one of `signInProviders`."""
    redirect_uri: str
    """One of those that are allowed, letter by letter."""


@strawberry.input
class FinishProviderSignInInput:
    """What the provider sent back to `redirectUri`."""

    state: str
    """The state of `startProviderSignIn`; good for one sign-in."""
    code: str
    """The code, as it came."""


@error_for(account.ProviderUnavailable)
@strawberry.type
class ProviderUnavailable(UserError):
    """The provider does not answer; the same request may succeed later."""


@error_for(account.ProviderRefused)
@strawberry.type
class ProviderRefused(UserError):
    """The code is wrong, used or too old, or the provider's answer does not hold: start again."""


@error_for(account.SignInStateInvalid)
@strawberry.type
class SignInStateInvalid(UserError):
    """Not begun by whoever asks, finished before, or more than 10 minutes old: start again."""


@error_for(account.AccountExists)
@strawberry.type
class AccountExists(UserError):
    """There is an account with the provider's address: sign in to it, then start again to link."""


@error_for(account.IdentityTaken)
@strawberry.type
class IdentityTaken(UserError):
    """This person at the provider signs in to another account."""


StartProviderSignInResult = Annotated[
    ProviderSignIn
    | NotFound
    | InvalidInput
    | ReauthenticationNeeded
    | ProviderUnavailable
    | RateLimited,
    strawberry.union("StartProviderSignInResult"),
]
FinishProviderSignInResult = Annotated[
    Session
    | SignInStateInvalid
    | ProviderRefused
    | ProviderUnavailable
    | AccountExists
    | IdentityTaken,
    strawberry.union("FinishProviderSignInResult"),
]
