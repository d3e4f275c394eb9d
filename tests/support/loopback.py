"""Keeps tests on loopback (decision 24): nothing that they start can leave this machine.

On Linux, as root, the kernel sees to it: the run has a network of its own with nothing but
loopback in it, and so has every process that it starts. Everywhere each Python process of the
tests refuses to connect elsewhere, and the test during which one tried fails, whoever caught it.
"""

import fcntl
import os
import socket
import struct
import sys
from ipaddress import IPv6Address, ip_address

SIOCSIFFLAGS, IFF_UP = 0x8914, 1
LEAVING = ("socket.connect", "socket.sendto", "socket.sendmsg")
is_cut = False
tried: list[str] = []


def cut() -> None:
    """Leave this process, and all that it starts from now on, loopback alone, if it may."""
    global is_cut
    if not sys.platform.startswith("linux") or os.geteuid():
        return
    try:
        os.unshare(os.CLONE_NEWNET)
    except OSError:
        return
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        fcntl.ioctl(any_socket, SIOCSIFFLAGS, struct.pack("16sh22x", b"lo", IFF_UP))
    is_cut = True


def guard() -> None:
    """Refuse, and note, what this process sends beyond loopback from now on."""
    sys.addaudithook(_judge)


def stays(host: str) -> bool:
    """Whether what is sent there never leaves the machine."""
    try:
        address = ip_address(host.partition("%")[0])
    except ValueError:
        return host in ("", "localhost")
    if isinstance(address, IPv6Address) and address.ipv4_mapped:
        address = address.ipv4_mapped
    return address.is_loopback or address.is_unspecified


# As the interpreter ends, the names of a module go before its hooks.
def _judge(event: str, values: tuple[object, ...], leaving: tuple[str, ...] = LEAVING) -> None:
    if event not in leaving:
        return
    to = values[1] if len(values) > 1 else None
    if isinstance(to, tuple) and not stays(str(to[0])):
        tried.append(f"{to[0]}:{to[1]}")
        raise PermissionError(f"tests stay on loopback, and this one tried {tried[-1]}")
