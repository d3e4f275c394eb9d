"""The five endpoints of checkout sessions."""

import hashlib
from typing import Any

from starlette.routing import BaseRoute, Route

from core.errors import DomainError, NotFound
from core.outbox import UnitOfWork
from routes.acp.door import Call, Shop, guarded
from routes.acp.items import added_up, strict, without_cart
from routes.acp.once import once
from services import acp, checkout, pricing, stock
from services.acp import AcpError, Answer, Notes
from services.checkout import CheckoutClosed

SESSIONS = "/acp/checkout_sessions"


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

    return await once(call, effect)


async def update(call: Call) -> Answer:
    """POST /checkout_sessions/{id}: 200."""
    body = added_up(call.body)
    acp.check("CheckoutSessionUpdateRequest", strict(body))

    async def effect(uow: UnitOfWork) -> Answer:
        settings = call.shop.settings
        notes = await acp.apply(uow, settings, call.buyer, call.id, body)
        return Answer(
            200, await acp.shown(uow.session, settings, call.id, uow.now(), notes, codes=False)
        )

    return await once(call, effect)


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
    if known := await _known(call):
        return known
    reason = call.body.get("intent_trace", {}).get("reason_code")
    shop = call.shop
    try:
        row = await checkout.give_up(
            shop.begin, shop.gateways.payments, call.buyer, call.id, reason, again=False
        )
    except NotFound as error:
        raise _absent() from error
    except CheckoutClosed as error:
        raise _closed(error) from error
    return await _kept(call, row.id)


async def complete(call: Call) -> Answer:
    """POST /checkout_sessions/{id}/complete: 200 with the order, or what is still missing."""
    acp.check("CheckoutSessionCompleteRequest", call.body)
    if known := await _known(call):
        return known
    wish, shop = acp.completion(call.body), call.shop
    # Hashed, so that a key of any length that the protocol allows is one of ours.
    key = hashlib.sha256(f"{call.partner.id}:{call.key}".encode()).hexdigest()
    agreed = checkout.Agreement(wish, None, key)
    message: dict[str, Any] | None = None
    try:
        await checkout.complete(
            shop.begin, shop.gateways.payments, shop.settings, call.buyer, call.id, agreed
        )
    except NotFound as error:
        raise _absent() from error
    except CheckoutClosed as error:
        raise _closed(error) from error
    except checkout.PaymentPending as error:
        raise acp.IN_FLIGHT from error
    except checkout.PaymentDeclined as error:
        message = acp.declined(error, call.locale)
    except (checkout.CheckoutIncomplete, stock.OutOfStock, pricing.PromotionRefused) as error:
        message = None if isinstance(error, checkout.CheckoutIncomplete) else _refused(error, call)
    except pricing.GiftCardRefused as error:
        message = _refused(error, call)
    return await _kept(call, call.id, message)


def _refused(error: DomainError, call: Call) -> dict[str, Any]:
    return acp.refused(error, call.locale)


async def _known(call: Call) -> Answer | None:
    async with call.shop.begin() as uow:
        return await acp.replay(uow, call.partner.id, call.path, call.key, call.body)


async def _kept(call: Call, id: str, message: dict[str, Any] | None = None) -> Answer:
    """Show the session as it came out, and keep that as the answer."""
    notes = Notes([message] if message else [])
    async with call.shop.begin() as uow:
        settings, now = call.shop.settings, uow.now()
        # Codes that open bottles are kept nowhere, so not in an answer that is kept either.
        shown = await acp.shown(uow.session, settings, id, now, notes, codes=False)
        answer = Answer(200, shown)
        await acp.store(uow, call.partner.id, call.path, call.key, call.body, answer)
        return answer


def _absent() -> AcpError:
    return AcpError(404, "not_found", "There is no such session.")


def _closed(error: CheckoutClosed) -> AcpError:
    return AcpError(405, "conflict", f"The session is {error.status.value}.")
