"""The page on which a bank or a wallet asks the customer: 3-D Secure, Kakao Pay and the like."""

from html import escape
from urllib.parse import urlencode, urlsplit, urlunsplit

from sandbox.stripe.wire import Json

PAGE = """<!doctype html><html lang="ko"><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>결제 인증 · Authenticate</title>
<style>body{{font:17px/1.5 system-ui,sans-serif;max-width:26rem;margin:10vh auto;padding:0 1rem}}
button{{font:inherit;padding:.7rem 1.2rem;margin:.3rem .5rem .3rem 0;border-radius:.4rem;
border:1px solid #888}}button[value=ok]{{background:#1a5fb4;color:#fff}}</style>
<h1>결제를 인증하시겠어요?<br><small lang="en">Authenticate this payment?</small></h1>
<p><strong>{amount} {currency}</strong></p>
<p>테스트 결제입니다. 돈은 나가지 않습니다.<br><span lang="en">A test: no money moves.</span></p>
<form method="post"><input type="hidden" name="key" value="{key}">
<button name="answer" value="ok">인증 · Authenticate</button>
<button name="answer" value="no">거절 · Fail</button></form></html>"""


def page(intent: Json) -> str:
    """The question."""
    return PAGE.format(
        amount=f"{intent['amount']:,}",
        currency=escape(intent["currency"].upper()),
        key=escape(intent["client_secret"]),
    )


def back(intent: Json, ok: bool) -> str | None:
    """Where the customer is sent after the answer."""
    if not intent["_return_url"]:
        return None
    told = urlencode(
        {
            "payment_intent": intent["id"],
            "payment_intent_client_secret": intent["client_secret"],
            "redirect_status": "succeeded" if ok else "failed",
        }
    )
    parts = urlsplit(intent["_return_url"])
    return urlunsplit(parts._replace(query=f"{parts.query}&{told}".lstrip("&")))
