"""Requests to addresses that others chose, and never into a network that is not public.

An address is judged twice: as a text when it is given, and by every IP address that its name has
when something is sent. The connection then goes to one of those very IP addresses, so that a name
cannot lead elsewhere in between. Nothing is followed, no proxy is used, and little of the answer
is read.
"""

import asyncio
import contextlib
import ipaddress
import re
import socket
import ssl
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import httpx2

from core.settings import Settings
from core.telemetry import traced
from gateways import tls

LONGEST_ADDRESS = 500
LARGEST_ANSWER = 4_096
CONNECT_SECONDS = 5.0
MAX_ADDRESSES = 3
NAME = re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+)*")
INSIDE = ("localhost", "local", "internal", "intranet", "lan", "home", "corp", "arpa", "onion")

type Ip = ipaddress.IPv4Address | ipaddress.IPv6Address
type Resolve = Callable[[str, int], Awaitable[Sequence[str]]]


class AddressRefused(Exception):
    """Nothing is sent there; the text says why."""


class NoAnswer(Exception):
    """Nobody answered: no name, no connection, no certificate to trust, or no HTTP."""


class AnswerLate(NoAnswer):
    """There was no answer in time; it may have arrived all the same."""


@dataclass(frozen=True)
class Reply:
    """What was answered; `retry_after` in seconds. A body that is too long is cut after a while."""

    status: int
    retry_after: float | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


@dataclass(frozen=True)
class _Ask:
    """A request, and how much of the answer is read."""

    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes | None = None
    most: int = LARGEST_ANSWER


class Outbound(Protocol):
    """Sends what others asked for to where they asked."""

    async def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> Reply:
        """Posts once. Raises AddressRefused or NoAnswer."""
        ...

    async def get(self, url: str, headers: Mapping[str, str], *, most: int) -> Reply:
        """Gets a document of so many bytes at most. Raises AddressRefused or NoAnswer."""
        ...


class GuardedOutbound(Outbound):
    """Over the network, guarded; a sandbox may also reach this machine itself."""

    def __init__(
        self,
        settings: Settings,
        resolve: Resolve | None = None,
        trust: ssl.SSLContext | None = None,
    ) -> None:
        self._loopback = settings.is_sandbox
        self._seconds = settings.partner_webhook_timeout_seconds
        self._resolve = resolve or resolved
        self._trust = trust

    @traced("outbound.post")
    async def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> Reply:
        return await self._answer(_Ask("POST", url, headers, body))

    @traced("outbound.get")
    async def get(self, url: str, headers: Mapping[str, str], *, most: int) -> Reply:
        reply = await self._answer(_Ask("GET", url, headers, most=most))
        if len(reply.body) > most:
            raise NoAnswer(f"the answer is longer than {most} bytes")
        return reply

    async def _answer(self, ask: _Ask) -> Reply:
        try:
            async with asyncio.timeout(self._seconds):
                return await self._ask(ask)
        except (TimeoutError, httpx2.TimeoutException) as error:
            raise AnswerLate(f"no answer in {self._seconds:g} s") from error
        except (httpx2.HTTPError, httpx2.InvalidURL, OSError, UnicodeError) as error:
            raise NoAnswer(type(error).__name__) from error

    async def _ask(self, ask: _Ask) -> Reply:
        check_address(ask.url, loopback=self._loopback)
        target = httpx2.URL(ask.url)
        port = target.port or (443 if target.scheme == "https" else 80)
        ips = await self._allowed(target, port)
        async with self._client() as client:
            for ip in ips[:-1]:
                with contextlib.suppress(httpx2.ConnectError, httpx2.ConnectTimeout):
                    return await _send(client, target, ip, ask)
            return await _send(client, target, ips[-1], ask)

    async def _allowed(self, target: httpx2.URL, port: int) -> list[str]:
        """Return where the name leads; one address that is not public spoils all of them."""
        found = list(dict.fromkeys(await self._resolve(_name(target), port)))
        if not found:
            raise NoAnswer("the name leads nowhere")
        for text in found:
            ip = ipaddress.ip_address(text)
            at_home = self._loopback and ip.is_loopback
            if not at_home and (target.scheme != "https" or not is_public(ip)):
                raise AddressRefused("the address is not public")
        return found[:MAX_ADDRESSES]

    def _client(self) -> httpx2.AsyncClient:
        connect = min(CONNECT_SECONDS, self._seconds)
        return httpx2.AsyncClient(
            verify=self._trust or tls.trust(),
            trust_env=False,
            follow_redirects=False,
            timeout=httpx2.Timeout(self._seconds, connect=connect),
        )


async def resolved(host: str, port: int) -> Sequence[str]:
    """Return the IP addresses of a name; raises OSError when it has none."""
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(place[0]) for *_, place in found]


def check_address(url: str, *, loopback: bool) -> None:
    """Raise AddressRefused unless this text may be an address to send to.

    That is https to a name or an IP address that is public; with `loopback` also this machine.
    """
    try:
        parts = httpx2.URL(url)
    except (httpx2.InvalidURL, ValueError, TypeError) as error:
        raise AddressRefused("this is no address") from error
    host = _name(parts).rstrip(".").lower()
    ip = _literal(host)
    plain = url.isascii() and url.isprintable() and not set(url) & set(" \\")
    named = ip is not None or NAME.fullmatch(host)
    port = 443 if parts.port is None else parts.port
    if (
        not (plain and named)
        or len(url) > LONGEST_ADDRESS
        or parts.userinfo
        or not 1 <= port <= 65_535
    ):
        raise AddressRefused("this is no address")
    if loopback and parts.scheme in ("http", "https") and _is_home(host, ip):
        return
    if parts.scheme != "https":
        raise AddressRefused("the address is not https")
    if not (is_public(ip) if ip is not None else _is_outside(host)):
        raise AddressRefused("the address is not public")


def is_public(ip: Ip) -> bool:
    """Tell whether an IP address is one of the public network; ways around are not."""
    if isinstance(ip, ipaddress.IPv6Address) and (ip.ipv4_mapped or ip.sixtofour or ip.teredo):
        return False
    return ip.is_global and not (ip.is_multicast or ip.is_reserved or ip.is_unspecified)


def _name(target: httpx2.URL) -> str:
    return target.raw_host.decode("ascii")


def _literal(host: str) -> Ip | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def _is_home(host: str, ip: Ip | None) -> bool:
    return ip.is_loopback if ip is not None else host == "localhost"


def _is_outside(host: str) -> bool:
    """Tell whether a name may be public: it has a dot, and is no number in another dress."""
    *rest, last = host.split(".")
    return bool(rest) and last not in INSIDE and not last[:1].isdigit()


async def _send(client: httpx2.AsyncClient, target: httpx2.URL, ip: str, ask: _Ask) -> Reply:
    host = target.netloc.decode("ascii")
    given = {**ask.headers, "host": host, "accept-encoding": "identity"}
    # The certificate has to be the name's, though the connection goes to the address.
    known_as = {"sni_hostname": _name(target)}
    where = target.copy_with(host=ip)
    async with client.stream(
        ask.method, where, content=ask.body, headers=given, extensions=known_as
    ) as answer:
        body = bytearray()
        async for chunk in answer.aiter_raw():
            body += chunk
            if len(body) > ask.most:
                break
        after = _seconds(answer.headers.get("retry-after", ""))
        return Reply(answer.status_code, after, answer.headers, bytes(body))


def _seconds(text: str) -> float | None:
    return float(text) if text.isascii() and text.isdigit() and len(text) < 9 else None
