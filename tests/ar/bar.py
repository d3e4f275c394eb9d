"""What tests of AR do: people buy, unlock and play, through the door."""

import asyncio
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import update

from app import App
from models.ar import UnlockCode
from services import ar
from tests.conftest import World
from tests.support.api import Api, key
from tests.support.shop import Bought, buy

SIGNATURE, SINGING = "nerd12-signature", "the-jar-that-sings"
EXPERIENCE = "ar-nerd12-signature"
MINI, TRIO = "nerd12-signature-180", "nerd-trio-box"
CODE = "{ id code status devices maxDevices expiresAt qrSvgUrl qrPngUrl product { id } }"
CODES = f"query ($id: ID!) {{ order(id: $id) {{ unlockCodes {CODE} }} }}"
SEEN = """query ($product: ID!) { arExperience(productId: $product) {
  id labelMarker requiresUnlock teaser unlocked unlockedUntil product { id }
  animations { __typename trigger caption
    ... on ArModelAnimation { glbUrl usdzUrl animationName durationSeconds }
    ... on ArVideoAnimation { videoUrl overlay lore { id } }
    ... on ArRecipeAnimation { recipes { id steps } }
    ... on ArAudioAnimation { audioUrl lore { id body lockedBy { reason } } }
    ... on ArRevealAnimation { countdownSeconds stepSeconds durationSeconds } } } }"""
UNLOCK = """mutation ($i: UnlockArInput!) { unlockAr(input: $i) { __typename
  ... on ArUnlock { id expiresAt devicesLeft experience { id unlocked } }
  ... on UnlockRefused { triesLeft } ... on TooManyDevices { maximum }
  ... on RateLimited { retryAfterSeconds }
  ... on UserError { code message field retryable } } }"""
TRACK = """mutation ($i: TrackArEngagementInput!) { trackArEngagement(input: $i) { __typename
  ... on ArEngagementResult { accepted repeated refused { eventId fault message }
    unlockedLore { id body } }
  ... on UserError { code message field } } }"""
MANIFEST = """query ($id: ID!, $engine: ArEngine!) {
  arManifest(experienceId: $id, engine: $engine) { __typename
    ... on ArManifest { engine url contentType expiresAt }
  ... on UserError { code message field } } }"""


@dataclass
class Bar:
    """One API with a customer and staff at its door; codes are made by a real worker or by hand."""

    world: World
    host: App
    customer: Api
    staff: Api

    async def bought(self, units: Mapping[str, int], api: Api | None = None, **more: Any) -> Bought:
        """Have somebody buy so many units by variant, and have the codes made."""
        bought = await buy(self.host, (api or self.customer).customer_id, units, **more)
        await self.make(bought)
        return bought

    async def make(self, bought: Bought) -> None:
        """Do what the worker does when it hears of an order."""
        async with self.host.begin() as uow:
            await ar.make(uow, self.world.settings, bought.id)

    async def codes(self, bought: Bought, api: Api | None = None) -> list[dict[str, Any]]:
        """What the buyer sees of an order's codes."""
        return list((await (api or self.customer).one(CODES, id=bought.id))["unlockCodes"])

    async def code(self, **options: Any) -> str:
        """Buy one small bottle, and return its code."""
        return str((await self.codes(await self.bought({MINI: 1}, **options)))[0]["code"])

    async def unlock(self, code: str, device: str = "phone", api: Api | None = None) -> Any:
        """Have a device let in."""
        given = {"code": code, "deviceId": device}
        return await (api or self.customer).one(UNLOCK, i=given)

    async def seen(self, api: Api | None = None, product: str = SIGNATURE) -> Any:
        """What somebody sees of what a label shows."""
        return await (api or self.customer).one(SEEN, product=product)

    async def track(self, *events: Mapping[str, Any], api: Api | None = None) -> Any:
        """Tell what somebody did."""
        return await (api or self.customer).one(TRACK, i={"events": [dict(one) for one in events]})

    async def change(self, code_id: str, **values: Any) -> None:
        """Change a code by hand."""
        async with self.host.begin() as uow:
            row = update(UnlockCode).where(UnlockCode.id == code_id)
            await uow.session.execute(row.values(**values))


def event(trigger: str = "SCAN", *, ago: float = 0, **more: Any) -> dict[str, Any]:
    """An event so many seconds ago."""
    at = datetime.now(UTC) - timedelta(seconds=ago)
    own = {"eventId": uuid.uuid4().hex, "experienceId": EXPERIENCE, "trigger": trigger}
    return {**own, "at": at.isoformat(), **more}


def below(url: str) -> str:
    """The path and the query of an address."""
    parts = urlsplit(url)
    return f"{parts.path}?{parts.query}"


async def until(found: Callable[[], Any], seconds: float = 30) -> Any:
    """Wait until something is there, and return it."""
    async with asyncio.timeout(seconds):
        while True:
            if value := await found():
                return value
            await asyncio.sleep(0.05)


__all__ = ["Bar", "below", "event", "key", "until"]
