"""Mail to customers, through an HTTP gateway."""

import logging
from typing import Protocol

import httpx2

from core.settings import Settings
from gateways.tls import trust

log = logging.getLogger(__name__)


class MailRefused(Exception):
    """The gateway will not take this message; sending it again is useless."""


class MailUnavailable(Exception):
    """The gateway did not take the message now; sending it again is safe with the same key."""


class Mail(Protocol):
    """Sends one message to one person."""

    async def send(self, key: str, to: str, subject: str, text: str, html: str | None) -> None:
        """Sends once per `key`, however often it is called.

        Raises MailRefused or MailUnavailable.
        """
        ...


class HttpMail(Mail):
    """POSTs each message as JSON to `mail_url`, with an Idempotency-Key."""

    def __init__(self, settings: Settings) -> None:
        if settings.mail_url is None:
            raise ValueError("MAIL_URL is not set")
        self._url = settings.mail_url
        self._from = settings.mail_from
        self._key = settings.mail_api_key.get_secret_value()
        self._timeout = settings.provider_timeout_seconds

    async def send(self, key: str, to: str, subject: str, text: str, html: str | None) -> None:
        headers = {"Idempotency-Key": key}
        if self._key:
            headers["Authorization"] = f"Bearer {self._key}"
        message = {"from": self._from, "to": to, "subject": subject, "text": text, "html": html}
        try:
            async with httpx2.AsyncClient(verify=trust(), timeout=self._timeout) as client:
                answer = await client.post(self._url, json=message, headers=headers)
        except httpx2.HTTPError as error:
            raise MailUnavailable(type(error).__name__) from error
        if answer.status_code in (408, 409, 425, 429) or answer.status_code >= 500:
            raise MailUnavailable(f"the mail gateway answered {answer.status_code}")
        if not answer.is_success:
            raise MailRefused(f"the mail gateway answered {answer.status_code}")


class NoMail(Mail):
    """Where no gateway is configured: nothing leaves, and no address is logged."""

    async def send(self, key: str, to: str, subject: str, text: str, html: str | None) -> None:
        log.info("mail is not configured; message %s was not sent", key)


def mail_of(settings: Settings) -> Mail:
    """The mail that the settings ask for."""
    return HttpMail(settings) if settings.mail_url else NoMail()
