"""Receipts of erasure: one for each thing that is gone."""

from collections.abc import Mapping, Sequence

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from core.ids import new_id
from core.outbox import UnitOfWork
from core.viewer import Viewer
from models.erasure import ErasureReceipt


async def record(
    uow: UnitOfWork, *, subject: str, customer_id: str, stores: Mapping[str, int]
) -> ErasureReceipt:
    """Write what was erased from which store; more of the same subject is added up."""
    await uow.lock("erasure", subject)
    receipt = await of_subject(uow.session, subject)
    if receipt is None:
        receipt = ErasureReceipt(id=new_id("era"), subject=subject, customer_id=customer_id)
        receipt.erased_at, receipt.stores = uow.now(), {}
        uow.session.add(receipt)
    names = {**receipt.stores, **stores}
    receipt.stores = {name: receipt.stores.get(name, 0) + stores.get(name, 0) for name in names}
    await uow.session.flush()
    return receipt


async def of_subject(session: AsyncSession, subject: str) -> ErasureReceipt | None:
    """Return the receipt of a thing that was erased."""
    found = select(ErasureReceipt).where(ErasureReceipt.subject == subject)
    return (await session.scalars(found)).first()


async def mine(session: AsyncSession, viewer: Viewer, ids: Sequence[str]) -> list[ErasureReceipt]:
    """Return those of the viewer's receipts that have these ids."""
    rows = select(ErasureReceipt).where(
        ErasureReceipt.id.in_(ids), ErasureReceipt.customer_id == viewer.customer_id
    )
    return list(await session.scalars(rows))


def statement(receipt: ErasureReceipt) -> dict[str, object]:
    """Return what a receipt attests, to be signed with our newest token key."""
    return {
        "jti": receipt.id,
        "sub": receipt.subject,
        "iat": int(receipt.erased_at.timestamp()),
        "stores": dict(sorted(receipt.stores.items())),
    }
