"""Filling a checkout: lines, address, delivery; each change prices it anew."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from core.errors import InvalidInput
from core.outbox import UnitOfWork
from core.settings import Settings
from models.catalogue import Channel
from models.checkout import Checkout, CheckoutLine, CheckoutStatus, SalesOrigin
from services import catalogue, pricing, stock
from services.checkout.address import Address, clean, clean_email
from services.checkout.buyer import Buyer, locked
from services.checkout.errors import CheckoutClosed, VariantNotSold
from services.checkout.read import cart_of, lines_of
from services.checkout.tasks import checkout_changed

MAX_LINES = 50
MAX_QUANTITY = 999
KEEP = timedelta(hours=24)


@dataclass(frozen=True)
class Line:
    """So many of a variant; 0 takes it out."""

    variant_id: str
    quantity: int


@dataclass(frozen=True)
class Start:
    """What a new checkout begins with."""

    channel: Channel
    origin: SalesOrigin
    locale: str
    lines: tuple[Line, ...]
    email: str | None = None


async def start(uow: UnitOfWork, buyer: Buyer, settings: Settings, asked: Start) -> Checkout:
    """Make a checkout and keep its units. Raises InvalidInput, VariantNotSold, OutOfStock."""
    checkout = Checkout(
        status=CheckoutStatus.OPEN,
        origin=asked.origin,
        channel_id=asked.channel.id,
        customer_id=buyer.customer_id,
        partner_id=buyer.partner_id,
        locale=asked.locale,
        email=clean_email(asked.email),
        expires_at=uow.now() + KEEP,
    )
    uow.session.add(checkout)
    await uow.session.flush()
    await set_lines(uow, settings, checkout, asked.lines, replace=True)
    return checkout


async def update_lines(
    uow: UnitOfWork, buyer: Buyer, settings: Settings, id: str, lines: Sequence[Line]
) -> Checkout:
    """Set how many of each of these variants are wanted; the other lines stay.

    Raises NotFound, CheckoutClosed, InvalidInput, VariantNotSold, OutOfStock.
    """
    checkout = await opened(uow, buyer, id)
    await set_lines(uow, settings, checkout, lines, replace=False)
    return checkout


async def set_lines(
    uow: UnitOfWork,
    settings: Settings,
    checkout: Checkout,
    lines: Sequence[Line],
    *,
    replace: bool,
    keep: bool = True,
) -> None:
    """Change the lines of a locked checkout, keep their units, and note today's prices.

    Without `keep` nothing is kept: what is short is a problem of the checkout, and no error.
    """
    wanted = _added_up(lines)
    rows = {row.variant_id: row for row in await lines_of(uow.session, checkout.id)}
    if replace:
        wanted = {**dict.fromkeys(rows, 0), **wanted}
    after = {id: row.quantity for id, row in rows.items()} | wanted
    after = {id: quantity for id, quantity in after.items() if quantity}
    if len(after) > MAX_LINES:
        raise invalid(
            "lines", f"{MAX_LINES}종류까지 담을 수 있습니다.", f"At most {MAX_LINES} lines."
        )
    prices = await _prices(uow, checkout, after, set(wanted))
    position = max((row.position for row in rows.values()), default=-1)
    for id, row in rows.items():
        if id in after:
            row.quantity, row.unit_price = after[id], prices.get(id, row.unit_price)
        else:
            await uow.session.delete(row)
    for id in after:
        if id not in rows:
            position += 1
            uow.session.add(_row(checkout, id, after[id], prices[id], position))
    await uow.session.flush()
    until = uow.now() + timedelta(seconds=settings.reservation_seconds)
    sold = {id: quantity for id, quantity in after.items() if keep and id in prices}
    await stock.reserve(uow, checkout.id, sold, until=until)
    touched(uow, checkout)


async def set_address(
    uow: UnitOfWork,
    buyer: Buyer,
    settings: Settings,
    id: str,
    shipping: Address,
    billing: Address | None,
    email: str | None,
) -> Checkout:
    """Say where it goes, and to whom the bill. Raises NotFound, CheckoutClosed, InvalidInput."""
    checkout = await opened(uow, buyer, id)
    checkout.shipping_address = clean(shipping, "input.shipping")
    checkout.billing_address = clean(billing, "input.billing") if billing else None
    checkout.email = clean_email(email) or checkout.email
    await _keep_delivery(uow, settings, checkout)
    touched(uow, checkout)
    return checkout


async def set_delivery(
    uow: UnitOfWork, buyer: Buyer, settings: Settings, id: str, option_id: str
) -> Checkout:
    """Choose how it travels. Raises NotFound, CheckoutClosed, InvalidInput."""
    checkout = await opened(uow, buyer, id)
    quote = await quoted(uow, settings, checkout)
    if option_id not in {option.id for option in quote.options}:
        raise invalid(
            "deliveryOptionId",
            "이 주소로는 이 배송 방법을 쓸 수 없습니다. deliveryOptions에서 고르세요.",
            "This way of delivery does not reach the address. Choose one of `deliveryOptions`.",
        )
    checkout.delivery_method_id = option_id
    touched(uow, checkout)
    return checkout


async def extend(uow: UnitOfWork, buyer: Buyer, settings: Settings, id: str) -> Checkout:
    """Keep the units longer, once. Raises NotFound, CheckoutClosed, ReservationNotExtendable."""
    checkout = await opened(uow, buyer, id)
    await stock.extend(uow, checkout.id, settings)
    touched(uow, checkout)
    return checkout


async def cancel(
    uow: UnitOfWork, buyer: Buyer, id: str, reason: str | None, *, again: bool = True
) -> Checkout:
    """Give a checkout up; again is fine unless told otherwise. Raises NotFound, CheckoutClosed."""
    checkout = await locked(uow, buyer, id)
    if checkout.status is not CheckoutStatus.CANCELED or not again:
        if checkout.status not in (CheckoutStatus.OPEN, CheckoutStatus.EXPIRED):
            raise CheckoutClosed(checkout.status, checkout.id)
        await ended(uow, checkout, CheckoutStatus.CANCELED)
        checkout.cancel_reason = (reason or "").strip()[:500] or None
    return checkout


async def ended(uow: UnitOfWork, checkout: Checkout, status: CheckoutStatus) -> None:
    """End a checkout that no order came of, and let its units go."""
    checkout.status, checkout.ended_at = status, uow.now()
    await stock.release(uow, checkout.id)
    uow.send(checkout_changed(checkout.id))


async def opened(uow: UnitOfWork, buyer: Buyer, id: str) -> Checkout:
    """Return a checkout that may be changed, locked; a signed-in buyer makes it theirs.

    Raises NotFound, CheckoutClosed.
    """
    checkout = await locked(uow, buyer, id)
    if checkout.status is not CheckoutStatus.OPEN:
        raise CheckoutClosed(checkout.status, checkout.id)
    if checkout.customer_id is None:
        checkout.customer_id = buyer.customer_id
    return checkout


async def quoted(uow: UnitOfWork, settings: Settings, checkout: Checkout) -> pricing.Quote:
    """Price a checkout as it is now."""
    cart = cart_of(settings, checkout, await lines_of(uow.session, checkout.id))
    return await pricing.quote(uow.session, cart, uow.now())


async def _keep_delivery(uow: UnitOfWork, settings: Settings, checkout: Checkout) -> None:
    """Drop a way of delivery that does not reach; take the only one that does."""
    options = [option.id for option in (await quoted(uow, settings, checkout)).options]
    if checkout.delivery_method_id not in options:
        checkout.delivery_method_id = options[0] if len(options) == 1 else None


async def _prices(
    uow: UnitOfWork, checkout: Checkout, after: dict[str, int], asked: set[str]
) -> dict[str, int]:
    """Return today's prices. Raises VariantNotSold for one that was asked for."""
    offers = await catalogue.offers(uow.session, checkout.channel_id, list(after), uow.now())
    prices = {id: offer.price.amount for id, offer in offers.items() if offer.is_sold_here}
    if any(id not in prices for id in asked & set(after)):
        raise VariantNotSold
    return prices


