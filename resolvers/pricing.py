"""The root fields of delivery and gift cards."""

import strawberry

from schema.access import mutation, public, query, staff
from schema.checkout_parts import DeliveryOption
from schema.context import Info
from schema.giftcard import (
    PERMISSION,
    GiftCard,
    GiftCardKind,
    IssuedGiftCard,
    IssueGiftCardInput,
    IssueGiftCardResult,
)
from services import delivery, giftcard


@strawberry.type
class PricingQuery:
    """How parcels travel, and which gift cards there are."""

    @query(public)
    async def delivery_options(
        self, info: Info, region: str | None = None, postal_code: str | None = None
    ) -> list[DeliveryOption]:
        """How a parcel could travel in this channel, before there is a cart.

        `region`: State or 시도, in Korean or English; without an address, what goes everywhere.

        `postalCode`: ZIP or 우편번호.
        """
        context = info.context
        async with context.db.read() as session:
            found = await delivery.options(
                session, context.channel.id, region, postal_code, context.now()
            )
        return DeliveryOption.each(found)

    @query(staff(PERMISSION))
    async def gift_card_kinds(self, info: Info) -> list[GiftCardKind]:
        """Which gift cards can be given out."""
        async with info.context.db.read() as session:
            return GiftCardKind.each(await giftcard.kinds(session))


@strawberry.type
class PricingMutation:
    """Gift cards to give out."""

    @mutation(staff(PERMISSION))
    async def issue_gift_card(self, info: Info, input: IssueGiftCardInput) -> IssueGiftCardResult:
        """Give out a gift card; its code is in the answer and nowhere else."""
        context = info.context
        async with context.begin() as uow:
            card, code = await giftcard.issue(
                uow, context.viewer, context.settings, input.kind_id, input.idempotency_key
            )
        return IssuedGiftCard(card=GiftCard.of(card), card_code=code)
