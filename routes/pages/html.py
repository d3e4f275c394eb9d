"""The frame around every page; all that comes from outside is escaped here."""

from collections.abc import Iterable, Mapping
from html import escape

from core.i18n import Text, pick
from routes.pages.bundle import Entry

FOOTER: Text = {
    "ko": "지나친 음주는 건강에 해롭습니다. 19세 이상만 즐겨 주세요.",
    "en": "Excessive drinking is harmful. Only for people of legal drinking age.",
}
SCRIPT_NEEDED: Text = {
    "ko": "이 페이지에는 자바스크립트가 필요합니다.",
    "en": "This page needs JavaScript.",
}
NOT_BUILT_TITLE: Text = {
    "ko": "화면이 아직 만들어지지 않았습니다",
    "en": "The pages are not built yet",
}
NOT_BUILT: Text = {
    "ko": "저장소에서 `make dev`를 실행하거나, web에서 `npm ci && npm run build`를 실행하세요.",
    "en": "Run `make dev` in the repository, or `npm ci && npm run build` in the web folder.",
}
ICON = (
    "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'%3E"
    "%3Crect width='16' height='16' rx='3' fill='%2315110e'/%3E"
    "%3Crect x='4' y='4' width='8' height='8' rx='1' fill='%23e2644a'/%3E"
    "%3C/svg%3E"
)


def document(
    *,
    locale: str,
    title: str,
    main: str,
    entry: Entry | None = None,
    metas: Iterable[Mapping[str, str]] = (),
    around: tuple[str, str] = ("", ""),
) -> str:
    """Return a whole page; `main` and `around` are HTML already, everything else is text."""
    above, below = around
    return (
        f'<!doctype html>\n<html lang="{escape(locale)}">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f'<title>{escape(title)}</title>\n<link rel="icon" href="{ICON}">\n'
        f"{''.join(_tag('meta', meta) for meta in metas)}{_files(entry)}</head>\n"
        f"<body>\n{above}<main>{main}</main>\n{below}</body>\n</html>\n"
    )


def _tag(name: str, attributes: Mapping[str, str]) -> str:
    written = " ".join(f'{key}="{escape(value)}"' for key, value in attributes.items())
    return f"<{name} {written}>\n"


def _files(entry: Entry | None) -> str:
    if entry is None:
        return ""
    styles = [_tag("link", {"rel": "stylesheet", "href": url}) for url in entry.css]
    scripts = [f'<script type="module" src="{escape(url)}"></script>\n' for url in entry.js]
    return "".join([*styles, *scripts])


def shell(
    locale: str, title: str, entry: Entry, told: Mapping[str, str | None], header: bool
) -> str:
    """Return a page whose script draws everything; `told` are meta tags that it reads."""
    metas = [{"name": "robots", "content": "noindex"}]
    metas += [{"name": name, "content": text} for name, text in told.items() if text]
    above = "<header></header>\n" if header else ""
    script_needed = f"<noscript>{escape(pick(SCRIPT_NEEDED, locale))}</noscript>"
    return document(
        locale=locale, title=title, main=script_needed, entry=entry, metas=metas, around=(above, "")
    )


def not_built(locale: str) -> str:
    """Return the page that says how to build the others."""
    title, text = pick(NOT_BUILT_TITLE, locale), pick(NOT_BUILT, locale)
    main = f"<h1>{escape(title)}</h1>\n<p>{escape(text)}</p>"
    return document(locale=locale, title=title, main=main)
