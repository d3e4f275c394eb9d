"""Whom this process trusts when it connects."""

import ssl
from functools import cache

import httpx2


@cache
def trust() -> ssl.SSLContext:
    """The certificates of the machine, read once: reading them holds up a process for 20 ms."""
    return httpx2.create_ssl_context()
