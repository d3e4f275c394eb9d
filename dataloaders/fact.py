"""What facts are about, and who told them."""

from dataloaders.base import LoaderSet, by_id, maybe
from models.account import Customer
from models.fact import Fact, FactProposal, WorldDocument
from models.world import WorldKind
from services.world import Thing, rows_of


class FactLoaders(LoaderSet):
    """Things of the world by `kind/id`, facts, and people."""

    fact = by_id(Fact)
    proposal = by_id(FactProposal)
    document = by_id(WorldDocument)
    person = by_id(Customer)

    @maybe
    async def thing(self, keys: list[str]) -> dict[str, object]:
        """What stands under a key, also if it left the catalogue."""
        parts = {key: key.partition("/") for key in keys}
        wanted = {key: Thing(WorldKind(kind), id) for key, (kind, _, id) in parts.items()}
        async with self.db.read() as session:
            rows = await rows_of(session, wanted.values(), gone=True)
        return {key: rows[thing] for key, thing in wanted.items() if thing in rows}
