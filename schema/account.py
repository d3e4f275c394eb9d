"""Customers, and how they come in."""

from datetime import date, datetime
from typing import Annotated, Self

import strawberry
from strawberry import UNSET

from core.i18n import DEFAULT_LOCALE
from core.pages import Page
from core.viewer import AgeState, Role
from dataloaders import Loaders
from models.account import Customer as CustomerRow
from models.account import Identity
from schema.base import Node, View, related
from schema.catalogue import Channel
from schema.chat.customer import CustomerChats
from schema.context import Info
from schema.customer_cameos import CustomerCameos
from schema.customer_checkout import CustomerCheckout
from schema.customer_orders import CustomerOrders
from schema.erasure import ErasureReceipt
from schema.errors import InvalidInput, RateLimited, UserError, error_for
from schema.node import nodes_of
from schema.notification import NotificationConnection
from services import account, notification

strawberry.enum(Role)
strawberry.enum(AgeState)


@strawberry.type
class LinkedProvider(View[Identity]):
    """A provider that signs in to the account."""

    provider: str
    """Its name, as in `signInProviders`."""
    created_at: strawberry.Private[datetime]

    @strawberry.field
    def linked_at(self) -> datetime:
        """Since when."""
        return self.created_at


@strawberry.type
class Customer(CustomerCameos, CustomerChats, CustomerCheckout, CustomerOrders, Node):
    """A person who is signed in: a member, or a guest who has not said who they are."""

    email: str | None
    """The address to sign in with; null for a guest."""
    name: str | None
    """What the customer wants to be called."""
    locale: str
    """The language of mails: ko or en."""
    roles: list[Role]
    """What the customer is to us."""
    is_guest: bool
    """Whether this is a guest, who can become a member with `register`."""
    birth_date: date | None
    """As told by the customer, or as proven."""
    preferences: list[str]
    """What the customer likes, as tags in small letters."""
    created_at: datetime
    """When the customer first came."""
    home_channel: Channel | None = related(
        Loaders.market,
        Channel.maybe,
        key=lambda root: root.row.home_channel,
        description="The market the customer belongs to: that of the request that registered them.",
    )

    @classmethod
    def of(cls, row: CustomerRow) -> Self:
        """Show this row."""
        shown = super().of(row)
        shown.roles = [Role(role) for role in row.roles]
        return shown

    @strawberry.field
    async def age(self, info: Info) -> AgeState:
        """Whether the customer is of legal age, and how sure that is: in the request's channel and
        in the home channel, whichever is stricter.
        """
        context, row = info.context, self.row
        home = await context.loaders.market.load(row.home_channel) if row.home_channel else None
        now = context.begin.now()
        return account.age_in(context.channel, home, row.birth_date, row.age_verified_at, now)

    @strawberry.field
    def has_password(self) -> bool:
        """Whether there is a password to sign in with, and to confirm with."""
        return self.row.password_hash is not None

    @strawberry.field
    async def linked_providers(self, info: Info) -> list[LinkedProvider]:
        """The providers that sign in to this account."""
        async with info.context.db.read() as session:
            return LinkedProvider.each(await account.identities_of(session, self.row.id))

    @strawberry.field
    async def notifications(
        self, info: Info, first: int = 20, after: str | None = None, unread_only: bool = False
    ) -> NotificationConnection:
        """What the customer was told, newest first.

        `unreadOnly`: leave out what was marked as read.
        """
        asked = Page(first, after)
        async with info.context.db.read() as session:
            rows = await notification.page(session, self.owner, asked, unread_only)
        return NotificationConnection.of(rows, asked, self.owner)


@strawberry.type
class Session(View[account.Grant]):
    """A sign-in on one device: keep both tokens secret, and renew them with `refreshSession`."""

    access_token: str
    """Send it as `Authorization: Bearer …`."""
    access_token_expires_at: datetime
    """15 minutes from now."""
    refresh_token: str
    """Good for one `refreshSession`; shown this once."""
    refresh_token_expires_at: datetime
    """7 days from now."""
    customer: Customer
    """Who is signed in."""

    @classmethod
    def of(cls, row: account.Grant) -> Self:
        """Show this grant."""
        shown = super().of(row)
        shown.customer = Customer.of(row.customer)
        return shown


