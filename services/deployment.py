"""Who owns a bucket: objects that a database does not know may be another database's."""

from sqlalchemy import select

from core.ids import new_id
from core.outbox import Transactions, UnitOfWork
from gateways.storage import ObjectMissing, Storage
from models.deployment import Deployment

MARKER = "nerdx-owner"
MAX_MARKER = 200


async def identity(uow: UnitOfWork) -> str:
    """Return the id of this deployment, which is made on first use."""
    await uow.lock("deployment")
    known = await uow.session.scalar(select(Deployment.id))
    if known is None:
        known = new_id("dep")
        uow.session.add(Deployment(id=known))
    return known


async def owns_bucket(begin: Transactions, storage: Storage) -> bool:
    """Tell whether the bucket is ours; one that nobody has marked becomes ours.

    Raises StorageUnavailable.
    """
    async with begin() as uow:
        mine = await identity(uow)
    try:
        return (await storage.get(MARKER, MAX_MARKER)).decode() == mine
    except ObjectMissing:
        await storage.put(MARKER, mine.encode(), "text/plain")
        return True
