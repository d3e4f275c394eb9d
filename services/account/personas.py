"""The catalogue's personas as customers that anyone may sign in as: in the sandbox only."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from core.ids import new_id
from core.outbox import GraphChange, UnitOfWork
from core.settings import Settings
from core.viewer import Role
from models.account import Customer, CustomerInterest
from models.catalogue import Persona
from services.account import passwords
from services.account.age import KOREA

SANDBOX_PASSWORD = "nerdx-sandbox-only"  # noqa: S105
PERMISSIONS = (
    *("catalogue", "cameo", "orders", "customers", "operations", "stock.read", "stock.write"),
    *("orders.read", "orders.write", "orders.refund", "partners.manage", "giftcards.issue"),
    *("world.read", "world.write", "experiments.read"),
)
ADULT_YEARS, MINOR_YEARS = 30, 16
# Their age is proven, so that they can buy at once; the others show how a proof is given.
PROVEN = frozenset({"demo-alice", "demo-minsu", "demo-partner"})


@dataclass(frozen=True)
class SandboxSignIn:
    """What a page shows of a persona, for a sign-in with one click."""

    id: str
    name: str
    locale: str
    email: str
    password: str
    channel: str
    role: str
    adult: bool


async def seed_personas(uow: UnitOfWork, settings: Settings) -> None:
    """Make or renew the catalogue's personas and one of the staff.

    Raises PermissionError where SANDBOX_SIGN_IN is off, and in production.
    """
    if not may_sign_in(settings):
        raise PermissionError("personas are for a sandbox: SANDBOX_SIGN_IN is off")
    password_hash = await passwords.hashed(SANDBOX_PASSWORD)
    today = uow.now().astimezone(KOREA).date()
    for persona in await _everyone(uow.session):
        await _seed(uow, persona, password_hash, today)
        await _seed_interests(uow, persona)


async def sandbox_sign_ins(session: AsyncSession, settings: Settings) -> list[SandboxSignIn]:
    """Return how to sign in as each persona; nobody outside a sandbox."""
    if not may_sign_in(settings):
        return []
    return [
        SandboxSignIn(
            customer_id(persona),
            persona.name,
            persona.locale,
            email_of(persona),
            SANDBOX_PASSWORD,
            persona.channel_id,
            persona.role,
            persona.adult,
        )
        for persona in await _everyone(session)
    ]


def may_sign_in(settings: Settings) -> bool:
    """Tell whether this is a sandbox where personas are customers; never in production."""
    return settings.sandbox_sign_in and not settings.is_production


def email_of(persona: Persona) -> str:
    """Return the address that a persona signs in with."""
    return f"{persona.id}@example.com"


def customer_id(persona: Persona) -> str:
    """Return the customer that a persona is."""
    return f"cus_{persona.id}"


def birth_date_of(persona: Persona, today: date) -> date:
    """Return a birth date that makes a persona an adult, or a minor, all this year everywhere."""
    return date(today.year - (ADULT_YEARS if persona.adult else MINOR_YEARS), 6, 15)


async def _everyone(session: AsyncSession) -> list[Persona]:
    found = await session.scalars(
        select(Persona).where(Persona.active).order_by(Persona.position, Persona.id)
    )
    staff = Persona(id="demo-staff", name="NERDX Staff", locale="ko", channel_id="kr", adult=True)
    staff.role, staff.preferences, staff.interested = Role.STAFF, [], []
    return [*found, staff]


async def _seed(uow: UnitOfWork, persona: Persona, password_hash: str, today: date) -> None:
    role = Role(persona.role)
    values = {
        "email": email_of(persona),
        "name": persona.name,
        "locale": persona.locale,
        "roles": list(dict.fromkeys((Role.CUSTOMER, role))),
        "permissions": list(PERMISSIONS) if role is Role.STAFF else [],
        "birth_date": birth_date_of(persona, today),
        "home_channel": persona.channel_id,
        "preferences": persona.preferences,
        "password_hash": password_hash,
        "is_guest": False,
        "is_sandbox": True,
        "registered_at": uow.now(),
        "erased_at": None,
    }
    if persona.id in PROVEN:
        values["age_verified_at"] = uow.now()
    row = insert(Customer).values(id=customer_id(persona), **values)
    await uow.session.execute(row.on_conflict_do_update(index_elements=["id"], set_=values))
    uow.send(GraphChange("customer", customer_id(persona)))


async def _seed_interests(uow: UnitOfWork, persona: Persona) -> None:
    own = {"customer_id": customer_id(persona)}
    mine = CustomerInterest.customer_id == own["customer_id"]
    await uow.session.execute(delete(CustomerInterest).where(mine))
    for product_id, score in persona.interested:
        row = insert(CustomerInterest).values(id=new_id("int"), **own)
        await uow.session.execute(
            row.values(product_id=product_id, score=score, changed_at=uow.now())
        )
