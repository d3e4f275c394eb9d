"""Coming in, going out, and what one's account says."""

from contextlib import suppress
from functools import partial

import strawberry

from core.db import undisturbed
from core.outbox import UnitOfWork
from gateways.storage import StorageUnavailable
from models.account import Customer as CustomerRow
from schema.access import mutation, public, query, signed_in, staff
from schema.account import (
    ChangePasswordInput,
    ChangePasswordResult,
    Customer,
    DeleteAccountResult,
    RefreshSessionResult,
    RegisterInput,
    RegisterResult,
    Session,
    SignInInput,
    SignInResult,
    UpdateAccountInput,
    UpdateAccountResult,
)
from schema.account_provider import (
    FinishProviderSignInInput,
    FinishProviderSignInResult,
    ProviderSignIn,
    SignInProvider,
    StartProviderSignInInput,
    StartProviderSignInResult,
)
from schema.account_staff import (
    CorrectBirthDateInput,
    CorrectBirthDateResult,
    CorrectedBirthDate,
)
from schema.context import Context, Info
from schema.erasure import ErasureReceipt
from services import account, cameo, checkout

member = signed_in(guest=False)


def door(context: Context) -> account.Doorway:
    """Return what the ways in need."""
    return account.Doorway(
        settings=context.settings,
        db=context.db,
        begin=context.begin,
        throttle=context.throttle,
        tokens=context.tokens,
        client=context.client,
        welcome=partial(_bring_cart, context),
    )


async def _bring_cart(context: Context, uow: UnitOfWork, customer: CustomerRow) -> None:
    """Give the account the guest's cart."""
    if context.viewer.is_guest:
        await checkout.adopt(uow, context.settings, context.viewer.id, customer.id)


@strawberry.type
class AccountQuery:
    """Who is asking."""

    @query(public)
    async def me(self, info: Info) -> Customer | None:
        """The customer who asks; null when nobody is signed in."""
        async with info.context.db.read() as session:
            return Customer.maybe(await account.me(session, info.context.viewer))

    @query(public)
    def sign_in_providers(self, info: Info) -> list[SignInProvider]:
        """The providers that one can sign in with, in the order to show them."""
        return SignInProvider.each(info.context.gateways.identities.providers.values())


@strawberry.type
class AccountMutation:
    """Ways in and out."""

    @mutation(public)
    async def register(self, info: Info, input: RegisterInput) -> RegisterResult:
        """Become a member. Sent with a guest's token, the guest becomes one and keeps everything;
        the guest's own tokens end. The same request may be sent again within 10 minutes.
        """
        context = info.context
        told = input.told(context.locale)
        return Session.of(
            await account.register(door(context), context.viewer, context.channel, told)
        )

    @mutation(public)
    async def sign_in(self, info: Info, input: SignInInput) -> SignInResult:
        """Begin a session with address and password. Sent by a guest, the account gets the guest's
        cart: what both carts hold is put together.
        """
        context = info.context
        return Session.of(await account.sign_in(door(context), input.email, input.password))

    @mutation(public)
    async def start_guest_session(self, info: Info) -> Session:
        """Begin a session without saying who one is; `register` later keeps what was made."""
        context = info.context
        return Session.of(
            await account.start_guest_session(door(context), context.channel, context.locale)
        )

    @mutation(public)
    async def start_provider_sign_in(
        self, info: Info, input: StartProviderSignInInput
    ) -> StartProviderSignInResult:
        """Begin a sign-in with a provider. Sent by a guest, it makes the guest a member; sent by a
        member within 5 minutes of signing in, it links the provider to the account.
        """
        context = info.context
        return ProviderSignIn.of(
            await account.start_provider_sign_in(
                door(context),
                context.gateways.identities,
                context.viewer,
                input.provider,
                input.redirect_uri,
            )
        )

    @mutation(public)
    async def finish_provider_sign_in(
        self, info: Info, input: FinishProviderSignInInput
    ) -> FinishProviderSignInResult:
        """End a sign-in with what the provider sent back, and begin a session. Send it as who
        began: with the same customer's access token, or with none. A guest's cart comes along.
        """
        context = info.context
        return Session.of(
            await account.finish_provider_sign_in(
                door(context),
                context.gateways.identities,
                context.viewer,
                context.channel,
                context.locale,
                input.state,
                input.code,
            )
        )

    @mutation(public)
    async def refresh_session(self, info: Info, refresh_token: str) -> RefreshSessionResult:
        """Exchange a refresh token for a new pair of tokens; the old one is spent.

        `refreshToken`: the newest one of the session.
        """
        context = info.context
        async with context.begin() as uow:
            grant = await account.refresh(uow, context.tokens, refresh_token, context.client)
        # Raised after the commit: a token used twice has just ended its session.
        if grant is None:
            raise account.RefreshTokenInvalid
        return Session.of(grant)

    @mutation(signed_in)
    async def sign_out(self, info: Info, refresh_token: str) -> bool:
        """End the session that this refresh token belongs to; its access tokens stop at once.

        `refreshToken`: any one of the session. False when it is not yours or had ended.
        """
        async with info.context.begin() as uow:
            return await account.sign_out(uow, info.context.viewer, refresh_token)

    @mutation(member)
    async def sign_out_everywhere(self, info: Info) -> int:
        """End all sessions of the account, this one too, and tell how many there were."""
        async with info.context.begin() as uow:
            return await account.sign_out_everywhere(uow, info.context.viewer)

    @mutation(signed_in)
    async def update_account(self, info: Info, input: UpdateAccountInput) -> UpdateAccountResult:
        """Change what the account says of its owner."""
        context = info.context
        async with context.begin() as uow:
            row = await account.update(uow, context.viewer, context.channel, input.told())
        return Customer.of(row)

    @mutation(member)
    async def change_password(self, info: Info, input: ChangePasswordInput) -> ChangePasswordResult:
        """Set another password; every session ends, and a new one begins. An account without one
        gets its first within 5 minutes of signing in.
        """
        context, current = info.context, input.current_password or None
        return Session.of(
            await account.change_password(
                door(context), context.viewer, current, input.new_password
            )
        )

    @mutation(staff("customers"))
    async def correct_birth_date(
        self, info: Info, input: CorrectBirthDateInput
    ) -> CorrectBirthDateResult:
        """Set the birth date of a customer who has shown evidence of it."""
        context = info.context
        async with context.begin() as uow:
            row = await account.correct_birth_date(
                uow, context.viewer, input.customer_id, input.birth_date
            )
        return CorrectedBirthDate.of(row)

    @mutation(signed_in)
    async def delete_account(self, info: Info, password: str | None = None) -> DeleteAccountResult:
        """Delete the account with its photos and films, for good; the receipt proves it.

        `password`: the account's password, once more. A guest needs none; an account without one
        is deleted within 5 minutes of signing in.
        """
        context = info.context
        await account.delete_account(door(context), context.viewer, password)
        with suppress(StorageUnavailable):
            storage = context.gateways.storage
            # A second try of the whole would find the account gone.
            await undisturbed(
                lambda: cameo.erase.everything(context.begin, storage, context.viewer.id)
            )
        async with context.db.read() as session:
            return ErasureReceipt.of(await cameo.erase.receipt(session, context.viewer.id))
