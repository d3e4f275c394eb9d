"""A process that dies at an exact point, and a provider whose answers get lost."""

from collections.abc import AsyncIterator, Coroutine, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from app import App
from core.broker import make_broker
from core.outbox import Transactions, UnitOfWork
from gateways.payments import (
    ChargeOutcome,
    ChargeRequest,
    Payments,
    PaymentsUnavailable,
    ProviderNews,
    RefundOutcome,
    RefundRequest,
)

POINTS = ("commit", "committed", "asking", "answered", "lost")
"""Before a commit; after it and before anybody is told; before the provider is asked; after it has
done it and before we know; and an answer that never comes, which we outlive."""


class Killed(BaseException):
    """The process ended here; nothing of it may catch this."""


@dataclass
class Fuse:
    """Burns down to one point, at the n-th time that it is reached."""

    point: str | None = None
    left: int = 0
    burnt: int = 0

    def light(self, point: str | None = None, after: int = 0) -> None:
        """Have it go off there, or nowhere."""
        self.point, self.left = point, after

    def is_out(self, point: str) -> bool:
        """Reach a point; tell whether it goes off."""
        if point != self.point:
            return False
        self.left -= 1
        if self.left >= 0:
            return False
        self.point, self.burnt = None, self.burnt + 1
        return True

    def reach(self, point: str) -> None:
        """Reach a point. Raises Killed."""
        if self.is_out(point):
            raise Killed(point)


class MortalTransactions(Transactions):
    """The product's own, but for dying, and for never ringing: what is sent waits in the outbox."""

    def __init__(self, host: App, fuse: Fuse) -> None:
        super().__init__(host.db, make_broker(host.settings), host.bus)
        self._fuse = fuse

    @asynccontextmanager
    async def __call__(self) -> AsyncIterator[UnitOfWork]:
        async with super().__call__() as uow:
            yield uow
            await uow.session.flush()
            self._fuse.reach("commit")
        self._fuse.reach("committed")

    async def deliver(self, ids: Sequence[str] = ()) -> int:
        return 0


class MortalPayments(Payments):
    """The real gateway, asked by a process that may die."""

    def __init__(self, payments: Payments, fuse: Fuse) -> None:
        self._payments, self._fuse = payments, fuse

    async def charge(self, request: ChargeRequest) -> ChargeOutcome:
        return await self._asked(self._payments.charge(request))

    async def find(self, request: ChargeRequest, provider_id: str | None) -> ChargeOutcome | None:
        return await self._asked(self._payments.find(request, provider_id))

    async def cancel(self, request: ChargeRequest, provider_id: str) -> ChargeOutcome:
        return await self._asked(self._payments.cancel(request, provider_id))

    async def refund(self, request: RefundRequest) -> RefundOutcome:
        return await self._asked(self._payments.refund(request))

    async def find_refund(
        self, request: RefundRequest, provider_id: str | None
    ) -> RefundOutcome | None:
        return await self._asked(self._payments.find_refund(request, provider_id))

    def event(self, body: bytes, signature: str | None) -> ProviderNews:
        return self._payments.event(body, signature)

    async def aclose(self) -> None:
        await self._payments.aclose()

    async def _asked[T](self, question: Coroutine[Any, Any, T]) -> T:
        try:
            self._fuse.reach("asking")
        except Killed:
            question.close()
            raise
        answer = await question
        self._fuse.reach("answered")
        if self._fuse.is_out("lost"):
            raise PaymentsUnavailable("lost")
        return answer
