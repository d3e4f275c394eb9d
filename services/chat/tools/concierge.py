"""Joon's tools: stock, the cart, codes, AR, parcels. He prepares; only the customer can buy."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from core.i18n import pick
from core.money import Money
from core.outbox import UnitOfWork
from models.catalogue import ArExperience, Product
from models.chat import Chat
from models.checkout import Checkout, CheckoutStatus, SalesOrigin
from models.order import Order, Shipment
from services import catalogue, checkout, stock
from services.catalogue import Availability, Offer
from services.chat import card
from services.chat.grounding import Ground, Piece
from services.chat.notes import status_card
from services.chat.scene import Desk, Scene
from services.chat.tools import codes
from services.chat.tools.base import Outcome, Skill, refused
from services.chat.tools.instead import is_gone, like_it, sold_out
from services.chat.triggers import buying, meant, plain
from services.checkout import Buyer, Line, Start

MOST_UNITS = 24
_YES = ("네", "예", "응", "좋아", "그래", "부탁", "yes", "sure", "ok", "please", "go ahead")
_OPENS = {
    "ko": (
        "라벨을 카메라로 비추면 열리는 AR 경험이 있습니다. "
        "병마다 들어 있는 코드로 기기 {devices}대까지 열 수 있습니다."
    ),
    "en": (
        "Its label opens an AR experience through a phone's camera. "
        "The code of each bottle opens it on {devices} devices."
    ),
}
_WORDS = {
    Availability.IN_STOCK: {"ko": "재고 있음", "en": "in stock"},
    Availability.LOW_STOCK: {"ko": "곧 품절", "en": "nearly sold out"},
    Availability.SOLD_OUT: {"ko": "품절", "en": "sold out"},
    Availability.NOT_SOLD_HERE: {"ko": "판매하지 않음", "en": "not sold here"},
}


def wants(scene: Scene) -> bool:
    """Tell whether the customer's own last words ask for bottles, or say yes."""
    said = plain(scene.said)
    sells = any(
        meant(one.handoff.get("triggers", {}), said)
        for one in scene.characters.values()
        if one.handoff.get("to") == scene.character.id
    )
    return sells or buying(said) or any(yes in said for yes in _YES)


async def check_inventory(
    desk: Desk, scene: Scene, ground: Ground, args: Mapping[str, Any]
) -> Outcome:
    """Tell sizes, prices and whether they are there."""
    async with desk.db.read() as session:
        product, offers = await _offered(session, desk, scene, ground, args["product_id"])
        if product is None:
            return refused("there is no such product")
        has_gone = await is_gone(session, scene, offers, desk.now())
    lines = [_offer(offer, scene.locale) for offer in offers]
    if has_gone:
        told = {"product_id": product.id, "offers": lines}
        return await sold_out(desk, scene, product, told, worked=True)
    text = "; ".join(lines) or pick(_WORDS[Availability.NOT_SOLD_HERE], scene.locale)
    piece = Piece(product.id, "Product", pick(product.name, scene.locale), text)
    return Outcome({"product_id": product.id, "offers": lines}, [piece])


def _offer(offer: Offer, locale: str) -> str:
    words = pick(_WORDS[offer.availability], locale)
    return f"{offer.variant.volume_ml} ml {offer.price.formatted()} ({words})"


async def create_checkout(
    desk: Desk, scene: Scene, ground: Ground, args: Mapping[str, Any]
) -> Outcome:
    """Put bottles into the cart of this chat and make a card of it; nothing is charged."""
    if not 1 <= args["quantity"] <= MOST_UNITS:
        return refused(f"between 1 and {MOST_UNITS} bottles can be put aside here")
    async with desk.begin() as uow:
        product, offers = await _offered(uow.session, desk, scene, ground, args["product_id"])
        if product is None or not offers:
            return refused("this is not sold here")
        if not await is_gone(uow.session, scene, offers, desk.now()):
            chat = await uow.session.get_one(Chat, scene.chat.id, with_for_update=True)
            line = Line(_bottle(offers), args["quantity"])
            row = await _cart(uow, desk, scene, chat, line)
            chat.checkout_id = row.id
            return await _carded(uow, desk, scene, row.id)
    return await sold_out(desk, scene, product, {"product_id": product.id}, worked=False)


