"""Deleting an account: what is personal goes at once, and the row stays as an empty shell."""

from dataclasses import dataclass

from sqlalchemy import delete

from core.outbox import GraphChange, Task, UnitOfWork
from core.viewer import Viewer
from models.account import AccountSession, Customer, CustomerInterest, RefreshToken
from models.erasure import ErasureReceipt
from models.notification import Notification
from services import erasure
from services.account.enter import Doorway, same_password
from services.account.keep import proven
from services.account.sessions import end_sessions


@dataclass(frozen=True)
class EraseCustomer(Task):
    """Erase what other stores hold of a customer whose account is gone."""

    customer_id: str


async def delete_account(door: Doorway, viewer: Viewer, password: str) -> ErasureReceipt:
    """End every session, wipe what is personal, and have the other stores erased.

    Raises BadCredentials, RateLimited.
    """
    known = await proven(door, viewer, password)
    async with door.begin() as uow:
        customer = await same_password(uow, known)
        rows = await _wipe(uow, customer)
        uow.send(EraseCustomer(customer.id))
        uow.send(GraphChange("customer", customer.id))
        return await erasure.record(
            uow, subject=customer.id, customer_id=customer.id, stores={"postgres": rows}
        )


async def _wipe(uow: UnitOfWork, customer: Customer) -> int:
    await end_sessions(uow, AccountSession.customer_id == customer.id)
    customer.email = customer.name = customer.password_hash = None
    customer.birth_date = customer.age_verified_at = None
    customer.preferences, customer.engagement_score = [], 0.0
    customer.erased_at = uow.now()
    of_customer = AccountSession.customer_id == customer.id
    tokens = RefreshToken.session_id == AccountSession.id
    wiped = 1
    for gone in (
        delete(RefreshToken).where(tokens, of_customer),
        delete(CustomerInterest).where(CustomerInterest.customer_id == customer.id),
        delete(Notification).where(Notification.customer_id == customer.id),
    ):
        result = await uow.session.execute(gone.returning(1))
        wiped += len(result.all())
    return wiped
