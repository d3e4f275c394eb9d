"""Notifications: told in the app at once and by mail, in the words of the reader's language."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from core.errors import BadInput
from core.i18n import Text, pick
from core.ids import is_id, new_id
from core.outbox import Event, Task, UnitOfWork
from core.pages import MAX_PAGE, Page
from core.viewer import Viewer
from models.account import AccountSession, Customer
from models.notification import Notification, NotificationKind
from services.notification.wording import said

MAX_NUMBER = 2**31 - 1
FOOTER: Text = {"ko": "— 너드엑스 NERDX", "en": "— NERDX"}


@dataclass(frozen=True)
class SendMail(Task):
    """Mail a notification to its customer."""

    notification_id: str


@dataclass(frozen=True)
class NotificationAdded(Event):
    """A customer has a new notification."""

    notification_id: str


@dataclass(frozen=True)
class Letter:
    """A mail that is ready to go."""

    to: str
    subject: str
    text: str


def topic(customer_id: str) -> str:
    """Name the topic of a customer's notifications."""
    return f"notifications:{customer_id}"


async def notify(
    uow: UnitOfWork,
    customer_id: str,
    kind: str,
    subject_id: str | None,
    **parameters: str | Text,
) -> Notification | None:
    """Tell a customer something, in the app and by mail; None when the account is gone.

    `kind` is a NotificationKind. Parameters fill in the wording and hold nothing personal: plain
    text, or `{"ko": …, "en": …}`.
    """
    # In line, so that numbers appear in the order in which they are given out.
    await uow.lock("notifications", customer_id)
    customer = await uow.session.get(Customer, customer_id)
    if customer is None or customer.erased_at:
        return None
    of_customer = Notification.customer_id == customer_id
    last = await uow.session.scalar(select(func.max(Notification.number)).where(of_customer))
    row = Notification(id=new_id("ntf"), customer_id=customer_id, number=(last or 0) + 1)
    row.kind, row.subject_id, row.created_at = NotificationKind(kind), subject_id, uow.now()
    row.parameters = {name: _plain(value) for name, value in parameters.items()}
    uow.session.add(row)
    uow.send(NotificationAdded(topic(customer_id), row.id))
    if customer.email:
        uow.send(SendMail(row.id))
    return row


async def page(
    session: AsyncSession, viewer: Viewer, page: Page, unread_only: bool
) -> Sequence[Notification]:
    """Return the viewer's notifications, newest first, and one more if others follow."""
    rows = select(Notification).where(Notification.customer_id == viewer.id)
    if unread_only:
        rows = rows.where(Notification.read_at.is_(None))
    if key := page.key(1):
        rows = rows.where(Notification.number < _number(key[0]))
    rows = rows.order_by(Notification.number.desc()).limit(page.first + 1)
    return (await session.scalars(rows)).all()


async def by_ids(session: AsyncSession, viewer: Viewer, ids: list[str]) -> Sequence[Notification]:
    """Return those of these notifications that are the viewer's."""
    mine = Notification.customer_id == viewer.customer_id
    return (await session.scalars(select(Notification).where(mine, Notification.id.in_(ids)))).all()


async def unread(session: AsyncSession, viewer: Viewer) -> int:
    """Count what the viewer has not read."""
    mine = Notification.customer_id == viewer.id
    count = select(func.count()).where(mine, Notification.read_at.is_(None))
    return await session.scalar(count) or 0


async def mark_read(uow: UnitOfWork, viewer: Viewer, ids: Sequence[str]) -> int:
    """Mark these of the viewer's as read, and return how many were not yet. Raises BadInput."""
    if len(ids) > MAX_PAGE:
        raise BadInput(argument="ids")
    changed = (
        update(Notification)
        .where(Notification.customer_id == viewer.id, Notification.read_at.is_(None))
        .where(Notification.id.in_([id for id in ids if is_id(id)]))
        .values(read_at=uow.now())
        .returning(Notification.id)
    )
    return len((await uow.session.scalars(changed)).all())


async def last_number(session: AsyncSession, viewer: Viewer) -> int:
    """Return the number of the viewer's newest notification; 0 when there is none."""
    mine = Notification.customer_id == viewer.id
    return await session.scalar(select(func.max(Notification.number)).where(mine)) or 0


async def number_of(session: AsyncSession, viewer: Viewer, id: str) -> int | None:
    """Return the number of one of the viewer's notifications."""
    found = await by_ids(session, viewer, [id]) if is_id(id) else ()
    return found[0].number if found else None


async def after(session: AsyncSession, viewer: Viewer, number: int) -> Sequence[Notification]:
    """Return up to a hundred of the viewer's notifications that follow this number, in order.

    There are none once the viewer's session has ended.
    """
    open_ = select(AccountSession.id).where(AccountSession.id == viewer.session_id)
    rows = select(Notification).where(Notification.customer_id == viewer.id)
    rows = rows.where(open_.where(AccountSession.ended_at.is_(None)).exists())
    rows = rows.where(Notification.number > number).order_by(Notification.number)
    return (await session.scalars(rows.limit(MAX_PAGE))).all()


async def letter(session: AsyncSession, notification_id: str) -> Letter | None:
    """Return the mail of a notification; None when it was sent, or nobody is to get it."""
    found = (
        await session.execute(
            select(Notification, Customer.email, Customer.locale)
            .join(Customer, Customer.id == Notification.customer_id)
            .where(Notification.id == notification_id, Notification.mailed_at.is_(None))
            .where(Customer.email.is_not(None), Customer.erased_at.is_(None))
        )
    ).one_or_none()
    if found is None:
        return None
    return letter_to(found.email, found.locale, found[0].kind, found[0].parameters)


def letter_to(
    address: str, locale: str, kind: NotificationKind, parameters: Mapping[str, str | Text]
) -> Letter:
    """Write a mail with news of this kind."""
    title, body = said(kind, parameters, locale)
    return Letter(address, title, f"{body}\n\n{pick(FOOTER, locale)}")


async def mailed(uow: UnitOfWork, notification_id: str) -> None:
    """Keep that the mail of a notification was handed to the gateway."""
    sent = update(Notification).where(Notification.id == notification_id)
    await uow.session.execute(sent.values(mailed_at=uow.now()))


def _number(value: object) -> int:
    if type(value) is not int or not 0 <= value <= MAX_NUMBER:
        raise BadInput(argument="after")
    return value


def _plain(value: str | Text) -> str | dict[str, str]:
    return value if isinstance(value, str) else dict(value)
