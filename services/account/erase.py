"""Deleting an account: what is personal goes at once, and the row stays as an empty shell."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, delete, false, func, or_, select

from core.outbox import GraphChange, Task, UnitOfWork
from core.viewer import Viewer
from models.account import (
    AccountSession,
    Customer,
    CustomerInterest,
    Identity,
    RefreshToken,
    SignInState,
)
from models.erasure import ErasureReceipt
from models.experiment import Exposure
from models.notification import Notification
from models.people import CustomerChat, CustomerView, InterestMove
from services import erasure
from services.account.enter import Doorway, same_password
from services.account.keep import proven
from services.account.sessions import end_sessions

BATCH = 200
FIRST_SECONDS = 10

type Wipe = Callable[[UnitOfWork, str], Awaitable[int]]

type Hold = Callable[[datetime], ColumnElement[bool]]

_wipes: list[Wipe] = []
_holds: list[Hold] = []


@dataclass(frozen=True)
class EraseCustomer(Task):
    """Erase what other stores hold of a customer whose account is gone."""

    customer_id: str


def wipes(wipe: Wipe) -> Wipe:
    """Have a domain's rows of a customer wiped in the transaction that erases the account.

    The function gets the customer's id, removes or empties what is personal, and returns how many
    rows that were. What is not in Postgres goes later, with EraseCustomer.
    """
    _wipes.append(wipe)
    return wipe


def wipes_first(wipe: Wipe) -> Wipe:
    """As `wipes`, before all others: its rows are the first to be locked."""
    _wipes.insert(0, wipe)
    return wipe


def holds(hold: Hold) -> Hold:
    """Keep guests of whom this is true from being erased for being away.

    The function gets the time since which they were away long enough, and returns a condition
    on Customer. Who asks to be erased is not held.
    """
    _holds.append(hold)
    return hold


async def delete_account(door: Doorway, viewer: Viewer, password: str | None) -> ErasureReceipt:
    """Erase the viewer, a guest without further questions.

    Raises BadCredentials, ReauthenticationNeeded, RateLimited.
    """
    known = await proven(door, viewer, password)
    async with door.begin() as uow:
        return await erase(uow, await same_password(uow, known))


async def erase(uow: UnitOfWork, customer: Customer) -> ErasureReceipt:
    """End every session, wipe what is personal, and have the other stores erased."""
    await end_sessions(uow, AccountSession.customer_id == customer.id)
    customer.email = customer.name = customer.password_hash = customer.home_channel = None
    customer.birth_date = customer.age_verified_at = None
    customer.preferences, customer.engagement_score = [], 0.0
    customer.erased_at = uow.now()
    rows = 1
    for wipe in _wipes:
        rows += await wipe(uow, customer.id)
    # Who asked is shown the receipt: the request erases first, and tells of all of it.
    uow.send(EraseCustomer(customer.id), delay=FIRST_SECONDS)
    uow.send(GraphChange("customer", customer.id))
    return await erasure.record(
        uow, subject=customer.id, customer_id=customer.id, stores={"postgres": rows}
    )


async def erase_idle_guests(uow: UnitOfWork, days: int) -> int:
    """Erase guests who could not have come back for so many days; return how many.

    A guest has one session, and can come back as long as that is open and a refresh token lives.
    Who bought something stays for what is owed to them.
    """
    since = uow.now() - timedelta(days=days)
    alive = (
        select(RefreshToken.id)
        .join(AccountSession, AccountSession.id == RefreshToken.session_id)
        .where(AccountSession.customer_id == Customer.id)
        .where(func.least(RefreshToken.expires_at, AccountSession.ended_at) > since)
    )
    idle = select(Customer).where(
        Customer.is_guest, Customer.erased_at.is_(None), Customer.created_at < since
    )
    held = (hold(since) for hold in _holds)
    idle = idle.where(~alive.exists(), ~or_(false(), *held)).order_by(Customer.id).limit(BATCH)
    found = (await uow.session.scalars(idle.with_for_update(skip_locked=True))).all()
    for guest in found:
        await erase(uow, guest)
    return len(found)


@wipes
async def _ways_in(uow: UnitOfWork, customer_id: str) -> int:
    of_customer = AccountSession.customer_id == customer_id
    rows = 0
    for gone in (
        delete(RefreshToken).where(RefreshToken.session_id == AccountSession.id, of_customer),
        delete(Identity).where(Identity.customer_id == customer_id),
        delete(SignInState).where(SignInState.customer_id == customer_id),
    ):
        rows += len((await uow.session.execute(gone.returning(1))).all())
    return rows


@wipes
async def _told(uow: UnitOfWork, customer_id: str) -> int:
    rows = 0
    for gone in (
        delete(CustomerInterest).where(CustomerInterest.customer_id == customer_id),
        delete(InterestMove).where(InterestMove.customer_id == customer_id),
        delete(CustomerChat).where(CustomerChat.customer_id == customer_id),
        delete(CustomerView).where(CustomerView.customer_id == customer_id),
        delete(Exposure).where(Exposure.customer_id == customer_id),
        delete(Notification).where(Notification.customer_id == customer_id),
    ):
        rows += len((await uow.session.execute(gone.returning(1))).all())
    return rows
