"""What makes a checkout cheaper, and cards that pay for it."""

from core.outbox import UnitOfWork
from core.settings import Settings
from models.catalogue import Channel
from models.checkout import Checkout
from services import pricing
from services.checkout.buyer import Buyer
from services.checkout.change import invalid, opened, touched
from services.checkout.read import cart_of, lines_of

MAX_CODES = 5
MAX_CARDS = 5


async def apply_promotion(
    uow: UnitOfWork, buyer: Buyer, settings: Settings, id: str, code: str
) -> Checkout:
    """Use a code. Raises NotFound, CheckoutClosed, PromotionRefused, InvalidInput."""
    checkout = await opened(uow, buyer, id)
    code = _code(code)
    if code not in checkout.codes:
        if len(checkout.codes) >= MAX_CODES:
            raise invalid("code", f"코드는 {MAX_CODES}개까지입니다.", f"At most {MAX_CODES} codes.")
        cart = cart_of(settings, checkout, await lines_of(uow.session, checkout.id))
        promotion = await pricing.check_code(uow.session, cart, code, uow.now())
        checkout.codes = list(dict.fromkeys([*checkout.codes, promotion.code or code]))
    touched(uow, checkout)
    return checkout


async def remove_promotion(uow: UnitOfWork, buyer: Buyer, id: str, code: str) -> Checkout:
    """Give a code up; one that is not there is fine. Raises NotFound, CheckoutClosed."""
    checkout = await opened(uow, buyer, id)
    checkout.codes = [kept for kept in checkout.codes if kept != _code(code)]
    touched(uow, checkout)
    return checkout


async def add_gift_card(
    uow: UnitOfWork, buyer: Buyer, settings: Settings, id: str, code: str
) -> Checkout:
    """Pay with a card, as far as it goes. Raises NotFound, CheckoutClosed, GiftCardRefused."""
    checkout = await opened(uow, buyer, id)
    channel = await uow.session.get_one(Channel, checkout.channel_id)
    card = await pricing.find_card(uow.session, settings, code, channel.currency, uow.now())
    if card.id not in checkout.gift_card_ids:
        if len(checkout.gift_card_ids) >= MAX_CARDS:
            raise invalid("code", f"카드는 {MAX_CARDS}장까지입니다.", f"At most {MAX_CARDS} cards.")
        checkout.gift_card_ids = [*checkout.gift_card_ids, card.id]
    touched(uow, checkout)
    return checkout


async def remove_gift_card(uow: UnitOfWork, buyer: Buyer, id: str, card_id: str) -> Checkout:
    """Do not pay with a card after all. Raises NotFound, CheckoutClosed."""
    checkout = await opened(uow, buyer, id)
    checkout.gift_card_ids = [kept for kept in checkout.gift_card_ids if kept != card_id]
    touched(uow, checkout)
    return checkout


def _code(code: str) -> str:
    text = pricing.clean_code(code)
    if not 1 <= len(text) <= 40:
        raise invalid("code", "코드는 1~40자입니다.", "A code has 1 to 40 characters.")
    return text
