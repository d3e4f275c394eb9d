"""Messages of providers, each taken once however often it is sent."""

from sqlalchemy.dialects.postgresql import insert

from core.outbox import UnitOfWork
from models.cameo import WebhookReceipt


async def is_first(uow: UnitOfWork, webhook_id: str) -> bool:
    """Keep the id of a verified message; False when it was kept before."""
    receipt = insert(WebhookReceipt).values(id=webhook_id).on_conflict_do_nothing()
    return (await uow.session.execute(receipt.returning(WebhookReceipt.id))).first() is not None
