"""Accounts: who a customer is, how they sign in, and how old they are."""

from services.account.age import LegalAge, age_in, age_state, today_in
from services.account.birth import correct as correct_birth_date
from services.account.enter import Doorway, Registration, register, sign_in, start_guest_session
from services.account.erase import EraseCustomer, delete_account, erase_idle_guests, wipes
from services.account.errors import (
    AccountExists,
    BadCredentials,
    BirthDateFixed,
    EmailTaken,
    HomeChannelFixed,
    IdentityTaken,
    ProviderRefused,
    ProviderUnavailable,
    ReauthenticationNeeded,
    RefreshTokenInvalid,
    SignInStateInvalid,
    WeakPassword,
)
from services.account.graph import customers
from services.account.keep import Changes, change_password, me, update
from services.account.owners import viewer, viewers_now
from services.account.personas import (
    SANDBOX_PASSWORD,
    SandboxSignIn,
    sandbox_sign_ins,
    seed_personas,
)
from services.account.provider import ProviderSignIn, identities_of
from services.account.provider import finish as finish_provider_sign_in
from services.account.provider import start as start_provider_sign_in
from services.account.sessions import (
    Grant,
    SessionEnded,
    forget_old,
    refresh,
    session_topic,
    sign_out,
    sign_out_everywhere,
)

__all__ = [
    "SANDBOX_PASSWORD",
    "AccountExists",
    "BadCredentials",
    "BirthDateFixed",
    "Changes",
    "Doorway",
    "EmailTaken",
    "EraseCustomer",
    "Grant",
    "HomeChannelFixed",
    "IdentityTaken",
    "LegalAge",
    "ProviderRefused",
    "ProviderSignIn",
    "ProviderUnavailable",
    "ReauthenticationNeeded",
    "RefreshTokenInvalid",
    "Registration",
    "SandboxSignIn",
    "SessionEnded",
    "SignInStateInvalid",
    "WeakPassword",
    "age_in",
    "age_state",
    "change_password",
    "correct_birth_date",
    "customers",
    "delete_account",
    "erase_idle_guests",
    "finish_provider_sign_in",
    "forget_old",
    "identities_of",
    "me",
    "refresh",
    "register",
    "sandbox_sign_ins",
    "seed_personas",
    "session_topic",
    "sign_in",
    "sign_out",
    "sign_out_everywhere",
    "start_guest_session",
    "start_provider_sign_in",
    "today_in",
    "update",
    "viewer",
    "viewers_now",
    "wipes",
]
