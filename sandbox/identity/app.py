"""The provider's HTTP surface: its document and keys, its page, its tokens, and /sandbox."""

import asyncio
import base64
import hashlib
import hmac
import secrets
import time
from collections import Counter
from dataclasses import dataclass
from html import escape
from urllib.parse import parse_qsl, unquote_plus, urlencode, urlsplit

import orjson
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from sandbox.identity.faults import Claims, Endpoint, Faults, Rule, answer
from sandbox.identity.tokens import SECONDS, Key, Signer

CODE_SECONDS = 60
PEOPLE: list[dict[str, str]] = [
    {"sub": "100001", "email": "mina@example.com", "email_verified": "true", "name": "미나"},
    {"sub": "100002", "email": "alex@example.com", "email_verified": "true", "name": "Alex"},
    {"sub": "100003", "email": "", "email_verified": "", "name": "이메일 없음 · No e-mail"},
]
STYLE = (
    "body{font:16px system-ui;max-width:26rem;margin:3rem auto}"
    "button{font:inherit;margin:.3rem 0;padding:.5rem;width:100%}"
)


@dataclass
class Grant:
    """A code that was given, and whom it stands for."""

    asked: dict[str, str]
    person: Claims
    at: float


class Provider:
    """The provider's routes and what it remembers."""

    def __init__(self, issuer: str, client_id: str, client_secret: str) -> None:
        self.issuer, self.client_id, self.client_secret = issuer, client_id, client_secret
        self.faults = Faults()
        self.signer = Signer(issuer, client_id, self.faults)
        self.codes: dict[str, Grant] = {}
        self.tokens: dict[str, Claims] = {}
        self.counts: Counter[str] = Counter()

    def app(self) -> Starlette:
        """The server as ASGI."""
        wire: dict[str, Endpoint] = {
            "/.well-known/openid-configuration": self.discovery,
            "/jwks": self.jwks,
            "/token": self.token,
            "/userinfo": self.user_info,
        }
        routes = [
            Route(path, self._counted(path, endpoint), methods=["GET", "POST"])
            for path, endpoint in wire.items()
        ]
        return Starlette(
            routes=[
                *routes,
                Route("/authorize", self.page, methods=["GET"]),
                Route("/authorize", self.choose, methods=["POST"]),
                Route("/sandbox/rotate", self.rotate, methods=["POST"]),
                Route("/sandbox/faults", self.replace_faults, methods=["POST"]),
                Route("/sandbox/calls", self.calls),
                Route("/healthz", self.health),
            ]
        )

    def _counted(self, path: str, endpoint: Endpoint) -> Endpoint:
        async def counted(request: Request) -> Response:
            self.counts[path] += 1
            return await self.faults.answer(path, request, endpoint)

        return counted

    async def discovery(self, _: Request) -> Response:
        """What the provider can do."""
        return answer(
            {
                "issuer": self.issuer,
                "authorization_endpoint": f"{self.issuer}/authorize",
                "token_endpoint": f"{self.issuer}/token",
                "userinfo_endpoint": f"{self.issuer}/userinfo",
                "jwks_uri": f"{self.issuer}/jwks",
                "response_types_supported": ["code"],
                "subject_types_supported": ["public"],
                "id_token_signing_alg_values_supported": ["RS256"],
                "code_challenge_methods_supported": ["S256"],
                "token_endpoint_auth_methods_supported": [
                    "client_secret_basic",
                    "client_secret_post",
                ],
            }
        )

    async def jwks(self, _: Request) -> Response:
        """The key that signs now."""
        return answer({"keys": [self.signer.key.jwk()]})

    async def page(self, request: Request) -> Response:
        """Ask who it is."""
        if wrong := self._wrong(dict(request.query_params)):
            return HTMLResponse(escape(wrong), 400)
        buttons = "".join(
            "<form method=post>"
            + "".join(f"<input type=hidden name={k} value='{escape(v)}'>" for k, v in one.items())
            + f"<button>{escape(one['name'])} {escape(one['email'])}</button></form>"
            for one in PEOPLE
        )
        title = "Sandbox sign-in · 연습용 로그인"
        head = f'<meta charset="utf-8"><title>{title}</title><style>{STYLE}</style>'
        deny = "<form method=post><button name=deny value=1>취소 · Cancel</button></form>"
        return HTMLResponse(f"<!doctype html>{head}<h1>{title}</h1>{buttons}{deny}")

    async def choose(self, request: Request) -> Response:
        """Send whoever was chosen back with a code."""
        asked, form = dict(request.query_params), await _form(request)
        if wrong := self._wrong(asked):
            return HTMLResponse(escape(wrong), 400)
        back = {"state": asked.get("state", "")}
        if "deny" in form:
            back["error"] = "access_denied"
        else:
            person: Claims = {k: v for k, v in form.items() if k in ("sub", "email", "name") and v}
            if "email" in person:
                person["email_verified"] = form.get("email_verified") == "true"
            back["code"] = secrets.token_urlsafe(24)
            self.codes[back["code"]] = Grant(asked, person, time.monotonic())
        mark = "&" if "?" in asked["redirect_uri"] else "?"
        return RedirectResponse(f"{asked['redirect_uri']}{mark}{urlencode(back)}", 303)

    def _wrong(self, asked: dict[str, str]) -> str:
        needed = {"response_type": "code", "code_challenge_method": "S256"}
        if asked.get("client_id") != self.client_id:
            return "unknown client_id"
        if urlsplit(asked.get("redirect_uri", "")).scheme not in ("http", "https"):
            return "redirect_uri is missing"
        if any(asked.get(name) != value for name, value in needed.items()):
            return "response_type must be code, code_challenge_method S256"
        wanted = ("state", "nonce", "code_challenge")
        return "" if all(asked.get(name) for name in wanted) else f"{wanted} are needed"

    async def token(self, request: Request) -> Response:
        """Exchange a code for an ID token, once."""
        form = await _form(request)
        if not self._is_client(request.headers.get("authorization", ""), form):
            return answer({"error": "invalid_client"}, 401)
        grant = self.codes.pop(form.get("code", ""), None)
        if grant is None or not _fits(grant, form):
            return answer({"error": "invalid_grant"}, 400)
        access = secrets.token_urlsafe(24)
        self.tokens[access] = grant.person
        said = {"access_token": access, "token_type": "Bearer", "expires_in": SECONDS}
        return answer(said | {"id_token": self.signer.id_token(grant.person, grant.asked["nonce"])})

    def _is_client(self, header: str, form: dict[str, str]) -> bool:
        given = f"{form.get('client_id', '')}:{form.get('client_secret', '')}"
        if header.startswith("Basic "):
            user, _, word = base64.b64decode(header[6:]).decode().partition(":")
            given = f"{unquote_plus(user)}:{unquote_plus(word)}"
        return hmac.compare_digest(given, f"{self.client_id}:{self.client_secret}")

    async def user_info(self, request: Request) -> Response:
        """What the access token tells of its owner."""
        bearer = request.headers.get("authorization", "").removeprefix("Bearer ")
        person = self.tokens.get(bearer)
        return answer(person) if person else answer({"error": "invalid_token"}, 401)

    async def rotate(self, _: Request) -> Response:
        """Sign with a new key from now on, and show no other."""
        self.signer.key = await asyncio.to_thread(Key)
        return answer({"kid": self.signer.key.kid})

    async def replace_faults(self, request: Request) -> Response:
        """Take other rules."""
        rules = [Rule(**one) for one in orjson.loads(await request.body())["rules"]]
        wrong = self.faults.replace(rules)
        return answer({"error": wrong}, 400) if wrong else answer({"rules": len(rules)})

    async def calls(self, _: Request) -> Response:
        """How often each path was asked."""
        return answer(dict(self.counts))

    async def health(self, _: Request) -> Response:
        """Tell that it serves."""
        return answer({"ok": True})


def _fits(grant: Grant, form: dict[str, str]) -> bool:
    digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
    challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
    return (
        form.get("grant_type") == "authorization_code"
        and form.get("redirect_uri") == grant.asked["redirect_uri"]
        and hmac.compare_digest(challenge, grant.asked["code_challenge"])
        and time.monotonic() < grant.at + CODE_SECONDS
    )


async def _form(request: Request) -> dict[str, str]:
    return dict(parse_qsl((await request.body()).decode()))
