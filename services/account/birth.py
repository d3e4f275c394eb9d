"""The birth date: told once, corrected by the customer to a later day only, otherwise by staff."""

import logging
from datetime import date

from core.errors import NotFound
from core.outbox import UnitOfWork
from core.viewer import Viewer
from models.account import Customer
from services.account import fields
from services.account.age import HAWAII
from services.account.errors import BirthDateFixed

log = logging.getLogger(__name__)


def tell(customer: Customer, day: date | None) -> None:
    """Take a birth date from the customer. Raises BirthDateFixed.

    A later day makes them younger, which lets nobody in; anything else would undo a minor's own
    word.
    """
    known = customer.birth_date
    if day == known:
        return
    if known is not None and (customer.age_verified_at or day is None or day < known):
        raise BirthDateFixed
    customer.birth_date = day


async def correct(uow: UnitOfWork, staff: Viewer, customer_id: str, day: date) -> Customer:
    """Set what staff have seen evidence of; an earlier proof ends, for it was of another day.

    Raises NotFound, InvalidInput.
    """
    customer = await uow.session.get(Customer, customer_id, with_for_update=True)
    if customer is None or customer.erased_at:
        raise NotFound("input.customerId")
    fields.birth_date_of(day, uow.now().astimezone(HAWAII).date())
    if customer.birth_date != day:
        customer.birth_date, customer.age_verified_at = day, None
        log.info("%s corrected the birth date of %s", staff.id, customer.id)
    return customer
