"""Mails notifications."""

import logging

from gateways.mail import MailRefused
from services import notification
from services.notification import SendMail
from workers.base import Work, handles

log = logging.getLogger(__name__)


@handles(SendMail, max_retries=12, max_backoff=3_600_000)
async def send_mail(task: SendMail, work: Work) -> None:
    """Mail a notification once: the gateway knows a message again by the notification's id."""
    async with work.db.read() as session:
        letter = await notification.letter(session, task.notification_id)
    if letter is None:
        return
    mail = work.gateways.mail
    try:
        await mail.send(task.notification_id, letter.to, letter.subject, letter.text, None)
    except MailRefused as error:
        log.warning("mail %s will not be sent: %s", task.notification_id, error)
    async with work.begin() as uow:
        await notification.mailed(uow, task.notification_id)
