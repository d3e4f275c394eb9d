"""What stands between a checkout and being completed, as clients see it."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, Any

import strawberry

from core import money
from core.i18n import current_locale
from schema.base import View
from schema.catalogue import Product, Variant
from schema.catalogue.channel import LegalAge
from schema.context import Info
from schema.errors import UserError, error_for
from schema.money import Money
from services import checkout, stock
from services.catalogue import Availability
from services.checkout import CheckoutView, problems

if TYPE_CHECKING:
    from schema.checkout.checkout import CheckoutLine

SIMILAR = 4
Line = Annotated["CheckoutLine", strawberry.lazy("schema.checkout.checkout")]


@strawberry.interface(name="Problem")
class CheckoutProblem(View[Any]):
    """Something that has to be settled before a checkout can be completed."""

    code: str
    """For programs, such as DELIVERY_MISSING."""
    message: str
    """For people, in the language of the request."""


def _told(problem: problems.Problem) -> dict[str, Any]:
    message = problem.message(current_locale.get())
    return {"row": problem, "code": problem.code, "message": message}


@strawberry.type
class EmptyCheckout(CheckoutProblem):
    """Nothing is in it."""


@error_for(stock.OutOfStock)
@strawberry.type
class InsufficientStock(UserError, CheckoutProblem):
    """Fewer are left than are wanted."""

    available: int
    """How many can be bought now."""
    line: Line | None
    """The line that wants more; null before there is one."""
    key: strawberry.Private[str]

    @classmethod
    def details(cls, error: stock.OutOfStock) -> dict[str, Any]:
        """Tell of the first variant that is short."""
        id, left = next(iter(error.shortages.items()))
        return {"available": left, "line": None, "key": id}

    @strawberry.field
    async def variant(self, info: Info) -> Variant | None:
        """What is short; null where the channel of the request does not sell it."""
        return Variant.maybe(await info.context.loaders.offer.load(self.key))

    @strawberry.field
    async def similar(self, info: Info) -> list[Product]:
        """Four products at most that are like it, can be bought now and add no allergen."""
        loaders = info.context.loaders
        offer = await loaders.offer.load(self.key)
        product = await loaders.product.load(offer.variant.product_id) if offer else None
        if product is None:
            return []
        found = await loaders.product.load_many(product.related_ids)
        known = set(product.allergen_codes)
        rows = [row for row in found if row is not None and known.issuperset(row.allergen_codes)]
        offers = await loaders.offers_of.load_many([row.id for row in rows])
        kept = [row for row, own in zip(rows, offers, strict=True) if any(map(_is_there, own))]
        return Product.each(kept[:SIMILAR])


def _is_there(offer: Any) -> bool:
    return offer.availability in (Availability.IN_STOCK, Availability.LOW_STOCK)


@strawberry.type
class VariantWithdrawn(CheckoutProblem):
    """The channel no longer sells it."""

    line: Line | None
    """Which line."""


@strawberry.type
class AgeProofRequired(CheckoutProblem):
    """Nobody of proven legal age is behind it: sign in, and use `startAgeVerification`."""

    legal_age: LegalAge
    """From when somebody may buy."""


@strawberry.type
class RegionRestricted(CheckoutProblem):
    """It may not be sent there."""

    lines: list[Line]
    """What may not."""
    region: str
    """Where to, as a country or state."""


@strawberry.type
class QuantityOverCap(CheckoutProblem):
    """More bottles than one order may have."""

    maximum: int
    """How many it may have; those of a bundle count one by one."""


@strawberry.type
class AddressIncomplete(CheckoutProblem):
    """A parcel could not be sent."""

    missing: list[str]
    """The fields of AddressInput that are missing, and `email`."""


@strawberry.type
class DeliveryMissing(CheckoutProblem):
    """No way to deliver was chosen, or the chosen one does not reach the address."""


@strawberry.type
class PriceChanged(CheckoutProblem):
    """A price is not what the customer saw; any change of the lines takes note of it."""

    line: Line | None
    """Which line."""
    before: Money
    """What was seen."""
    now: Money
    """What it is."""


@strawberry.type
class ReservationExpired(CheckoutProblem):
    """The units were kept for a time that is over, and others have taken them."""


@strawberry.type
class PromotionLapsed(CheckoutProblem):
    """A code that was applied no longer counts: remove it."""

    name: str
    """The code."""


type Shown = Callable[[Any, CheckoutView], Any]


def _short(problem: problems.InsufficientStock, seen: CheckoutView) -> InsufficientStock:
    told = {**_told(problem), "field": None, "retryable": False}
    line = _line(problem.line, seen)
    id = problem.line.variant_id
    return InsufficientStock(**told, available=problem.available, line=line, key=id)


def _line(row: Any, seen: CheckoutView) -> Any:
    from schema.checkout.checkout import CheckoutLine

    return CheckoutLine.of_view(row, seen)


def _changed(problem: problems.PriceChanged, seen: CheckoutView) -> PriceChanged:
    before, now = (
        Money.of(money.Money(amount, problem.currency)) for amount in (problem.before, problem.now)
    )
    return PriceChanged(**_told(problem), line=_line(problem.line, seen), before=before, now=now)


SHOWN: dict[type[problems.Problem], Shown] = {
    problems.EmptyCheckout: lambda p, seen: EmptyCheckout(**_told(p)),
    problems.InsufficientStock: _short,
    problems.VariantWithdrawn: lambda p, seen: VariantWithdrawn(
        **_told(p), line=_line(p.line, seen)
    ),
    problems.AgeProofRequired: lambda p, seen: AgeProofRequired(
        **_told(p), legal_age=LegalAge(years=p.legal_age.years, rule=p.legal_age.rule)
    ),
    problems.RegionRestricted: lambda p, seen: RegionRestricted(
        **_told(p), lines=[_line(row, seen) for row in p.lines], region=p.region
    ),
    problems.QuantityOverCap: lambda p, seen: QuantityOverCap(**_told(p), maximum=p.maximum),
    problems.AddressIncomplete: lambda p, seen: AddressIncomplete(
        **_told(p), missing=list(p.missing)
    ),
    problems.DeliveryMissing: lambda p, seen: DeliveryMissing(**_told(p)),
    problems.PriceChanged: _changed,
    problems.ReservationExpired: lambda p, seen: ReservationExpired(**_told(p)),
    problems.PromotionLapsed: lambda p, seen: PromotionLapsed(**_told(p), name=p.name),
}

CheckoutProblemUnion = Annotated[
    EmptyCheckout
    | InsufficientStock
    | VariantWithdrawn
    | AgeProofRequired
    | RegionRestricted
    | QuantityOverCap
    | AddressIncomplete
    | DeliveryMissing
    | PriceChanged
    | ReservationExpired
    | PromotionLapsed,
    strawberry.union("CheckoutProblem"),
]


def shown(found: list[problems.Problem], seen: checkout.CheckoutView) -> list[Any]:
    """Show problems."""
    return [SHOWN[type(problem)](problem, seen) for problem in found]
