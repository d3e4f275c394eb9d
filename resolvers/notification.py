"""Notifications: marked as read, and followed live."""

from collections.abc import AsyncIterator

import strawberry

from core.errors import BadInput
from models.notification import Notification as NotificationRow
from schema.access import mutation, signed_in, subscription
from schema.context import Context, Info
from schema.notification import Notification
from services import notification


@strawberry.type
class NotificationMutation:
    """What can be done with notifications."""

    @mutation(signed_in)
    async def mark_notifications_read(self, info: Info, ids: list[strawberry.ID]) -> int:
        """Mark these as read, and tell how many were not yet."""
        async with info.context.begin() as uow:
            return await notification.mark_read(uow, info.context.viewer, ids)


@strawberry.type
class NotificationSubscription:
    """What can be followed of notifications."""

    @subscription(signed_in)
    async def notifications(
        self, info: Info, after: strawberry.ID | None = None
    ) -> AsyncIterator[Notification]:
        """Each new notification, once and in order.

        `after`: The last notification you have; those missed since then come first.
        """
        context, last = info.context, None
        async for _ in context.bus.follow(notification.topic(context.viewer.id)):
            if last is None:
                last = await _start(context, after)
            while rows := await _after(context, last):
                for row in rows:
                    last, context.event_id = row.number, row.id
                    context.forget()
                    yield Notification.of(row)


async def _start(context: Context, after: str | None) -> int:
    """Return the number after which to go on. Raises BadInput."""
    viewer = context.viewer
    async with context.db.read() as session:
        # EventSource comes back to the same address: where it stopped is newer than `after`.
        if context.last_event_id:
            number = await notification.number_of(session, viewer, context.last_event_id)
            if number is not None:
                return number
        if after is None:
            return await notification.last_number(session, viewer)
        number = await notification.number_of(session, viewer, after)
    if number is None:
        raise BadInput(argument="after")
    return number


async def _after(context: Context, number: int) -> list[NotificationRow]:
    async with context.db.read() as session:
        return list(await notification.after(session, context.viewer, number))
