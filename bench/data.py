"""What every server reads: the shipped catalogue ten times over, and one cameo to watch."""

import copy
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import select, update

from core.db import Database
from core.settings import ROOT
from models.cameo import CameoJob, CameoStage, CameoStatus, Portrait, PortraitStatus
from models.catalogue import AspectRatio, CameoTemplate

CATALOGUE = ROOT / "data" / "catalogue.json"
# The shipped releases span less: copies follow one another in the order of the list.
YEARS_APART = 6
CUSTOMER, EMAIL = "cus_demo-minsu", "demo-minsu@example.com"
JOB, PORTRAIT = "cam_00000000000000000000000000", "por_00000000000000000000000000"


def write_catalogue(folder: Path, times: int) -> None:
    """Write a catalogue in which every product and every story stands so many times."""
    catalogue = json.loads(CATALOGUE.read_text())
    products, lore = copy.deepcopy((catalogue["products"], catalogue["lore"]))
    for number in range(1, times):
        names = {entry["id"] for entry in [*products, *lore]}
        names |= {variant["id"] for product in products for variant in product["variants"]}
        catalogue["products"] += [_product(p, number, names) for p in products]
        catalogue["lore"] += [_story(s, number, names) for s in lore]
        for character in catalogue["characters"]:
            own = [name for name in character["knows"] if name in names]
            character["knows"] += [f"{name}-{number}" for name in own]
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "catalogue.json").write_text(json.dumps(catalogue, ensure_ascii=False))


def _product(product: dict[str, Any], number: int, names: set[str]) -> dict[str, Any]:
    """Return one more product of this kind; it has no AR label and no mixed drinks."""
    found = _renamed(product, number, names)
    found["sku"] = f"{product['sku']}_{number}"
    if released := product.get("released"):
        found["released"] = f"{int(released[:4]) - YEARS_APART * number}{released[4:]}"
    found["cocktails"] = []
    found.pop("ar_experience", None)
    found.pop("ar_marker", None)
    return found


def _story(story: dict[str, Any], number: int, names: set[str]) -> dict[str, Any]:
    return {**_renamed(story, number, names), "unlock": "public"}


def _renamed(value: Any, number: int, names: set[str]) -> Any:
    match value:
        case str() if value in names:
            return f"{value}-{number}"
        case list():
            return [_renamed(item, number, names) for item in value]
        case dict():
            return {key: _renamed(item, number, names) for key, item in value.items()}
    return value


async def add_cameo(db: Database) -> None:
    """Add a cameo of a persona, in the making: nobody works on it, so only we move it."""
    now = datetime.now(UTC)
    portrait = Portrait(id=PORTRAIT, customer_id=CUSTOMER, content_type="image/jpeg")
    portrait.status, portrait.expires_at = PortraitStatus.READY, now + timedelta(days=1)
    async with db.write.begin() as session:
        template = (await session.scalars(select(CameoTemplate).limit(1))).one()
        session.add(portrait)
        await session.flush()
        session.add(
            CameoJob(
                id=JOB,
                customer_id=CUSTOMER,
                portrait_id=PORTRAIT,
                template_id=template.id,
                template_version=template.version,
                user_name="Minsu",
                locale="en",
                aspect_ratio=AspectRatio.PORTRAIT_9_16,
                status=CameoStatus.RUNNING,
                stage=CameoStage.RENDER,
                queued_at=now,
                started_at=now,
            )
        )


async def set_percent(db: Database, percent: int) -> None:
    """Move the cameo on, without telling anyone."""
    async with db.write.begin() as session:
        await session.execute(update(CameoJob).where(CameoJob.id == JOB).values(percent=percent))
