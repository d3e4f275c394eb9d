"""Nothing is sent into a network that is not public, whatever an address looks like."""

import ipaddress
import ssl
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from core.settings import Settings
from gateways.outbound import (
    AddressRefused,
    AnswerLate,
    GuardedOutbound,
    NoAnswer,
    check_address,
    is_public,
    resolved,
)
from tests.support.serve import free_port

SANDBOX = Settings(environment="test", sandbox_sign_in=True, partner_webhook_timeout_seconds=2)
PRODUCTION = Settings(environment="production", partner_webhook_timeout_seconds=2)
REFUSED = [
    "",
    "no address",
    "partner.example/hook",
    "ftp://partner.example/hook",
    "file:///etc/passwd",
    "http://partner.example/hook",
    "https://localhost/hook",
    "https://LOCALHOST./hook",
    "https://a.localhost/hook",
    "https://127.0.0.1/hook",
    "https://127.1/hook",
    "https://0x7f.0.0.1/hook",
    "https://2130706433/hook",
    "https://0177.0.0.1/hook",
    "https://0.0.0.0/hook",
    "https://[::]/hook",
    "https://[::1]/hook",
    "https://[::ffff:127.0.0.1]/hook",
    "https://[::ffff:7f00:1]/hook",
    "https://[::ffff:8.8.8.8]/hook",
    "https://[::127.0.0.1]/hook",
    "https://[2002:7f00:1::]/hook",
    "https://[64:ff9b::7f00:1]/hook",
    "https://[fe80::1]/hook",
    "https://[fe80::1%25eth0]/hook",
    "https://[fc00::1]/hook",
    "https://10.0.0.1/hook",
    "https://192.168.1.1/hook",
    "https://100.64.0.1/hook",
    "https://169.254.169.254/latest/meta-data",
    "https://224.0.0.1/hook",
    "https://metadata.google.internal/hook",
    "https://db.local/hook",
    "https://user:pw@partner.example/hook",
    "https://user@partner.example/hook",
    "https://partner.example:0/hook",
    "https://partner.example:99999/hook",
    "https://partner.example\\@10.0.0.1/hook",
    "https://partner.example/a b",
    "https://partner.example/\n",
    "https://파트너.example/hook",
    "https:///hook",
    "https://partner.example/" + "a" * 500,
]
PRIVATE = [
    "127.0.0.1",
    "10.1.2.3",
    "172.31.255.255",
    "192.168.0.1",
    "169.254.169.254",
    "100.100.100.200",
    "0.0.0.0",
    "224.0.0.1",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "fe80::1",
    "fe80::1%lo",
    "fd00:ec2::254",
    "ff02::1",
    "::ffff:10.0.0.1",
    "::ffff:8.8.8.8",
    "64:ff9b::a00:1",
    "64:ff9b:1::1",
    "2002:a00:1::",
    "2001:0:4136:e378:8000:63bf:3fff:fdd2",
]


@pytest.mark.parametrize("url", REFUSED)
def test_odd_and_inner_addresses_are_refused(url: str) -> None:
    with pytest.raises(AddressRefused):
        check_address(url, loopback=False)


@pytest.mark.parametrize(
    "url",
    [
        "https://partner.example/agentic_checkout/webhooks/order_events?a=1",
        "https://partner.example:8443/",
        "https://xn--vk1b987b7xa.example/hook",
        "https://8.8.8.8/hook",
        "https://[2001:4860:4860::8888]/hook",
    ],
)
def test_public_addresses_are_taken(url: str) -> None:
    check_address(url, loopback=False)


def test_a_sandbox_may_reach_this_machine_and_nothing_else_within() -> None:
    for url in ("http://127.0.0.1:8123/a", "http://localhost:1/a", "https://[::1]/a"):
        check_address(url, loopback=True)
    for url in ("http://10.0.0.1/a", "http://partner.example/a", "https://192.168.0.1/a"):
        with pytest.raises(AddressRefused):
            check_address(url, loopback=True)


@pytest.mark.parametrize("text", PRIVATE)
def test_no_such_ip_address_is_public(text: str) -> None:
    assert not is_public(ipaddress.ip_address(text))


class Names:
    """A resolver that a test owns."""

    def __init__(self, *answers: Sequence[str]) -> None:
        self.answers, self.asked = list(answers), list[tuple[str, int]]()

    async def __call__(self, host: str, port: int) -> Sequence[str]:
        """Answer with the next answer, and with the last for ever."""
        self.asked.append((host, port))
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


@pytest.mark.parametrize("found", [[one] for one in PRIVATE] + [["8.8.8.8", "10.0.0.1"]])
async def test_names_that_lead_within_are_refused(found: list[str]) -> None:
    names = Names(found)
    with pytest.raises(AddressRefused):
        await GuardedOutbound(PRODUCTION, names).post("https://partner.example/hook", b"{}", {})
    assert names.asked == [("partner.example", 443)]


async def test_numbers_in_another_dress_lead_nowhere_even_past_the_first_look() -> None:
    for host in ("2130706433", "0x7f.1", "localhost"):
        (first, *_) = await resolved(host, 443)
        assert not is_public(ipaddress.ip_address(first))


