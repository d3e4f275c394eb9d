"""Checkouts as they stand: lines, quote, problems."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from core.settings import Settings
from core.viewer import AgeState, Viewer
from models.account import Customer
from models.catalogue import Channel
from models.checkout import Checkout, CheckoutLine, CheckoutStatus
from models.stock import Reservation
from services import account, pricing, stock
from services.checkout.address import missing
from services.checkout.buyer import Buyer
from services.checkout.problems import (
    AddressIncomplete,
    AgeProofRequired,
    DeliveryMissing,
    EmptyCheckout,
    InsufficientStock,
    PriceChanged,
    Problem,
    PromotionLapsed,
    QuantityOverCap,
    RegionRestricted,
    ReservationExpired,
    VariantWithdrawn,
)

COUNTRIES = {"kr": "KR", "apec": "KR", "us": "US"}
PICKUP = "pickup"


@dataclass(frozen=True)
class CheckoutView:
    """A checkout with all that is told of it. `available` counts what its owner can have."""

    checkout: Checkout
    channel: Channel
    lines: list[CheckoutLine]
    quote: pricing.Quote
    available: dict[str, int]
    reservation: Reservation | None
    problems: list[Problem]

    @property
    def status(self) -> CheckoutStatus:
        """READY once nothing is missing."""
        open_ = self.checkout.status is CheckoutStatus.OPEN
        return CheckoutStatus.READY if open_ and not self.problems else self.checkout.status

    @cached_property
    def line_of(self) -> dict[str, CheckoutLine]:
        """The lines by their variant."""
        return {line.variant_id: line for line in self.lines}


async def get(session: AsyncSession, viewer: Viewer, id: str) -> Checkout | None:
    """Return a checkout, if it is the viewer's or nobody's."""
    return (await mine(session, Buyer(viewer), [id])).get(id)


async def mine(session: AsyncSession, buyer: Buyer, ids: Sequence[str]) -> dict[str, Checkout]:
    """Return those of these checkouts that the buyer may see."""
    rows = await session.scalars(select(Checkout).where(Checkout.id.in_(ids)))
    return {row.id: row for row in rows if buyer.may_use(row)}


async def current(session: AsyncSession, customer_id: str) -> Checkout | None:
    """Return the customer's latest cart that is not ended."""
    return await session.scalar(
        select(Checkout)
        .where(
            Checkout.customer_id == customer_id,
            Checkout.status.in_((CheckoutStatus.OPEN, CheckoutStatus.PAYING)),
        )
        .order_by(Checkout.id.desc())
        .limit(1)
    )


async def lines_of(session: AsyncSession, checkout_id: str) -> list[CheckoutLine]:
    """Return the lines in the order in which they were put in."""
    query = select(CheckoutLine).where(CheckoutLine.checkout_id == checkout_id)
    query = query.order_by(CheckoutLine.position, CheckoutLine.id)
    return list(await session.scalars(query))


async def of_lines(session: AsyncSession, ids: Sequence[str]) -> list[str]:
    """Return the checkouts that these lines are in."""
    rows = select(CheckoutLine.checkout_id).where(CheckoutLine.id.in_(ids)).distinct()
    return list(await session.scalars(rows))


def cart_of(settings: Settings, checkout: Checkout, lines: Sequence[CheckoutLine]) -> pricing.Cart:
    """Return what a quote is made of."""
    address = checkout.shipping_address or {}
    return pricing.Cart(
        channel_id=checkout.channel_id,
        lines=tuple((line.variant_id, line.quantity) for line in lines),
        customer_id=checkout.customer_id,
        person=pricing.person_of(settings, checkout.customer_id, checkout.email),
        region=address.get("region"),
        postal_code=address.get("postal_code"),
        country=address.get("country"),
        codes=tuple(checkout.codes),
        gift_card_ids=tuple(checkout.gift_card_ids),
        delivery_method_id=checkout.delivery_method_id,
        checkout_id=checkout.id,
    )


