"""The root fields of what people care for."""

import strawberry

from core.pages import Page
from schema.access import mutation, query, signed_in
from schema.cameo import CameoJob
from schema.context import Info
from schema.interest import Interest, RecordCameoViewResult, RecordProductViewResult
from services import world

LOOKS = {"limit": 120, "seconds": 60}


@strawberry.type
class InterestQuery:
    """What the viewer cares for."""

    @query(signed_in)
    async def interests(self, info: Info, first: int = 20) -> list[Interest]:
        """The drinks that I care for now, the most first."""
        context, most = info.context, Page(first).first
        async with context.db.read() as session:
            found = await world.interests(
                session, context.settings, context.viewer.id, context.now(), most
            )
        return [Interest.of(one) for one in found]


@strawberry.type
class InterestMutation:
    """What the viewer looked at."""

    @mutation(signed_in)
    async def record_product_view(
        self, info: Info, product_id: strawberry.ID, idempotency_key: str
    ) -> RecordProductViewResult:
        """Tell that I looked at a drink; it moves what I care for.

        `productId`: Which drink.
        """
        context = info.context
        await context.throttle.spend("recordView", context.viewer.id, **LOOKS)
        async with context.begin() as uow:
            found = await world.people.view_product(
                uow, context.settings, context.viewer, product_id, idempotency_key
            )
        return Interest.of(found)

    @mutation(signed_in)
    async def record_cameo_view(
        self, info: Info, cameo_id: strawberry.ID, idempotency_key: str
    ) -> RecordCameoViewResult:
        """Tell that I watched a film of mine to its end; it moves what I care for.

        `cameoId`: Which film.
        """
        context = info.context
        await context.throttle.spend("recordView", context.viewer.id, **LOOKS)
        async with context.begin() as uow:
            row = await world.people.view_cameo(
                uow, context.settings, context.viewer, cameo_id, idempotency_key
            )
        return CameoJob.of(row)
