"""The routes of the pages."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Protocol

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from core.i18n import LOCALES, Text, negotiate
from core.settings import Settings
from routes.pages.bundle import Bundle, Entry, NotBuilt
from routes.pages.html import not_built, shell
from routes.pages.policy import (
    COMMON_HEADERS,
    explorer_policy,
    page_headers,
    page_policy,
    till_headers,
)
from routes.pages.share import ShareView, gone_page, share_page

CONFIG_PATH = "/explorer/config.json"
SIGN_IN_KEYS = ("id", "name", "locale", "email", "password", "channel", "role", "adult")
# Instead of a key: cards that move no money.
REHEARSAL = "rehearsal"
A_YEAR = "public, max-age=31536000, immutable"


class SignIn(Protocol):
    """A sandbox customer who may be signed in with one click."""

    @property
    def id(self) -> str:
        """The customer's id."""

    @property
    def name(self) -> str:
        """As people call them."""

    @property
    def locale(self) -> str:
        """Their language."""

    @property
    def email(self) -> str:
        """What they sign in with."""

    @property
    def password(self) -> str:
        """Known to all: it works in a sandbox only."""

    @property
    def channel(self) -> str:
        """Where they shop."""

    @property
    def role(self) -> str:
        """`customer`, `partner` or `staff`."""

    @property
    def adult(self) -> bool:
        """Whether they are of legal age."""


class GiftCardCode(Protocol):
    """A gift card that anyone may try in a sandbox."""

    @property
    def code(self) -> str:
        """What `addGiftCard` takes."""

    @property
    def balance(self) -> str:
        """What is left on it, for people."""


@dataclass(frozen=True, slots=True)
class PageChannel:
    """A market that the explorer offers."""

    id: str
    name: Text


@dataclass(frozen=True, slots=True)
class PageSources:
    """Where the pages get what they show."""

    share_view: ShareView
    """From token and locale to what is shown, counting one view; None when it is not good."""
    sign_ins: Callable[[], Awaitable[Sequence[SignIn]]]
    gift_cards: Callable[[], Awaitable[Sequence[GiftCardCode]]]
    agent_token: Callable[[], Awaitable[str | None]]
    agent_webhook_secret: Callable[[], Awaitable[str | None]]
    channels: Callable[[], Awaitable[Sequence[PageChannel]]]


