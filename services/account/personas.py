"""The catalogue's personas as customers that anyone may sign in as: in the sandbox only."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import delete
from sqlalchemy.dialects.postgresql import insert

from core.ids import new_id
from core.outbox import GraphChange, UnitOfWork
from core.settings import Settings
from core.viewer import Role
from models.account import Customer, CustomerInterest
from services.account import passwords
from services.account.age import KOREA

SANDBOX_PASSWORD = "nerdx-sandbox-only"  # noqa: S105
PERMISSIONS = ("catalogue", "cameo", "orders", "customers", "operations")
STAFF: Mapping[str, Any] = {
    "id": "demo-staff",
    "name": "NERDX Staff",
    "locale": "ko",
    "adult": True,
    "preferences": [],
    "interested": [],
    "role": "staff",
}
ADULT_YEARS, MINOR_YEARS = 30, 16


async def seed_personas(
    uow: UnitOfWork, personas: Sequence[Mapping[str, Any]], settings: Settings
) -> list[str]:
    """Make or renew the personas and one of the staff, and return their addresses.

    Raises PermissionError where SANDBOX_SIGN_IN is off, and in production.
    """
    if settings.is_production or not settings.sandbox_sign_in:
        raise PermissionError("personas are for a sandbox: SANDBOX_SIGN_IN is off")
    password_hash = await passwords.hashed(SANDBOX_PASSWORD)
    today = uow.now().astimezone(KOREA).date()
    everyone = [*personas, STAFF]
    for persona in everyone:
        await _seed(uow, persona, password_hash, today)
    return [address_of(persona["id"]) for persona in everyone]


def address_of(persona_id: str) -> str:
    """Return the address that a persona signs in with."""
    return f"{persona_id}@example.com"


def id_of(persona_id: str) -> str:
    """Return the customer that a persona is."""
    return f"cus_{persona_id}"


def birth_date_of(persona: Mapping[str, Any], today: date) -> date:
    """Return a birth date that makes a persona an adult, or a minor, all this year everywhere."""
    return date(today.year - (ADULT_YEARS if persona["adult"] else MINOR_YEARS), 6, 15)


async def _seed(
    uow: UnitOfWork, persona: Mapping[str, Any], password_hash: str, today: date
) -> None:
    role = Role(persona.get("role", Role.CUSTOMER))
    values = {
        "email": address_of(persona["id"]),
        "name": persona["name"],
        "locale": persona["locale"],
        "roles": list(dict.fromkeys((Role.CUSTOMER, role))),
        "permissions": list(PERMISSIONS) if role is Role.STAFF else [],
        "birth_date": birth_date_of(persona, today),
        "preferences": persona["preferences"],
        "password_hash": password_hash,
        "is_guest": False,
        "is_sandbox": True,
        "registered_at": uow.now(),
        "erased_at": None,
    }
    row = insert(Customer).values(id=id_of(persona["id"]), **values)
    await uow.session.execute(row.on_conflict_do_update(index_elements=["id"], set_=values))
    await _seed_interests(uow, persona)
    uow.send(GraphChange("customer", id_of(persona["id"])))


async def _seed_interests(uow: UnitOfWork, persona: Mapping[str, Any]) -> None:
    customer_id = id_of(persona["id"])
    mine = CustomerInterest.customer_id == customer_id
    await uow.session.execute(delete(CustomerInterest).where(mine))
    for product_id, score in persona["interested"]:
        interest = {"customer_id": customer_id, "product_id": product_id, "score": score}
        await uow.session.execute(insert(CustomerInterest).values(id=new_id("int"), **interest))