async def apply_discount(
    desk: Desk, scene: Scene, ground: Ground, args: Mapping[str, Any]
) -> Outcome:
    """Use a code that the customer typed, and make a new card."""
    async with desk.begin() as uow:
        chat = await uow.session.get_one(Chat, scene.chat.id, with_for_update=True)
        if chat.checkout_id is None:
            return refused("the cart is empty; ask what they would like first")
        buyer = Buyer(scene.viewer)
        await checkout.apply_promotion(uow, buyer, desk.settings, chat.checkout_id, args["code"])
        return await _carded(uow, desk, scene, chat.checkout_id)


async def recommend_phygital_experience(
    desk: Desk, scene: Scene, ground: Ground, args: Mapping[str, Any]
) -> Outcome:
    """Tell what the label of a product shows through a phone."""
    async with desk.db.read() as session:
        product = await _product(session, ground, args["product_id"])
        found = select(ArExperience).where(ArExperience.active)
        of = found.where(ArExperience.product_id == (product.id if product else ""))
        experience = (await session.scalars(of)).first()
    if product is None or experience is None:
        return refused("this bottle has no experience")
    text = pick(_OPENS, scene.locale).format(devices=experience.max_devices)
    piece = Piece(product.id, "Product", pick(product.name, scene.locale), text)
    return Outcome({"product_id": product.id, "experience": text}, [piece])


async def track_order(desk: Desk, scene: Scene, ground: Ground, args: Mapping[str, Any]) -> Outcome:
    """Tell how far an order of the customer's is; without a number, the latest."""
    mine = select(Order).where(Order.customer_id == scene.viewer.id)
    if number := args["order_number"].strip():
        mine = mine.where(func.upper(Order.number) == number.upper()[:40])
    async with desk.db.read() as session:
        row = (await session.scalars(mine.order_by(Order.id.desc()).limit(1))).first()
        sent = select(Shipment).where(Shipment.order_id == (row.id if row else ""))
        parcel = (await session.scalars(sent.order_by(Shipment.id.desc()).limit(1))).first()
    if row is None:
        return refused("the customer has no such order")
    told = {"order_number": row.number, "status": row.status.value}
    if parcel is not None:
        told |= {"carrier": parcel.carrier, "tracking_number": parcel.tracking_number}
    told["total"] = Money(row.total, row.currency).formatted()
    return Outcome(told, cards=[status_card(row, row.status)])


async def notify_back_in_stock(
    desk: Desk, scene: Scene, ground: Ground, args: Mapping[str, Any]
) -> Outcome:
    """Have the customer told when something sold out is back."""
    async with desk.begin() as uow:
        _, offers = await _offered(uow.session, desk, scene, ground, args["product_id"])
        gone = [offer for offer in offers if offer.sellable <= 0]
        for offer in gone:
            key = f"chat:{scene.reply.id}:{offer.variant.id}"
            await stock.notice(uow, scene.viewer, offer.variant.id, key)
    if not gone:
        return refused("it is not sold out")
    return Outcome({"ok": True, "product_id": args["product_id"]})


async def find_similar(
    desk: Desk, scene: Scene, ground: Ground, args: Mapping[str, Any]
) -> Outcome:
    """Suggest what is like a product."""
    async with desk.db.read() as session:
        product = await _product(session, ground, args["product_id"])
    return await like_it(desk, scene, product) if product else refused("there is no such product")


async def _offered(
    session: AsyncSession, desk: Desk, scene: Scene, ground: Ground, told: str
) -> tuple[Product | None, list[Offer]]:
    """Return the product that is meant, and its variants as the channel of the chat has them."""
    product = await _product(session, ground, told)
    if product is None:
        return None, []
    found = await catalogue.offers_of(session, scene.channel.id, [product.id], desk.now())
    return product, found[product.id]


