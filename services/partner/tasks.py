"""The tasks of partners."""

from dataclasses import dataclass

from core.outbox import Task


@dataclass(frozen=True)
class DeliverWebhooks(Task):
    """Send a partner what is due: the rows are the truth, and the relay rings again."""

    partner_id: str
