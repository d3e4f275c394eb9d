"""Downloads from an address that a provider named: never from inside our own network."""

import asyncio
import ipaddress
import socket
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import httpx2

from gateways.renderer.errors import RendererUnavailable, RenderGone
from gateways.renderer.files import write_stream
from gateways.renderer.queue_wire import connection

SECONDS = 300.0
REDIRECTS = 3
# Where a network translates (RFC 6052), this leads to any IPv4 address, our own among them.
TRANSLATED = ipaddress.IPv6Network("64:ff9b::/96")
type Address = ipaddress.IPv4Address | ipaddress.IPv6Address


class _Moved(Exception):
    """The file is at another address."""


async def download(url: str, path: Path, *, loopback: bool) -> None:
    """Write the whole file or nothing. Raises RenderGone or RendererUnavailable.

    Only https to public addresses; with `loopback` also http to this machine. The name
    is resolved once, and that address is connected to: it cannot point elsewhere the second time.
    """
    try:
        async with asyncio.timeout(SECONDS):
            for _ in range(REDIRECTS + 1):
                try:
                    await _one(url, path, loopback)
                except _Moved as moved:
                    url = urljoin(url, str(moved))
                else:
                    return
        raise RendererUnavailable("the film's address leads in circles")
    except (httpx2.HTTPError, httpx2.InvalidURL, TimeoutError, OSError, ValueError) as error:
        raise RendererUnavailable(f"the film did not come ({type(error).__name__})") from error


async def _one(url: str, path: Path, loopback: bool) -> None:
    parts = urlsplit(url)
    host, port = parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)
    address = await _allowed(parts.scheme, host, port, loopback)
    literal = f"[{address}]" if address.version == 6 else str(address)
    pinned = parts._replace(netloc=f"{literal}:{port}").geturl()
    async with (
        connection(SECONDS) as client,
        client.stream(
            "GET",
            pinned,
            headers={"Host": parts.netloc.rpartition("@")[2], "Accept-Encoding": "identity"},
            extensions={"sni_hostname": host},
        ) as response,
    ):
        if response.is_redirect:
            raise _Moved(response.headers.get("location", ""))
        if response.status_code in (403, 404, 410):
            raise RenderGone(f"the film's address answered {response.status_code}")
        if not response.is_success:
            raise RendererUnavailable(f"the film's address answered {response.status_code}")
        length = response.headers.get("content-length")
        await write_stream(response.aiter_bytes(65_536), length, path)


async def _allowed(scheme: str, host: str, port: int, loopback: bool) -> Address:
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    addresses = [_plain(ipaddress.ip_address(info[4][0])) for info in found]
    for address in addresses:
        own = loopback and address.is_loopback and scheme == "http"
        if not (own or (scheme == "https" and address.is_global and not address.is_multicast)):
            raise RendererUnavailable(f"a film may not be fetched from {scheme}://{host}")
    return addresses[0]


def _plain(address: Address) -> Address:
    """An IPv4 address that is dressed as IPv6, undressed: rules look at what is connected to."""
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped:
        return address.ipv4_mapped
    if address in TRANSLATED:
        return ipaddress.IPv4Address(int(address) & 0xFFFF_FFFF)
    return address
