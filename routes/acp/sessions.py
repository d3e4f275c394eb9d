"""The five endpoints of checkout sessions."""

import hashlib
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from starlette.routing import BaseRoute, Route

from core.errors import NotFound
from core.idempotency import IdempotencyConflict
from core.outbox import UnitOfWork
from models.checkout import Checkout
from routes.acp.door import Call, Shop, guarded
from routes.acp.items import added_up, strict, without_cart
from routes.acp.once import held, once
from routes.acp.secure import Stop, stop_of
from routes.acp.tries import counted
from services import acp, checkout, pricing, stock
from services.acp import AcpError, Answer, Notes
from services.checkout import CheckoutClosed
from services.payment import Wish

SESSIONS = "/acp/checkout_sessions"

type Ahead = Callable[[Call, str], Awaitable[Stop | None]]
type Show = Callable[[UnitOfWork, Notes], Awaitable[Answer]]


def session_routes(shop: Shop) -> list[BaseRoute]:
    """Return the routes."""
    table = (
        ("POST", SESSIONS, create),
        ("POST", f"{SESSIONS}/{{id}}", update),
        ("GET", f"{SESSIONS}/{{id}}", retrieve),
        ("POST", f"{SESSIONS}/{{id}}/complete", complete),
        ("POST", f"{SESSIONS}/{{id}}/cancel", cancel),
    )
    return [
        Route(path, guarded(shop, "checkout", endpoint), methods=[method])
        for method, path, endpoint in table
    ]


async def create(call: Call) -> Answer:
    """POST /checkout_sessions: 201."""
    body = added_up(call.body)
    cart_id = body.get("cart_id")
    acp.check("CheckoutSessionCreateRequest", strict(without_cart(body)))
    locale = str(body.get("locale", call.locale))[:2]

    async def effect(uow: UnitOfWork) -> Answer:
        settings = call.shop.settings
        told = locale if locale in ("ko", "en") else call.locale
        if cart_id is not None:
            id, notes = await acp.convert(uow, settings, call.buyer, cart_id, body)
        else:
            id, notes = await acp.begin(uow, settings, call.buyer, body, told)
        return Answer(
            201, await acp.shown(uow.session, settings, id, uow.now(), notes, codes=False)
        )

    return await counted(call, body, cart_id or "", lambda: once(call, effect))


async def update(call: Call) -> Answer:
    """POST /checkout_sessions/{id}: 200."""
    body = added_up(call.body)
    acp.check("CheckoutSessionUpdateRequest", strict(body))

    async def effect(uow: UnitOfWork) -> Answer:
        notes = await acp.apply(uow, call.shop.settings, call.buyer, call.id, body)
        return await _shown(uow, call, notes)

    return await counted(call, body, call.id, lambda: once(call, effect))


async def retrieve(call: Call) -> Answer:
    """GET /checkout_sessions/{id}: 200 or 404."""
    async with call.shop.db.read() as session:
        if call.id not in await checkout.mine(session, call.buyer, [call.id]):
            raise _absent()
        now = call.shop.begin.now()
        return Answer(200, await acp.shown(session, call.shop.settings, call.id, now))


async def cancel(call: Call) -> Answer:
    """POST /checkout_sessions/{id}/cancel: 200, or 405 once it has ended."""
    acp.check("CancelSessionRequest", call.body)
    reason = call.body.get("intent_trace", {}).get("reason_code")
    return await canceled(call, reason, lambda uow, notes: _shown(uow, call, notes))


async def canceled(call: Call, reason: str | None, show: Show) -> Answer:
    """End a session, and a payment that waits for its buyer."""
    shop = call.shop

    async def stop() -> None:
        with _refusals():
            await checkout.stop_paying(shop.begin, shop.gateways.payments, call.buyer, call.id)

    async def effect(uow: UnitOfWork) -> Answer:
        with _refusals():
            await checkout.cancel(uow, call.buyer, call.id, reason, again=False)
        return await show(uow, Notes())

    return await held(call, stop, effect)


async def complete(call: Call) -> Answer:
    """POST /checkout_sessions/{id}/complete: 200 with the order, or what is still missing."""
    acp.check("CheckoutSessionCompleteRequest", call.body)
    settings = call.shop.settings
    wish = replace(
        acp.completion(call.body),
        return_url=acp.continue_url(settings, call.id),
        authentication=acp.proof_of(call.body, settings),
    )

    async def first(uow: UnitOfWork, row: Checkout) -> None:
        acp.finish(row, call.body)

    def show(uow: UnitOfWork, notes: Notes) -> Awaitable[Answer]:
        return _shown(uow, call, notes)

    return await completed(call, wish, show, first, stop_of)


async def completed(
    call: Call,
    wish: Wish,
    show: Show,
    first: checkout.Prepare | None = None,
    ahead: Ahead | None = None,
) -> Answer:
    """Pay for a session, and show what came of it.

    `first` changes the checkout in the transaction that begins; `ahead` may keep it from paying.
    """
    # Hashed, so that a key of any length that the protocol allows is one of ours.
    key = hashlib.sha256(f"{call.partner.id}:{call.key}".encode()).hexdigest()
    agreed = checkout.Agreement(wish, None, key)
    notes = Notes()

    async def pay() -> None:
        if message := await _paid(call, agreed, first, ahead):
            notes.messages.append(message)

    return await held(call, pay, lambda uow: show(uow, notes))


async def _paid(
    call: Call,
    agreed: checkout.Agreement,
    first: checkout.Prepare | None,
    ahead: Ahead | None,
) -> dict[str, Any] | None:
    """Pay, and return what an agent is told of a payment that came to nothing."""
    shop, payments = call.shop, call.shop.gateways.payments
    try:
        with _refusals():
            if ahead and (stop := await ahead(call, agreed.idempotency_key)):
                return stop.message
            await checkout.complete(
                shop.begin, payments, shop.settings, call.buyer, call.id, agreed, first
            )
    except checkout.PaymentDeclined as error:
        return acp.declined(error, call.locale)
    except checkout.CheckoutIncomplete:
        return None
    except (stock.OutOfStock, pricing.PromotionRefused, pricing.GiftCardRefused) as error:
        return acp.refused(error, call.locale)
    return None


async def _shown(uow: UnitOfWork, call: Call, notes: Notes) -> Answer:
    # Codes that open bottles are kept nowhere, so not in an answer that is kept either.
    settings, now = call.shop.settings, uow.now()
    return Answer(200, await acp.shown(uow.session, settings, call.id, now, notes, codes=False))


@contextmanager
def _refusals() -> Iterator[None]:
    """Say in the protocol's words why a session can be neither paid nor canceled."""
    try:
        yield
    except NotFound as error:
        raise _absent() from error
    except CheckoutClosed as error:
        raise AcpError(405, "conflict", f"The session is {error.status.value}.") from error
    except checkout.PaymentPending as error:
        raise acp.in_flight() from error
    except IdempotencyConflict as error:
        raise acp.conflict() from error


def _absent() -> AcpError:
    return AcpError(404, "not_found", "There is no such session.")
