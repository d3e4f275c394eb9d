"""Where the verification service sends a customer back to."""

import hmac
from html import escape

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from core.i18n import negotiate, pick
from core.outbox import Transactions
from core.settings import Settings
from gateways.age import AgeService
from models.checkout import AgeVerificationStatus
from services import age

HEADERS = {
    "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'",
    "referrer-policy": "no-referrer",
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
}
WORDS = {
    AgeVerificationStatus.PENDING: {
        "ko": "확인하고 있습니다. 이 창을 닫고 앱으로 돌아가셔도 됩니다.",
        "en": "We are looking at it. You can close this page and go back to the app.",
    },
    AgeVerificationStatus.VERIFIED: {
        "ko": "성인 인증이 끝났습니다. 앱으로 돌아가 주문을 마치세요.",
        "en": "Your age is proven. Go back to the app and complete your order.",
    },
    AgeVerificationStatus.REFUSED: {
        "ko": "성인 인증이 되지 않았습니다. 법정 음주 연령부터 구매할 수 있습니다.",
        "en": "Your age could not be proven. Only people of legal drinking age can buy.",
    },
    AgeVerificationStatus.EXPIRED: {
        "ko": "시간이 지났습니다. 앱에서 다시 시작해 주세요.",
        "en": "This took too long. Please begin again in the app.",
    },
}
PAGE = """<!doctype html><html lang="{locale}"><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1"><title>NERDX</title>
<style>body{{font:18px/1.6 system-ui,sans-serif;max-width:28rem;margin:16vh auto;padding:0 1rem;
color-scheme:light dark}}</style><h1>NERDX</h1><p role="status">{words}</p></html>"""


def age_routes(settings: Settings, begin: Transactions, service: AgeService) -> list[BaseRoute]:
    """Return the page that customers come back to."""

    async def back(request: Request) -> Response:
        id, key = request.path_params["id"], request.query_params.get("key", "")
        ours = hmac.compare_digest(age.key_of(settings, id).encode(), key.encode())
        row = await age.check(begin, service, id) if ours else None
        if row is not None and row.return_url:
            return RedirectResponse(row.return_url, 303, headers=HEADERS)
        locale = negotiate(request.headers.get("accept-language"), "ko")
        status = row.status if row else AgeVerificationStatus.EXPIRED
        words = escape(pick(WORDS[status], locale))
        page = PAGE.format(locale=locale, words=words)
        return HTMLResponse(page, 200 if row else 404, headers=HEADERS)

    return [Route("/age/{id}", back, methods=["GET"])]