class _Assets(StaticFiles):
    """Files whose names change with their content."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        response = await super().get_response(path, scope)
        response.headers["Cache-Control"] = A_YEAR
        response.headers["X-Content-Type-Options"] = "nosniff"
        return response


def _locale(request: Request) -> str:
    asked = request.query_params.get("lang", "")
    return asked if asked in LOCALES else negotiate(request.headers.get("accept-language"))


class Pages:
    """The handlers of the pages, with what they need."""

    def __init__(self, settings: Settings, sources: PageSources) -> None:
        self.bundle = Bundle(settings.web_dir)
        self._public_url = settings.public_url.rstrip("/")
        self._sources = sources
        self._in_sandbox = settings.sandbox_sign_in and not settings.is_production
        self.has_config = settings.explorer or self._in_sandbox
        self._explorer_headers = page_headers(explorer_policy(settings))
        self._page_headers = page_headers(page_policy(settings))
        self._till_headers = till_headers(settings)
        self._till = settings.stripe_publishable_key or (REHEARSAL if self._in_sandbox else None)

    async def home(self, request: Request) -> Response:
        """The root leads to the explorer."""
        return RedirectResponse("/explorer", headers=COMMON_HEADERS)

    async def explorer(self, request: Request) -> Response:
        """GraphiQL with the journey in tabs."""
        return self._shell(request, "explorer", "NERDX Graph", self._explorer_headers)

    async def watch(self, request: Request) -> Response:
        """One cameo, live; who may see it is decided by the graph, not by the page."""
        return self._shell(request, "watch", "NERDX", self._page_headers, header=True)

    async def unlock(self, request: Request) -> Response:
        """What a bottle unlocks; the code after `#` never comes here."""
        return self._shell(request, "ar", "NERDX AR", self._page_headers, header=True)

    async def checkout(self, request: Request) -> Response:
        """One checkout: the same page for every id, whoever's it is and if it is there at all."""
        told = {"nerdx-till": self._till}
        return self._shell(request, "checkout", "NERDX", self._till_headers, header=True, told=told)

    async def talk(self, request: Request) -> Response:
        """Talking with the characters: the same page for every chat, and for none."""
        told = {"nerdx-till": self._till}
        return self._shell(request, "talk", "NERDX", self._till_headers, header=True, told=told)

    async def config(self, request: Request) -> Response:
        """Channels, and in a sandbox the personas with their passwords and gift cards to try."""
        sign_ins = await self._sources.sign_ins() if self._in_sandbox else ()
        cards = await self._sources.gift_cards() if self._in_sandbox else ()
        token = await self._sources.agent_token() if self._in_sandbox else None
        signs = await self._sources.agent_webhook_secret() if self._in_sandbox else None
        channels = await self._sources.channels()
        content = {
            "graphqlUrl": "/graphql",
            "wsUrl": "/graphql",
            "personas": [{key: getattr(one, key) for key in SIGN_IN_KEYS} for one in sign_ins],
            "giftCards": [{"code": card.code, "balance": card.balance} for card in cards],
            "agentToken": token,
            "agentWebhookSecret": signs,
            "channels": [asdict(channel) for channel in channels],
        }
        return JSONResponse(content, headers={**COMMON_HEADERS, "Cache-Control": "no-store"})

    async def share(self, request: Request) -> Response:
        """The film behind a share link."""
        locale, headers = _locale(request), {**self._page_headers, "X-Robots-Tag": "noindex"}
        view = await self._sources.share_view(request.path_params["token"], locale)
        if view is None:
            return HTMLResponse(gone_page(locale, self._entry("share")), 404, headers)
        entry = self._entry("share") or Entry((), ())
        url = f"{self._public_url}{request.url.path}"
        return HTMLResponse(share_page(view, url, locale, entry), headers=headers)

    def _entry(self, name: str) -> Entry | None:
        try:
            return self.bundle.entry(name)
        except NotBuilt:
            return None

    def _shell(
        self,
        request: Request,
        name: str,
        title: str,
        headers: dict[str, str],
        *,
        header: bool = False,
        told: Mapping[str, str | None] | None = None,
    ) -> Response:
        locale = _locale(request)
        entry = self._entry(name)
        if entry is None:
            return HTMLResponse(not_built(locale), 503, headers)
        config_url = CONFIG_PATH if self.has_config else None
        page = shell(locale, title, entry, {"nerdx-config": config_url, **(told or {})}, header)
        return HTMLResponse(page, headers=headers)


def page_routes(settings: Settings, sources: PageSources) -> list[BaseRoute]:
    """Return the routes of all pages; the explorer's only where the settings allow it."""
    pages = Pages(settings, sources)
    routes: list[BaseRoute] = [
        Route("/watch/{cameo_id}", pages.watch, name="watch"),
        Route("/checkout/{checkout_id}", pages.checkout, name="checkout"),
        Route("/talk", pages.talk, name="talk"),
        Route("/talk/{chat_id}", pages.talk, name="talk-chat"),
        Route("/ar/unlock", pages.unlock, name="ar-unlock"),
        Route("/s/{token}", pages.share, name="share"),
        Mount("/assets", _Assets(directory=pages.bundle.assets, check_dir=False), name="assets"),
    ]
    if settings.explorer:
        routes.append(Route("/explorer", pages.explorer, name="explorer"))
        routes.append(Route("/", pages.home, name="home"))
    if pages.has_config:
        routes.append(Route(CONFIG_PATH, pages.config, name="page-config"))
    return routes
