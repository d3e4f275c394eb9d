"""What happens later to unlock codes."""

from services import ar, world
from services.order import MakeUnlockCodes
from workers.base import Work, handles


@handles(MakeUnlockCodes, max_retries=3)
async def make_unlock_codes(task: MakeUnlockCodes, work: Work) -> None:
    """Bring the codes of an order in line with it; the relay rings again when that fails."""
    async with work.begin() as uow:
        await ar.make(uow, work.settings, task.order_id)
        await world.people.bought(uow, work.settings, task.order_id)
