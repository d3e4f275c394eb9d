"""Identity: /v1/identity/verification_sessions, and the page that asks for a document."""

import re
from html import escape

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from sandbox.stripe.events import Events
from sandbox.stripe.intents import Call
from sandbox.stripe.store import Store, new_id
from sandbox.stripe.wire import Json, Refusal, form, only

KIND = "identity.verification_session"
FIELDS = ("type", "client_reference_id", "metadata", "options", "return_url", "expand")
DAY = re.compile(r"(\d{4})-(\d{2})-(\d{2})")
PAGE = """<!doctype html><html lang="ko"><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>성인 인증 · Proof of age</title>
<style>body{{font:17px/1.5 system-ui,sans-serif;max-width:26rem;margin:10vh auto;padding:0 1rem}}
input,button{{font:inherit;padding:.6rem 1rem;margin:.3rem .5rem .3rem 0}}</style>
<h1>성인 인증<br><small lang="en">Proof of age</small></h1>
<p>연습용입니다. 신분증 대신 생년월일을 적어 주세요.<br>
<span lang="en">A rehearsal: a birth date stands in for a document.</span></p>
<form method="post"><input type="date" name="born" value="{born}" required>
<button name="answer" value="ok">인증 · Verify</button>
<button name="answer" value="no" formnovalidate>그만두기 · Give up</button></form></html>"""


class Identity:
    """Proofs of who somebody is."""

    def __init__(self, store: Store, events: Events) -> None:
        self._store, self._events = store, events

    def create(self, call: Call) -> Json:
        """POST /v1/identity/verification_sessions."""
        only(call.given, *FIELDS)
        if call.given.get("type") != "document":
            raise Refusal(400, "Missing or unknown type.", param="type")
        id = new_id("vs")
        session = {
            "id": id,
            "object": KIND,
            "client_reference_id": call.given.get("client_reference_id"),
            "client_secret": f"{id}_secret",
            "last_error": None,
            "livemode": False,
            "metadata": call.given.get("metadata") or {},
            "options": {},
            "redaction": None,
            "status": "requires_input",
            "type": "document",
            "url": f"{call.origin}/sandbox/identity/{id}",
            "_return_url": call.given.get("return_url"),
            "_born": None,
        }
        self._events.add(f"{KIND}.created", session)
        return self._store.add(session)

    def retrieve(self, call: Call) -> Json:
        """GET /v1/identity/verification_sessions/{id}."""
        session = self._store.get(call.id, KIND)
        asked = call.given.get("expand") or []
        if session["status"] != "verified" or "verified_outputs.dob" not in asked:
            return session
        year, month, day = session["_born"] or (None, None, None)
        born = {"year": year, "month": month, "day": day} if year else None
        return {**session, "verified_outputs": {"dob": born}}

    def redact(self, call: Call) -> Json:
        """POST /v1/identity/verification_sessions/{id}/redact."""
        session = self._store.get(call.id, KIND)
        session |= {"_born": None, "redaction": {"status": "redacted"}}
        self._store.save(session)
        return session

    def routes(self) -> list[Route]:
        """The page."""
        path = "/sandbox/identity/{id}"
        return [
            Route(path, self.ask, methods=["GET"]),
            Route(path, self.answered, methods=["POST"]),
        ]

    async def ask(self, request: Request) -> Response:
        """Ask for a document."""
        session = self._store.find(request.path_params["id"], KIND)
        if session is None or session["status"] != "requires_input":
            return HTMLResponse("<p>There is nothing to prove.", 404)
        return HTMLResponse(PAGE.format(born=escape("1990-06-15")))

    async def answered(self, request: Request) -> Response:
        """Take the answer, tell it, and send the customer back."""
        session = self._store.find(request.path_params["id"], KIND)
        if session is None or session["status"] != "requires_input":
            return HTMLResponse("<p>There is nothing to prove.", 404)
        given = form((await request.body()).decode())
        day = DAY.fullmatch(str(given.get("born", "")))
        if given.get("answer") == "ok" and day:
            session |= {"status": "verified", "_born": [int(part) for part in day.groups()]}
        else:
            session["status"] = "canceled"
        session["url"] = None
        self._store.save(session)
        self._events.add(f"{KIND}.{session['status']}", session)
        self._events.flush()
        back = session["_return_url"]
        return RedirectResponse(back, 303) if back else HTMLResponse("<p>OK")
