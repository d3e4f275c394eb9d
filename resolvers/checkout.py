"""The root fields of checkouts."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import asdict
from typing import Any

import strawberry

from core import errors
from core.outbox import UnitOfWork
from core.throttle import network
from models.checkout import Checkout as CheckoutRow
from models.checkout import CheckoutStatus, SalesOrigin
from schema.access import adult, mutation, public, query, signed_in, subscription
from schema.checkout import (
    AddGiftCardInput,
    AddressInput,
    ApplyPromotionInput,
    CancelCheckoutInput,
    Checkout,
    CheckoutCompletion,
    ClaimCheckoutInput,
    CompleteCheckoutInput,
    CompleteCheckoutResult,
    ExtendReservationInput,
    LineInput,
    RemoveGiftCardInput,
    SetCheckoutAddressInput,
    SetCheckoutDeliveryInput,
    StartCheckoutInput,
    StartCheckoutResult,
    UpdateCheckoutLinesInput,
    UpdateCheckoutResult,
)
from schema.checkout.checkout import show
from schema.context import Info
from services import checkout, payment
from services.checkout import Buyer, Line, checkout_topic

ENDS = (CheckoutStatus.COMPLETED, CheckoutStatus.CANCELED, CheckoutStatus.EXPIRED)
STARTS_SECONDS = 600
CARD_TRIES = {"limit": 20, "seconds": 900}

type Change = Callable[[UnitOfWork, Buyer], Awaitable[CheckoutRow]]


@strawberry.type
class CheckoutQuery:
    """Checkouts to look at."""

    @query(public)
    async def checkout(self, info: Info, id: strawberry.ID) -> Checkout | None:
        """A checkout of mine, or one that nobody owns yet, to whoever knows its id."""
        async with info.context.db.read() as session:
            row = await checkout.get(session, info.context.viewer, id)
        return await show(info, row.id) if row else None


@strawberry.type
class CheckoutMutation:
    """Carts to fill and to pay for."""

    @mutation(public)
    async def start_checkout(self, info: Info, input: StartCheckoutInput) -> StartCheckoutResult:
        """Begin a checkout and keep its units for ten minutes."""
        context = info.context
        await context.throttle.spend(
            "startCheckout",
            network(context.client),
            limit=context.settings.checkouts_per_client,
            seconds=STARTS_SECONDS,
        )
        asked = checkout.Start(
            context.channel,
            SalesOrigin.STOREFRONT,
            context.locale,
            _lines(input.lines),
            input.email,
        )

        async def work(uow: UnitOfWork, buyer: Buyer) -> CheckoutRow:
            return await checkout.start(uow, buyer, context.settings, asked)

        request = {"lines": input.lines, "email": input.email, "channel": context.channel.id}
        return await _changed(info, "startCheckout", input.idempotency_key, request, work)

    @mutation(public)
    async def update_checkout_lines(
        self, info: Info, input: UpdateCheckoutLinesInput
    ) -> UpdateCheckoutResult:
        """Set how many of some variants are wanted, and keep their units."""

        async def work(uow: UnitOfWork, buyer: Buyer) -> CheckoutRow:
            lines = _lines(input.lines)
            return await checkout.update_lines(
                uow, buyer, info.context.settings, input.checkout_id, lines
            )

        return await _change(info, "updateCheckoutLines", input, work)

    @mutation(public)
    async def set_checkout_address(
        self, info: Info, input: SetCheckoutAddressInput
    ) -> UpdateCheckoutResult:
        """Say where it goes; a way of delivery that does not reach there is dropped."""

        async def work(uow: UnitOfWork, buyer: Buyer) -> CheckoutRow:
            billing = _address(input.billing) if input.billing else None
            return await checkout.set_address(
                uow,
                buyer,
                info.context.settings,
                input.checkout_id,
                _address(input.shipping),
                billing,
                input.email,
            )

        return await _change(info, "setCheckoutAddress", input, work)

    @mutation(public)
    async def set_checkout_delivery(
        self, info: Info, input: SetCheckoutDeliveryInput
    ) -> UpdateCheckoutResult:
        """Choose how it travels."""

        async def work(uow: UnitOfWork, buyer: Buyer) -> CheckoutRow:
            option = input.delivery_option_id
            return await checkout.set_delivery(
                uow, buyer, info.context.settings, input.checkout_id, option
            )

        return await _change(info, "setCheckoutDelivery", input, work)

    @mutation(public)
    async def apply_promotion(self, info: Info, input: ApplyPromotionInput) -> UpdateCheckoutResult:
        """Use a promotion code."""
        await _count_try(info)

        async def work(uow: UnitOfWork, buyer: Buyer) -> CheckoutRow:
            return await checkout.apply_promotion(
                uow, buyer, info.context.settings, input.checkout_id, input.code
            )

        return await _change(info, "applyPromotion", input, work)

    @mutation(public)
    async def remove_promotion(
        self, info: Info, input: ApplyPromotionInput
    ) -> UpdateCheckoutResult:
        """Give a promotion code up."""

        async def work(uow: UnitOfWork, buyer: Buyer) -> CheckoutRow:
            return await checkout.remove_promotion(uow, buyer, input.checkout_id, input.code)

        return await _change(info, "removePromotion", input, work)

    @mutation(public)
    async def add_gift_card(self, info: Info, input: AddGiftCardInput) -> UpdateCheckoutResult:
        """Pay with a gift card as far as it goes; the rest is paid otherwise."""
        await _count_try(info)

        async def work(uow: UnitOfWork, buyer: Buyer) -> CheckoutRow:
            return await checkout.add_gift_card(
                uow, buyer, info.context.settings, input.checkout_id, input.code
            )

        return await _change(info, "addGiftCard", input, work)

    @mutation(public)
    async def remove_gift_card(
        self, info: Info, input: RemoveGiftCardInput
    ) -> UpdateCheckoutResult:
        """Do not pay with a gift card after all."""

        async def work(uow: UnitOfWork, buyer: Buyer) -> CheckoutRow:
            return await checkout.remove_gift_card(
                uow, buyer, input.checkout_id, input.gift_card_id
            )

        return await _change(info, "removeGiftCard", input, work)

    @mutation(public)
    async def extend_reservation(
        self, info: Info, input: ExtendReservationInput
    ) -> UpdateCheckoutResult:
        """Keep the units a little longer, once."""

        async def work(uow: UnitOfWork, buyer: Buyer) -> CheckoutRow:
            return await checkout.extend(uow, buyer, info.context.settings, input.checkout_id)

        return await _change(info, "extendReservation", input, work)

    @mutation(signed_in)
    async def claim_checkout(self, info: Info, input: ClaimCheckoutInput) -> UpdateCheckoutResult:
        """After signing in, make a cart mine, and put what my own cart held into it."""

        async def work(uow: UnitOfWork, buyer: Buyer) -> CheckoutRow:
            return await checkout.claim(uow, buyer, info.context.settings, input.checkout_id)

        return await _change(info, "claimCheckout", input, work)

    @mutation(adult)
    async def complete_checkout(
        self, info: Info, input: CompleteCheckoutInput
    ) -> CompleteCheckoutResult:
        """Pay. Units, prices and promotions are settled before the provider is asked."""
        context = info.context
        agreed = checkout.Agreement(
            payment.Wish(input.payment_method, input.return_url),
            input.expected_total,
            input.idempotency_key,
        )
        done = await checkout.complete(
            context.begin,
            context.gateways.payments,
            context.settings,
            Buyer(context.viewer),
            input.checkout_id,
            agreed,
        )
        return CheckoutCompletion.of(done)

    @mutation(public)
    async def cancel_checkout(self, info: Info, input: CancelCheckoutInput) -> UpdateCheckoutResult:
        """Give a checkout up, with a payment that still waits for its customer."""
        context, buyer = info.context, Buyer(info.context.viewer)
        row = await checkout.give_up(
            context.begin,
            context.gateways.payments,
            buyer,
            input.checkout_id,
            input.reason,
            key=input.idempotency_key,
        )
        return await show(info, row.id)


@strawberry.type
class CheckoutSubscription:
    """Checkouts, live."""

    @subscription(public)
    async def checkout_changed(self, info: Info, id: strawberry.ID) -> AsyncIterator[Checkout]:
        """The checkout now, then at each change, until it ends."""
        context = info.context
        async for cursor in context.bus.follow(checkout_topic(id)):
            context.forget()
            context.event_id = cursor
            async with context.db.read() as session:
                row = await checkout.get(session, context.viewer, id)
            if row is None:
                raise errors.Missing
            yield await show(info, row.id)
            if row.status in ENDS:
                return


async def _change(info: Info, operation: str, input: Any, work: Change) -> Checkout:
    request = asdict(input)
    return await _changed(info, operation, request.pop("idempotency_key"), request, work)


async def _changed(
    info: Info, operation: str, key: str, request: Mapping[str, Any], work: Change
) -> Checkout:
    buyer = Buyer(info.context.viewer)
    async with info.context.begin() as uow:

        async def once() -> str:
            return (await work(uow, buyer)).id

        id = await checkout.keyed(uow, buyer, operation, key, request, once)
    return await show(info, id)


async def _count_try(info: Info) -> None:
    """Codes are short enough to be guessed by who may try for ever."""
    context = info.context
    await context.throttle.spend("codes", network(context.client), **CARD_TRIES)


def _lines(lines: list[LineInput]) -> tuple[Line, ...]:
    return tuple(Line(line.variant_id, line.quantity) for line in lines)


def _address(given: AddressInput) -> checkout.Address:
    return checkout.Address(**asdict(given))