@contextmanager
def server(status: int = 200, tls: ssl.SSLContext | None = None) -> Iterator[ThreadingHTTPServer]:
    """A server on this machine that notes what it got, and leads elsewhere."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            got.append((self.path, self.headers["Host"], body))
            self.send_response(status)
            self.send_header("Location", f"http://127.0.0.1:{made.server_port}/inner")
            self.send_header("Retry-After", "7")
            self.end_headers()
            try:
                for _ in range(size):
                    self.wfile.write(b"x" * 1_000)
            except OSError:
                cut.set()

        def log_message(self, *args: object) -> None:
            """Say nothing."""

    got: list[tuple[str, str, bytes]] = []
    cut, size = threading.Event(), 20_000 if status == 299 else 1
    made = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    made.daemon_threads = True
    made.got, made.cut = got, cut  # type: ignore[attr-defined]
    if tls:
        made.socket = tls.wrap_socket(made.socket, server_side=True)
    thread = threading.Thread(target=made.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield made
    finally:
        made.shutdown()
        made.server_close()
        thread.join()


async def test_redirects_are_not_followed() -> None:
    with server(307) as there:
        url = f"http://127.0.0.1:{there.server_port}/hook"
        reply = await GuardedOutbound(SANDBOX).post(url, b"{}", {})
        assert (reply.status, reply.retry_after) == (307, 7.0)
        assert [path for path, *_ in there.got] == ["/hook"]  # type: ignore[attr-defined]


async def test_no_more_of_an_answer_is_read_than_a_little() -> None:
    with server(299) as there:
        url = f"http://127.0.0.1:{there.server_port}/hook"
        assert (await GuardedOutbound(SANDBOX).post(url, b"{}", {})).status == 299
        assert there.cut.wait(10)  # type: ignore[attr-defined]


async def test_loopback_is_refused_outside_a_sandbox() -> None:
    with server() as there:
        outbound = GuardedOutbound(PRODUCTION, Names(["127.0.0.1"]))
        for scheme in ("http", "https"):
            for host in ("127.0.0.1", "partner.example"):
                with pytest.raises(AddressRefused):
                    await outbound.post(f"{scheme}://{host}:{there.server_port}/", b"{}", {})
        assert there.got == []  # type: ignore[attr-defined]


async def test_a_proxy_of_the_environment_is_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    with server() as there, server() as proxy:
        for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.server_port}")
        url = f"http://127.0.0.1:{there.server_port}/hook"
        assert (await GuardedOutbound(SANDBOX).post(url, b"{}", {})).status == 200
        assert len(there.got) == 1  # type: ignore[attr-defined]
        assert proxy.got == []  # type: ignore[attr-defined]


async def test_silence_and_closed_doors_are_told_apart() -> None:
    with pytest.raises(NoAnswer) as closed:
        await GuardedOutbound(SANDBOX).post(f"http://127.0.0.1:{free_port()}/", b"", {})
    assert not isinstance(closed.value, AnswerLate)
    with pytest.raises(NoAnswer):
        await GuardedOutbound(SANDBOX, Names([])).post("https://partner.example/", b"", {})

    async def hangs(host: str, port: int) -> Sequence[str]:
        raise TimeoutError

    with pytest.raises(AnswerLate):
        await GuardedOutbound(SANDBOX, hangs).post("https://partner.example/", b"", {})


def _certified(folder: Path, name: str) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """A server's side and a client's side of a certificate for this name."""
    key = ec.generate_private_key(ec.SECP256R1())
    who = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(who)
        .issuer_name(who)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    chain, private = folder / "chain.pem", folder / "key.pem"
    chain.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    private.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    serves = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    serves.load_cert_chain(chain, private)
    return serves, ssl.create_default_context(cafile=str(chain))


async def test_the_certificate_is_the_names_and_the_connection_the_looked_up_addresss(
    tmp_path: Path,
) -> None:
    """A name that leads elsewhere when asked again is asked once only."""
    serves, trusts = _certified(tmp_path, "partner.example")
    with server(tls=serves) as there:
        names = Names(["127.0.0.1"], ["10.0.0.1"])
        outbound = GuardedOutbound(SANDBOX, names, trusts)
        url = f"https://partner.example:{there.server_port}/hook"
        assert (await outbound.post(url, b"{}", {"x": "y"})).status == 200
        host = f"partner.example:{there.server_port}"
        assert there.got == [("/hook", host, b"{}")]  # type: ignore[attr-defined]
        assert len(names.asked) == 1
        with pytest.raises(AddressRefused):
            await outbound.post(url, b"{}", {})
        other = GuardedOutbound(SANDBOX, Names(["127.0.0.1"]), trusts)
        with pytest.raises(NoAnswer):
            await other.post(f"https://other.example:{there.server_port}/hook", b"{}", {})
        strict = GuardedOutbound(SANDBOX, Names(["127.0.0.1"]))
        with pytest.raises(NoAnswer):
            await strict.post(url, b"{}", {})
        assert len(there.got) == 1  # type: ignore[attr-defined]
