"""The channel that a customer belongs to, whose legal age holds wherever they ask from."""

from datetime import datetime

from core.errors import InvalidInput
from core.outbox import UnitOfWork
from core.viewer import AgeState
from models.account import Customer
from models.catalogue.market import Channel
from services.account.age import LegalAge, age_in
from services.account.errors import HomeChannelFixed

UNKNOWN_CHANNEL = {
    "ko": "없는 채널입니다. channels에서 고르세요.",
    "en": "There is no such channel. Take one of `channels`.",
}


async def settle(uow: UnitOfWork, customer: Customer, channel: Channel) -> None:
    """Make this the home channel, unless that would let the customer in earlier than before."""
    if await _may_move(uow, customer, channel):
        customer.home_channel = channel.id


async def move(uow: UnitOfWork, customer: Customer, channel_id: str) -> None:
    """Change the home channel as asked. Raises InvalidInput, HomeChannelFixed."""
    channel = await uow.session.get(Channel, channel_id)
    if channel is None or not channel.active:
        raise InvalidInput("input.homeChannel", UNKNOWN_CHANNEL)
    if not await _may_move(uow, customer, channel):
        raise HomeChannelFixed
    customer.home_channel = channel.id


async def _may_move(uow: UnitOfWork, customer: Customer, channel: Channel) -> bool:
    home = await uow.session.get(Channel, customer.home_channel) if customer.home_channel else None
    if home is None or LegalAge.of(channel).is_as_strict_as(LegalAge.of(home)):
        return True
    return is_of_age(customer, home, uow.now())


def is_of_age(customer: Customer, channel: Channel, now: datetime) -> bool:
    """Tell whether the customer is of legal age in a channel, as told or as proven."""
    age = age_in(channel, None, customer.birth_date, customer.age_verified_at, now)
    return age in (AgeState.DECLARED, AgeState.VERIFIED)