async def _product(session: AsyncSession, ground: Ground, told: str) -> Product | None:
    """Find a product by its id, or by its name in either language."""
    found = await session.get(Product, told.strip()[:80])
    if found is None:
        named = list(ground.world.named(told))
        rows = select(Product).where(Product.id.in_(named)).order_by(Product.position)
        found = (await session.scalars(rows)).first()
    return found if found is not None and found.active else None


def _bottle(offers: Sequence[Offer]) -> str:
    """Return the variant that is meant when no size is named: the first that can be bought."""
    return next((offer for offer in offers if offer.sellable > 0), offers[0]).variant.id


async def _cart(uow: UnitOfWork, desk: Desk, scene: Scene, chat: Chat, line: Line) -> Checkout:
    """Return the cart of the chat with this line in it; the same again changes nothing."""
    buyer = Buyer(scene.viewer)
    if chat.checkout_id is not None:
        known = await uow.session.get_one(Checkout, chat.checkout_id)
        if known.status is CheckoutStatus.OPEN:
            return await checkout.update_lines(uow, buyer, desk.settings, known.id, [line])
    asked = Start(scene.channel, SalesOrigin.CHAT, scene.locale, (line,))
    return await checkout.start(uow, buyer, desk.settings, asked)


async def _carded(uow: UnitOfWork, desk: Desk, scene: Scene, checkout_id: str) -> Outcome:
    row = await uow.session.get_one(Checkout, checkout_id)
    seen = await checkout.view(uow.session, desk.settings, row, uow.now())
    made = await card.prepare(uow, desk.settings, scene.chat.id, checkout_id)
    quote = seen.quote
    told = {
        "ok": True,
        "lines": [
            {"variant_id": line.variant_id, "quantity": line.quantity} for line in seen.lines
        ],
        "total": Money(quote.total, quote.currency).formatted(),
        "discount": Money(quote.discount, quote.currency).formatted(),
        "missing": [type(problem).__name__ for problem in seen.problems],
        "note": "a card was shown; the customer has to confirm it before anything is charged",
    }
    return Outcome(told, cards=[{"type": "order", "card": made.id}])


SKILLS = (
    Skill(
        "check_inventory",
        "Sizes, prices and availability of a product. product_id is its id or name.",
        {"ko": "재고를 확인하는 중", "en": "Checking the stock"},
        check_inventory,
        text=("product_id",),
    ),
    Skill(
        "create_checkout",
        "Put so many bottles of a product into the cart and show an order card to confirm.",
        {"ko": "주문 카드를 준비하는 중", "en": "Preparing the order"},
        create_checkout,
        text=("product_id",),
        count=("quantity",),
        may=lambda scene, _args: wants(scene),
    ),
    Skill(
        "apply_discount",
        "Use a promotion code that the customer typed.",
        {"ko": "할인 코드를 적용하는 중", "en": "Applying the code"},
        apply_discount,
        text=("code",),
        may=lambda scene, args: codes.typed(args["code"], scene.said, *scene.said_before),
    ),
    Skill(
        "recommend_phygital_experience",
        "The AR experience that a product's label opens.",
        {"ko": "AR 경험을 찾는 중", "en": "Looking for the AR experience"},
        recommend_phygital_experience,
        text=("product_id",),
    ),
    Skill(
        "track_order",
        "How far the customer's order is; an empty order_number means the latest.",
        {"ko": "주문을 확인하는 중", "en": "Looking at the order"},
        track_order,
        text=("order_number",),
    ),
    Skill(
        "notify_back_in_stock",
        "Have the customer told when a product that is sold out is back.",
        {"ko": "재입고 알림을 거는 중", "en": "Setting a notice"},
        notify_back_in_stock,
        text=("product_id",),
    ),
    Skill(
        "find_similar",
        "Drinks that are like a product and can be bought, such as when it is sold out.",
        {"ko": "비슷한 술을 찾는 중", "en": "Looking for something like it"},
        find_similar,
        text=("product_id",),
    ),
)
