"""The five endpoints of checkout sessions."""

from collections.abc import Awaitable, Callable
from typing import Any

from starlette.routing import BaseRoute, Route

from core.errors import DomainError, NotFound
from core.outbox import UnitOfWork
from routes.acp.door import Call, Shop, guarded
from services import acp, checkout, pricing, stock
from services.acp import AcpError, Answer, Notes
from services.checkout import CheckoutClosed

SESSIONS = "/acp/checkout_sessions"
type Effect = Callable[[UnitOfWork], Awaitable[Answer]]


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
    body = _items(call.body)
    acp.check("CheckoutSessionCreateRequest", _strict(body))
    locale = str(body.get("locale", call.locale))[:2]

    async def effect(uow: UnitOfWork) -> Answer:
        settings = call.shop.settings
        told = locale if locale in ("ko", "en") else call.locale
        id, notes = await acp.begin(uow, settings, call.buyer, body, told)
        return Answer(201, await acp.shown(uow.session, settings, id, uow.now(), notes))

    return await _once(call, effect)


async def update(call: Call) -> Answer:
    """POST /checkout_sessions/{id}: 200."""
    body = _items(call.body)
    acp.check("CheckoutSessionUpdateRequest", _strict(body))

    async def effect(uow: UnitOfWork) -> Answer:
        settings = call.shop.settings
        notes = await acp.apply(uow, settings, call.buyer, call.id, body)
        return Answer(200, await acp.shown(uow.session, settings, call.id, uow.now(), notes))

    return await _once(call, effect)


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
    agreed = checkout.Agreement(wish, None, f"{call.partner.id}:{call.key}")
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


async def _once(call: Call, effect: Effect) -> Answer:
    """Do it and keep the answer in one transaction: after a crash there is both or nothing."""
    async with call.shop.begin() as uow:
        scope = (call.partner.id, call.path, call.key, call.body)
        if known := await acp.replay(uow, *scope):
            return known
        try:
            async with uow.session.begin_nested():
                answer = await effect(uow)
        except AcpError as error:
            answer = Answer(error.status, error.body, error.headers)
        await acp.store(uow, *scope, answer)
        return answer


async def _known(call: Call) -> Answer | None:
    async with call.shop.begin() as uow:
        return await acp.replay(uow, call.partner.id, call.path, call.key, call.body)


async def _kept(call: Call, id: str, message: dict[str, Any] | None = None) -> Answer:
    """Show the session as it came out, and keep that as the answer."""
    notes = Notes([message] if message else [])
    async with call.shop.begin() as uow:
        shown = await acp.shown(uow.session, call.shop.settings, id, uow.now(), notes)
        answer = Answer(200, shown)
        await acp.store(uow, call.partner.id, call.path, call.key, call.body, answer)
        return answer


def _items(body: dict[str, Any]) -> dict[str, Any]:
    """Add up repeated items; a quantity is 1 unless told, which the schema has no word for."""
    items = body.get("line_items", body.get("items"))
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        return body
    wanted: dict[str, dict[str, Any]] = {}
    for at, item in enumerate(items):
        quantity = item.get("quantity", 1)
        if not isinstance(quantity, int) or isinstance(quantity, bool) or quantity < 1:
            where = f"$.line_items[{at}].quantity"
            raise AcpError(400, "invalid", "A quantity is 1 or more.", param=where)
        known = wanted.setdefault(str(item.get("id")), {**item, "quantity": 0})
        known["quantity"] += quantity
    rest = {name: value for name, value in body.items() if name != "items"}
    return {**rest, "line_items": list(wanted.values())}


def _strict(body: dict[str, Any]) -> dict[str, Any]:
    """Return the body as the schema knows it."""
    items = body.get("line_items")
    if not isinstance(items, list):
        return body
    plain = [
        {name: value for name, value in item.items() if name != "quantity"}
        if isinstance(item, dict)
        else item
        for item in items
    ]
    return {**body, "line_items": plain}


def _absent() -> AcpError:
    return AcpError(404, "not_found", "There is no such session.")


def _closed(error: CheckoutClosed) -> AcpError:
    return AcpError(405, "conflict", f"The session is {error.status.value}.")
