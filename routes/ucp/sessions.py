"""The five operations on checkout sessions."""

from collections.abc import Awaitable
from typing import Any

from starlette.routing import BaseRoute, Route

from core.outbox import UnitOfWork
from models.checkout import Checkout, CheckoutStatus
from routes.acp.door import Call
from routes.acp.items import added_up
from routes.acp.once import once
from routes.acp.secure import Stop, status_of
from routes.acp.sessions import canceled, completed
from routes.acp.tries import counted
from routes.ucp.door import Door, Visit
from services import checkout, ucp
from services.acp import AcpError, Answer, Notes

SESSIONS = "/ucp/checkout-sessions"


def session_routes(door: Door) -> list[BaseRoute]:
    """Return the routes."""
    table = (
        ("POST", SESSIONS, create),
        ("GET", f"{SESSIONS}/{{id}}", retrieve),
        ("PUT", f"{SESSIONS}/{{id}}", update),
        ("POST", f"{SESSIONS}/{{id}}/complete", complete),
        ("POST", f"{SESSIONS}/{{id}}/cancel", cancel),
    )
    return [
        Route(path, door.guarded(endpoint), methods=[method]) for method, path, endpoint in table
    ]


async def create(visit: Visit) -> Answer:
    """POST /checkout-sessions: 201."""
    call, body = visit.call, _read(visit, "create")

    async def effect(uow: UnitOfWork) -> Answer:
        told = call.languages
        id, notes = await ucp.begin(uow, call.shop.settings, call.buyer, body, told, visit.agreed)
        return Answer(201, await _body(uow, visit, id, notes))

    return await counted(call, body, "", lambda: once(call, effect))


async def update(visit: Visit) -> Answer:
    """PUT /checkout-sessions/{id}: 200."""
    call, body = visit.call, _read(visit, "update")

    async def effect(uow: UnitOfWork) -> Answer:
        settings = call.shop.settings
        notes = await ucp.apply(uow, settings, call.buyer, call.id, body, visit.agreed)
        return await _shown(uow, visit, notes)

    return await counted(call, body, call.id, lambda: once(call, effect))


async def retrieve(visit: Visit) -> Answer:
    """GET /checkout-sessions/{id}: 200, with the session or without."""
    call = visit.call
    async with call.shop.db.read() as session:
        if call.id not in await checkout.mine(session, call.buyer, [call.id]):
            raise AcpError(404, "not_found", "There is no such session.")
        now = call.shop.begin.now()
        shown = await ucp.shown(session, call.shop.settings, call.id, now, visit.agreed)
        return Answer(200, shown)


async def complete(visit: Visit) -> Answer:
    """POST /checkout-sessions/{id}/complete: 200 with the order, or what is still missing."""
    call = visit.call
    ucp.check(call.body, "complete")
    wish = ucp.wish(call.shop.settings, call.id, call.body)

    async def first(uow: UnitOfWork, row: Checkout) -> None:
        ucp.finish(row, call.body)

    def show(uow: UnitOfWork, notes: Notes) -> Awaitable[Answer]:
        return _shown(uow, visit, notes)

    return await completed(call, wish, show, first, _asked)


async def _asked(call: Call, key: str) -> Stop | None:
    """Pay no second time while the bank asks the buyer, nor when it was satisfied just now."""
    shop, buyer = call.shop, call.buyer
    before = await status_of(call)
    asks = await checkout.is_asking(shop.begin, shop.gateways.payments, buyer, call.id, key)
    if asks:
        return Stop()
    was_paying = before is CheckoutStatus.PAYING
    return Stop() if was_paying and await status_of(call) is CheckoutStatus.COMPLETED else None


async def cancel(visit: Visit) -> Answer:
    """POST /checkout-sessions/{id}/cancel: 200, or 409 once it has ended."""
    return await canceled(visit.call, None, lambda uow, notes: _shown(uow, visit, notes))


def _read(visit: Visit, use: str) -> dict[str, Any]:
    """Return a request with its items as one list of names and quantities. Raises AcpError."""
    body = visit.call.body
    ucp.check(body, use)
    items = [{"id": one["item"]["id"], "quantity": one["quantity"]} for one in body["line_items"]]
    if not items:
        raise AcpError(400, "invalid", "Name one item at least.", param="$.line_items")
    # A platform that knows no codes sends none.
    rest = body if visit.agreed.discount else {n: v for n, v in body.items() if n != "discounts"}
    return {**rest, **added_up({"line_items": items})}


async def _shown(uow: UnitOfWork, visit: Visit, notes: Notes) -> Answer:
    return Answer(200, await _body(uow, visit, visit.call.id, notes))


async def _body(uow: UnitOfWork, visit: Visit, id: str, notes: Notes) -> dict[str, Any]:
    settings, now = visit.call.shop.settings, uow.now()
    return await ucp.shown(uow.session, settings, id, now, visit.agreed, notes)
