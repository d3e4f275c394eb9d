"""Platforms' profiles: fetched where `UCP-Agent` says, judged, and known for a while.

What that may cost is fixed: so many profiles are kept, so many are fetched a minute, and one that
could not be had is not asked for again at once.
"""

import asyncio
import re
import time
from collections import OrderedDict

import orjson

from core.rates import Rate
from gateways.outbound import AddressRefused, NoAnswer, Reply
from routes.acp import Shop
from routes.acp.door import too_many
from services import ucp
from services.acp import AcpError
from services.ucp import Agreed

KEPT = 256
LARGEST = 65_536
SHORTEST, LONGEST, REST = 60, 3_600, 10
# One partner who names a new profile each time must not keep the others' from being fetched.
FETCHES, OF_ONE = Rate(60, 60), Rate(12, 60)
MAX_AGE = re.compile(r"(?:^|[\s,])max-age=(\d{1,9})\b")
HEADERS = {"accept": "application/json", "user-agent": "NERDX-UCP"}


class Platforms:
    """What was agreed on with each platform."""

    def __init__(self, shop: Shop) -> None:
        self._shop = shop
        self._known: OrderedDict[str, tuple[float, Agreed | AcpError]] = OrderedDict()
        self._asking: dict[str, asyncio.Task[Agreed | AcpError]] = {}

    async def agreed(self, url: str, partner_id: str) -> Agreed:
        """Return what the platform with this profile and we can do. Raises AcpError."""
        until, known = self._known.get(url, (0.0, None))
        if url in self._known:
            self._known.move_to_end(url)
        if known is None or until <= time.monotonic():
            task = self._asking.get(url)
            if task is None:
                await self._take(f"ucp:profiles:{partner_id}", OF_ONE)
                task = self._asking.get(url)
            if task is None:
                task = self._asking[url] = asyncio.create_task(self._learn(url))
                task.add_done_callback(lambda _: self._asking.pop(url, None))
            # Others wait for the same answer, so one who goes away does not end it.
            known = await asyncio.shield(task)
        if isinstance(known, AcpError):
            told = known.body
            raise AcpError(known.status, told["code"], told["message"], headers=known.headers)
        return known

    async def _learn(self, url: str) -> Agreed | AcpError:
        try:
            await self._take("ucp:profiles", FETCHES)
        except AcpError as busy:
            told = "Too many profiles are being fetched. Try again shortly."
            return AcpError(503, "service_unavailable", told, headers=busy.headers)
        seconds = REST
        found: Agreed | AcpError
        try:
            reply = await self._shop.gateways.outbound.get(url, HEADERS, most=LARGEST)
            found = _judged(reply)
            seconds = _seconds(reply)
        except AddressRefused as error:
            found = ucp.refused("invalid_profile_url", f"The profile cannot be fetched: {error}.")
        except NoAnswer as error:
            found = _unreachable(str(error))
        except AcpError as error:
            found = error
        self._known[url] = (time.monotonic() + seconds, found)
        if len(self._known) > KEPT:
            self._known.popitem(last=False)
        return found

    async def _take(self, party: str, rate: Rate) -> None:
        standing = await self._shop.rates.take(party, [rate])
        if standing.wait:
            raise too_many(standing.wait)


def _judged(reply: Reply) -> Agreed:
    if reply.status != 200:
        raise _unreachable(f"the answer was {reply.status}")
    try:
        document = orjson.loads(reply.body)
    except orjson.JSONDecodeError as error:
        raise ucp.refused("profile_malformed", "The profile is not JSON.", 422) from error
    return ucp.agree(document)


def _unreachable(why: str) -> AcpError:
    return ucp.refused("profile_unreachable", f"The profile cannot be read: {why}.", 424)


def _seconds(reply: Reply) -> int:
    told = MAX_AGE.search(reply.headers.get("cache-control", "").lower())
    return min(max(int(told[1]) if told else SHORTEST, SHORTEST), LONGEST)