async def view(
    session: AsyncSession, settings: Settings, checkout: Checkout, now: datetime
) -> CheckoutView:
    """Look at a checkout whole. What was agreed to when paying began is shown as it was."""
    channel = await session.get_one(Channel, checkout.channel_id)
    lines = await lines_of(session, checkout.id)
    frozen = checkout.quote
    cart = cart_of(settings, checkout, lines)
    quote = pricing.thaw(frozen) if frozen else await pricing.quote(session, cart, now)
    kept = await stock.reservation(session, checkout.id)
    variants = [line.variant_id for line in lines]
    available = await stock.available(session, variants, now, checkout_id=checkout.id)
    seen = CheckoutView(checkout, channel, lines, quote, available, kept, [])
    if checkout.status is CheckoutStatus.OPEN:
        seen.problems.extend(await _problems(session, seen, now))
    return seen


async def _problems(session: AsyncSession, seen: CheckoutView, now: datetime) -> list[Problem]:
    customer = await _customer(session, seen.checkout)
    home = await _home(session, customer)
    found: list[Problem] = [] if seen.lines else [EmptyCheckout()]
    found += _of_lines(seen)
    is_kept = seen.reservation is not None and seen.reservation.expires_at > now
    # What is no longer kept but still there is kept again when paying begins.
    if not is_kept and any(isinstance(problem, InsufficientStock) for problem in found):
        found.append(ReservationExpired())
    units = sum((await stock.explode(session, _wanted(seen.lines))).values())
    cap = seen.channel.max_bottles_per_order
    if cap is not None and units > cap:
        found.append(QuantityOverCap(cap))
    found += _of_delivery(seen, customer)
    if not _is_proven_adult(customer, seen.channel, home, now):
        found.append(AgeProofRequired(account.LegalAge.of(seen.channel)))
    return [*found, *(PromotionLapsed(name) for name in seen.quote.lapsed)]


def _of_lines(seen: CheckoutView) -> list[Problem]:
    prices = {line.variant_id: line for line in seen.quote.lines}
    found: list[Problem] = []
    for line in seen.lines:
        priced = prices.get(line.variant_id)
        left = seen.available.get(line.variant_id, 0)
        if priced is None:
            found.append(VariantWithdrawn(line))
            continue
        if left < line.quantity:
            found.append(InsufficientStock(line, max(left, 0)))
        if priced.unit_price != line.unit_price:
            change = (line.unit_price, priced.unit_price)
            found.append(PriceChanged(line, *change, seen.quote.currency))
    return found


def _of_delivery(seen: CheckoutView, customer: Customer | None) -> list[Problem]:
    checkout, option = seen.checkout, seen.quote.option
    address = checkout.shipping_address
    email = checkout.email or (customer.email if customer else None)
    found: list[Problem] = []
    if address and (region := restricted(seen.channel, address)):
        found.append(RegionRestricted(tuple(seen.lines), region))
    lacking = missing(address, email)
    if option and option.carrier == PICKUP:
        lacking = [name for name in lacking if name == "email"]
    if lacking:
        found.append(AddressIncomplete(tuple(lacking)))
    if option is None:
        found.append(DeliveryMissing())
    return found


def restricted(channel: Channel, address: dict[str, str | None]) -> str | None:
    """Return the country or state that the channel may not send to, if this is one."""
    country = address.get("country")
    if country and country != COUNTRIES.get(channel.id, country):
        return country
    told = (address.get("region"), address.get("postal_code"))
    blocked = pricing.regions_of(channel.id, *told) & set(channel.blocked_regions)
    return min(blocked, default=None)


def _is_proven_adult(
    customer: Customer | None, channel: Channel, home: Channel | None, now: datetime
) -> bool:
    """Row E14: without proof nobody buys; a declared birth date is not one."""
    if customer is None:
        return False
    told = (customer.birth_date, customer.age_verified_at)
    return account.age_in(channel, home, *told, now) is AgeState.VERIFIED


async def _home(session: AsyncSession, customer: Customer | None) -> Channel | None:
    id = customer.home_channel if customer else None
    return await session.get(Channel, id) if id else None


async def _customer(session: AsyncSession, checkout: Checkout) -> Customer | None:
    id = checkout.customer_id
    return await session.get(Customer, id) if id else None


def _wanted(lines: Sequence[CheckoutLine]) -> dict[str, int]:
    return {line.variant_id: line.quantity for line in lines}
