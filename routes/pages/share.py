"""The page behind a share link: whole without JavaScript, as link previews need it."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from html import escape

from core.i18n import LOCALES, Text, pick
from routes.pages.bundle import Entry
from routes.pages.html import FOOTER, document


@dataclass(frozen=True, slots=True)
class SharedView:
    """What the holder of a link may see: nothing of the customer but the name they put on it."""

    user_name: str
    title: str
    product: str | None
    video_url: str
    poster_url: str
    width: int
    height: int
    duration_seconds: float
    expires_at: datetime
    ai_notice: str


ShareView = Callable[[str, str], Awaitable[SharedView | None]]
"""From token and locale to what is shown, counting one view; None when the link is not good."""

LANGUAGES = {"ko": "한국어", "en": "English"}
FOR_NAME: Text = {"ko": "{name} 님의 카메오", "en": "A cameo for {name}"}
UNTIL: Text = {
    "ko": "{until:%Y}년 {until.month}월 {until.day}일까지 볼 수 있어요",
    "en": "Open until {until.day} {until:%B %Y}",
}
PLAY: Text = {"ko": "재생", "en": "Play"}
LANGUAGE: Text = {"ko": "언어", "en": "Language"}
GONE_TITLE: Text = {"ko": "이 링크로는 볼 수 없어요", "en": "This link shows nothing now"}
GONE: Text = {
    "ko": "기한이 지났거나, 거둔 링크이거나, 주소가 달라요. 보낸 분께 새 링크를 부탁해 보세요.",
    "en": "It has expired, was withdrawn, or is mistyped. Ask the sender for a new one.",
}


def share_page(view: SharedView, url: str, locale: str, entry: Entry) -> str:
    """Return the page with the film."""
    title = pick(FOR_NAME, locale).format(name=view.user_name)
    return document(
        locale=locale,
        title=f"{title} · NERDX",
        main=_film(view, title, locale),
        entry=entry,
        metas=_open_graph(view, title, url, locale),
        around=_around(locale),
    )


def gone_page(locale: str, entry: Entry | None) -> str:
    """Return the same page for unknown, expired and withdrawn links: they must look alike."""
    title = pick(GONE_TITLE, locale)
    main = (
        f'<section class="card"><h1>{escape(title)}</h1>'
        f'<p class="muted">{escape(pick(GONE, locale))}</p></section>'
    )
    robots = [{"name": "robots", "content": "noindex"}]
    return document(
        locale=locale, title=title, main=main, entry=entry, metas=robots, around=_around(locale)
    )


def _about(view: SharedView) -> str:
    return f"{view.title} · {view.product}" if view.product else view.title


def _open_graph(view: SharedView, title: str, url: str, locale: str) -> list[dict[str, str]]:
    about = f"{_about(view)} · {view.ai_notice}"
    properties = {
        "og:site_name": "NERDX",
        "og:type": "video.other",
        "og:locale": {"ko": "ko_KR", "en": "en_US"}[locale],
        "og:url": url,
        "og:title": title,
        "og:description": about,
        "og:image": view.poster_url,
        "og:image:width": str(view.width),
        "og:image:height": str(view.height),
        "og:video": view.video_url,
        "og:video:type": "video/mp4",
        "og:video:width": str(view.width),
        "og:video:height": str(view.height),
        "video:duration": str(round(view.duration_seconds)),
    }
    names = {
        "robots": "noindex",
        "description": about,
        "twitter:card": "summary_large_image",
        "twitter:title": title,
        "twitter:description": about,
        "twitter:image": view.poster_url,
    }
    return [
        *({"property": name, "content": value} for name, value in properties.items()),
        *({"name": name, "content": value} for name, value in names.items()),
    ]


def _film(view: SharedView, title: str, locale: str) -> str:
    until = pick(UNTIL, locale).format(until=view.expires_at)
    shape = "PORTRAIT_9_16" if view.height > view.width else "LANDSCAPE_16_9"
    shape = "SQUARE_1_1" if view.height == view.width else shape
    return (
        '<article class="cameo" data-state="COMPLETED"><div class="screen">'
        f'<div class="frame" data-ratio="{shape}" data-state="COMPLETED">'
        f'<video class="frame-video" controls playsinline preload="metadata" '
        f'width="{view.width}" height="{view.height}" aria-label="{escape(title)}" '
        f'poster="{escape(view.poster_url)}" src="{escape(view.video_url)}"></video>'
        f'<button class="frame-play" type="button" hidden aria-label="{pick(PLAY, locale)}">'
        '</button></div></div><div class="telling">'
        f'<p class="credit">{escape(_about(view))}</p><h1>{escape(title)}</h1>'
        f'<p class="muted">{escape(until)}</p>'
        f'<p class="notice">{escape(view.ai_notice)}</p></div></article>'
    )


def _around(locale: str) -> tuple[str, str]:
    links = "".join(
        f'<a class="language" href="?lang={code}" lang="{code}"'
        f"{' aria-current="true"' if code == locale else ''}>{LANGUAGES[code]}</a>"
        for code in LOCALES
    )
    above = (
        '<header><span class="brand" lang="en">NERDX</span><div class="top-end">'
        f'<nav class="languages" aria-label="{pick(LANGUAGE, locale)}">{links}</nav>'
        "</div></header>\n"
    )
    return above, f"<footer>{escape(pick(FOOTER, locale))}</footer>\n"
