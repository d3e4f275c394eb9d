"""Loads the catalogue, and gives a sandbox its customers and gift cards."""

import sys

from core import telemetry
from core.settings import Settings
from gateways.storage import StorageUnavailable
from services import catalogue, giftcard, partner, search
from services.account.personas import seed_personas
from workers.base import Work
from workers.search import vectors_of


async def run(settings: Settings) -> int:
    """Load the file, say what has changed, and return the exit code."""
    telemetry.start(settings, "seed")
    work = Work.of(settings)
    try:
        await work.gateways.storage.ensure_bucket()
        report = await catalogue.load(work.begin, settings.data_dir / "catalogue.json")
        if settings.is_sandbox:
            async with work.begin() as uow:
                await seed_personas(uow, settings)
                await giftcard.seed_cards(uow, settings)
                await partner.seed_token(uow, settings)
        await search.refresh(work.begin, vectors_of(work))
    except (catalogue.CatalogueInvalid, StorageUnavailable) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    finally:
        await work.close()
    sys.stdout.write(
        f"catalogue: {report.added} rows added, {report.changed} changed, "
        f"{report.retired} retired; {len(report.nodes)} nodes to project\n"
    )
    return 0