@strawberry.input
class RegisterInput:
    """Who becomes a member."""

    email: str
    """The address to sign in with: at most 254 characters, in large or small letters alike."""
    password: str
    """10 to 256 characters; no common password, and not the address or the name."""
    name: str | None = UNSET
    """At most 100 characters."""
    locale: str | None = UNSET
    """ko or en; the language of the request if left out."""
    birth_date: date | None = UNSET
    """Needed for what is for adults only; later only staff can make it an earlier day."""

    def told(self, locale: str = DEFAULT_LOCALE) -> account.Registration:
        """Return the registration that the services know."""
        return account.Registration(
            email=self.email,
            password=self.password,
            locale=self.locale or locale,
            name=self.name or None,
            birth_date=self.birth_date or None,
        )


@strawberry.input
class SignInInput:
    """Who wants to come in."""

    email: str
    """The address of the account."""
    password: str
    """Its password."""


@strawberry.input
class UpdateAccountInput:
    """What to change: what is left out stays, null clears it."""

    name: str | None = UNSET
    """At most 100 characters."""
    locale: str | None = UNSET
    """ko or en; null leaves it as it is."""
    birth_date: date | None = UNSET
    """Once it was told only to a later day, and not at all once it was proven."""
    preferences: list[str] | None = UNSET
    """Up to 50 tags of up to 40 characters, such as `sweet`; they replace the present ones."""
    home_channel: strawberry.ID | None = UNSET
    """One of `channels`. One with a lower legal age is for those who are of age in theirs; null
    leaves it as it is.
    """

    def told(self) -> account.Changes:
        """Return what was given."""
        changes = account.Changes()
        if self.name is not UNSET:
            changes["name"] = self.name
        if self.locale is not UNSET:
            changes["locale"] = self.locale
        if self.birth_date is not UNSET:
            changes["birth_date"] = self.birth_date
        if self.preferences is not UNSET:
            changes["preferences"] = self.preferences
        if self.home_channel:
            changes["home_channel"] = self.home_channel
        return changes


@strawberry.input
class ChangePasswordInput:
    """The password as it is and as it shall be."""

    current_password: str | None = UNSET
    """The password that signs in now; left out where there is none yet."""
    new_password: str
    """10 to 256 characters; no common password, and not the address or the name."""


@error_for(account.BadCredentials)
@strawberry.type
class BadCredentials(UserError):
    """Wrong address or wrong password: the two look alike."""


@error_for(account.EmailTaken)
@strawberry.type
class EmailTaken(UserError):
    """There is an account with this address."""


@error_for(account.WeakPassword)
@strawberry.type
class WeakPassword(UserError):
    """Too short, too common, or the customer's own address or name."""

    minimum_length: int
    """How many characters a password has at least."""


@error_for(account.BirthDateFixed)
@strawberry.type
class BirthDateFixed(UserError):
    """A birth date that was told can only be changed to a later day, one that was proven never."""


@error_for(account.HomeChannelFixed)
@strawberry.type
class HomeChannelFixed(UserError):
    """The other channel has a lower legal age, and the customer is not of age at home."""


@error_for(account.ReauthenticationNeeded)
@strawberry.type
class ReauthenticationNeeded(UserError):
    """Sign in again, then repeat the request within 5 minutes with the new access token."""


@error_for(account.RefreshTokenInvalid)
@strawberry.type
class RefreshTokenInvalid(UserError):
    """Expired, revoked, or used twice; used twice ends the session."""


RegisterResult = Annotated[
    Session | EmailTaken | WeakPassword | BirthDateFixed | InvalidInput | RateLimited,
    strawberry.union("RegisterResult"),
]
SignInResult = Annotated[
    Session | BadCredentials | RateLimited,
    strawberry.union("SignInResult"),
]
RefreshSessionResult = Annotated[
    Session | RefreshTokenInvalid,
    strawberry.union("RefreshSessionResult"),
]
UpdateAccountResult = Annotated[
    Customer | InvalidInput | BirthDateFixed | HomeChannelFixed,
    strawberry.union("UpdateAccountResult"),
]
ChangePasswordResult = Annotated[
    Session | BadCredentials | ReauthenticationNeeded | WeakPassword | InvalidInput | RateLimited,
    strawberry.union("ChangePasswordResult"),
]
DeleteAccountResult = Annotated[
    ErasureReceipt | BadCredentials | ReauthenticationNeeded | RateLimited,
    strawberry.union("DeleteAccountResult"),
]


@nodes_of("cus")
async def customers(info: Info, ids: list[str]) -> dict[str, Node]:
    """Find the viewer; nobody sees anyone else."""
    viewer = info.context.viewer
    if viewer.customer_id not in ids:
        return {}
    async with info.context.db.read() as session:
        row = await account.me(session, viewer)
    return {row.id: Customer.of(row)} if row else {}
