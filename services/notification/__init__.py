"""Notifications: told in the app at once and by mail, in the words of the reader's language."""

from services.notification.feed import (
    Letter,
    NotificationAdded,
    SendMail,
    after,
    by_ids,
    last_number,
    letter,
    letter_to,
    mailed,
    mark_read,
    notify,
    number_of,
    page,
    topic,
    unread,
)
from services.notification.wording import words

__all__ = [
    "Letter",
    "NotificationAdded",
    "SendMail",
    "after",
    "by_ids",
    "last_number",
    "letter",
    "letter_to",
    "mailed",
    "mark_read",
    "notify",
    "number_of",
    "page",
    "topic",
    "unread",
    "words",
]
