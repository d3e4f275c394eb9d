"""What happens later to unlock codes."""

from services import ar
from services.order import MakeUnlockCodes
from workers.base import Work, handles


@handles(MakeUnlockCodes)
async def make_unlock_codes(task: MakeUnlockCodes, work: Work) -> None:
    """Bring the codes of an order in line with it."""
    async with work.begin() as uow:
        await ar.make(uow, work.settings, task.order_id)
