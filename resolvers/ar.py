"""What labels show, who may enter, and what people do there."""

from typing import Annotated

import strawberry

from core.errors import NotFound
from core.ids import is_id
from schema.access import adult, mutation, public, query, signed_in
from schema.ar import (
    ArEngagementResult,
    ArManifest,
    ArManifestResult,
    ArUnlock,
    TrackArEngagementInput,
    TrackArEngagementResult,
    UnlockArInput,
    UnlockArResult,
)
from schema.catalogue import ArExperience
from schema.context import Info
from schema.scalars import URL
from services import ar
from services.ar import ArEngine

ProductId = Annotated[strawberry.ID, strawberry.argument(description="Whose label.")]
ExperienceId = Annotated[strawberry.ID, strawberry.argument(description="What is to be loaded.")]
Engine = Annotated[ArEngine, strawberry.argument(description="What is to draw it.")]

BATCHES = {"limit": 60, "seconds": 60}


@strawberry.type
class ArQuery:
    """What a label shows."""

    @query(public)
    async def ar_experience(self, info: Info, product_id: ProductId) -> ArExperience | None:
        """What the label of a product shows; null where it shows nothing.

        `productId`: Of which drink.
        """
        if not is_id(product_id):
            return None
        async with info.context.db.read() as session:
            return ArExperience.maybe(await ar.of_product(session, product_id))

    @query(signed_in)
    async def ar_manifest(
        self, info: Info, experience_id: ExperienceId, engine: Engine
    ) -> ArManifestResult:
        """What an AR app loads for an experience that the viewer has unlocked.

        `experienceId`: Which experience.
        `engine`: What the app draws with.
        """
        context = info.context
        async with context.db.read() as session:
            row = await ar.experience(session, experience_id) if is_id(experience_id) else None
            if row is None or not ar.serves(row, engine):
                raise NotFound("experienceId" if row is None else "engine")
            if not await ar.may_enter(session, context.viewer, row, context.now()):
                raise ar.ArLocked
        link = ar.link(context.settings, row.id, engine, context.now())
        return ArManifest(
            engine=engine,
            url=URL(link.url),
            content_type="application/json",
            expires_at=link.expires_at,
        )


@strawberry.type
class ArMutation:
    """Entering experiences, and telling what was done there."""

    @mutation(adult)
    async def unlock_ar(self, info: Info, input: UnlockArInput) -> UnlockArResult:
        """Let a device in with a code; the same device again takes no other place.

        Wrong codes are counted for the account and for its network address; after five nothing
        opens for some minutes.
        """
        context = info.context
        gate = ar.Gate(context.settings, context.begin, context.throttle, context.client)
        return ArUnlock.of(await ar.unlock(gate, context.viewer, input.code, input.device_id))

    @mutation(signed_in)
    async def track_ar_engagement(
        self, info: Info, input: TrackArEngagementInput
    ) -> TrackArEngagementResult:
        """Tell what the viewer did, up to 100 events at once, late and in any order.

        Each counts once. They open stories and move what the viewer is interested in.
        """
        context = info.context
        await context.throttle.spend("trackArEngagement", context.viewer.id, **BATCHES)
        async with context.begin() as uow:
            signs = [event.told() for event in input.events]
            tracked = await ar.track(uow, context.settings, context.viewer, signs)
            return ArEngagementResult.of(tracked)
