"""The mail gateway over HTTP."""

import asyncio
import logging
import socket
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import pytest
import uvicorn
from pydantic import SecretStr
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from core.settings import Settings
from gateways.mail import HttpMail, MailRefused, MailUnavailable, NoMail, mail_of

MESSAGE = ("ntf_1:mail", "mina@example.com", "완성됐어요", "영상이 준비됐어요.", "<p>영상</p>")


@dataclass
class PostOffice:
    url: str
    answers: list[int] = field(default_factory=list)
    received: list[tuple[dict[str, object], dict[str, str]]] = field(default_factory=list)


@pytest.fixture
async def office() -> AsyncIterator[PostOffice]:
    async def take(request: Request) -> Response:
        office.received.append((await request.json(), dict(request.headers)))
        return Response(status_code=office.answers.pop(0) if office.answers else 202)

    app = Starlette(routes=[Route("/send", take, methods=["POST"])])
    server = uvicorn.Server(uvicorn.Config(app, log_level="error", ws="none", lifespan="off"))
    with socket.create_server(("127.0.0.1", 0)) as door:
        office = PostOffice(f"http://127.0.0.1:{door.getsockname()[1]}/send")
        task = asyncio.create_task(server.serve(sockets=[door]))
        yield office
        server.should_exit = True
        await task


async def test_a_message_is_sent_as_json(office) -> None:
    mail = mail_of(Settings(mail_url=office.url, mail_api_key=SecretStr("key")))
    await mail.send(*MESSAGE)
    ((body, headers),) = office.received
    assert body == {
        "from": "NERDX <hello@nerdx.com>",
        "to": "mina@example.com",
        "subject": "완성됐어요",
        "text": "영상이 준비됐어요.",
        "html": "<p>영상</p>",
    }
    assert headers["idempotency-key"] == "ntf_1:mail"
    assert headers["authorization"] == "Bearer key"


async def test_what_to_do_when_it_is_not_taken(office) -> None:
    mail = HttpMail(Settings(mail_url=office.url))
    for status, error in ((500, MailUnavailable), (429, MailUnavailable), (422, MailRefused)):
        office.answers.append(status)
        with pytest.raises(error):
            await mail.send(*MESSAGE)
    away = HttpMail(Settings(mail_url="http://127.0.0.1:1/send"))
    with pytest.raises(MailUnavailable):
        await away.send(*MESSAGE)


async def test_without_a_gateway_nothing_personal_is_said(caplog) -> None:
    caplog.set_level(logging.DEBUG)
    mail = mail_of(Settings())
    assert isinstance(mail, NoMail)
    await mail.send(*MESSAGE)
    assert "mina" not in caplog.text
    assert "영상" not in caplog.text