def _row(checkout: Checkout, id: str, quantity: int, price: int, position: int) -> CheckoutLine:
    return CheckoutLine(
        checkout_id=checkout.id,
        variant_id=id,
        quantity=quantity,
        unit_price=price,
        position=position,
    )


def touched(uow: UnitOfWork, checkout: Checkout) -> None:
    """Note a change: the checkout lives on, and its watchers hear of it."""
    checkout.expires_at = uow.now() + KEEP
    uow.send(checkout_changed(checkout.id))


def _added_up(lines: Sequence[Line]) -> dict[str, int]:
    """Add up lines of the same variant. Raises InvalidInput."""
    wanted: dict[str, int] = {}
    for line in lines[: MAX_LINES * 4]:
        wanted[line.variant_id] = wanted.get(line.variant_id, 0) + line.quantity
    if len(lines) > MAX_LINES * 4 or any(line.quantity < 0 for line in lines):
        raise invalid("lines", "수량은 0 이상이어야 합니다.", "A quantity is 0 or more.")
    if any(quantity > MAX_QUANTITY for quantity in wanted.values()):
        text = (f"수량은 {MAX_QUANTITY} 이하여야 합니다.", f"A quantity is {MAX_QUANTITY} or less.")
        raise invalid("lines", *text)
    return wanted


def too_many(field: str, limit: int) -> InvalidInput:
    """There is a limit to how much a checkout may hold."""
    return invalid(field, f"{limit}개까지 담을 수 있습니다.", f"There can be {limit} at most.")


def invalid(field: str, ko: str, en: str) -> InvalidInput:
    """Refuse a field of the input, in both languages."""
    return InvalidInput(f"input.{field}", {"ko": ko, "en": en})
