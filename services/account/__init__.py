"""Accounts: who a customer is, how they sign in, and how old they are."""

from services.account.age import LegalAge, age_in, age_state, today_in
from services.account.enter import Doorway, Registration, register, sign_in, start_guest_session
from services.account.erase import EraseCustomer, delete_account
from services.account.errors import BadCredentials, EmailTaken, RefreshTokenInvalid, WeakPassword
from services.account.graph import customers
from services.account.keep import Changes, change_password, me, update
from services.account.personas import (
    SANDBOX_PASSWORD,
    SandboxSignIn,
    sandbox_sign_ins,
    seed_personas,
)
from services.account.sessions import (
    Grant,
    SessionEnded,
    forget_old,
    is_open,
    refresh,
    session_topic,
    sign_out,
    sign_out_everywhere,
    viewer,
)

__all__ = [
    "SANDBOX_PASSWORD",
    "BadCredentials",
    "Changes",
    "Doorway",
    "EmailTaken",
    "EraseCustomer",
    "Grant",
    "LegalAge",
    "RefreshTokenInvalid",
    "Registration",
    "SandboxSignIn",
    "SessionEnded",
    "WeakPassword",
    "age_in",
    "age_state",
    "change_password",
    "customers",
    "delete_account",
    "forget_old",
    "is_open",
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
    "today_in",
    "update",
    "viewer",
]
