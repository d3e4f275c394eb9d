"""Cameos: short films with the customer in them, from photo to share link."""

from services.cameo import erase, making, portrait, retention
from services.cameo.change import allowed_actions, cancel, retry
from services.cameo.errors import (
    CameoLimitReached,
    CameoStateConflict,
    ConsentOutdated,
    ContentRefused,
    PortraitNotUsable,
    ProductNotAllowed,
    TemplateUnavailable,
    UnsupportedImage,
)
from services.cameo.films import FilmLinks, film_links
from services.cameo.graph import cameos
from services.cameo.queue import Eta, dispatch, etas, positions
from services.cameo.read import count, get, mine, page, remixes, with_cast
from services.cameo.remix import CameoRemix, remix, remixed_name
from services.cameo.request import CameoOrder, request, words_pass
from services.cameo.script import ending, script, still_offered, tastes, wishes
from services.cameo.share import count_view, open_link, revoke, share, url_of
from services.cameo.share import mine as shares

__all__ = [
    "CameoLimitReached",
    "CameoOrder",
    "CameoRemix",
    "CameoStateConflict",
    "ConsentOutdated",
    "ContentRefused",
    "Eta",
    "FilmLinks",
    "PortraitNotUsable",
    "ProductNotAllowed",
    "TemplateUnavailable",
    "UnsupportedImage",
    "allowed_actions",
    "cameos",
    "cancel",
    "count",
    "count_view",
    "dispatch",
    "ending",
    "erase",
    "etas",
    "film_links",
    "get",
    "making",
    "mine",
    "open_link",
    "page",
    "portrait",
    "positions",
    "remix",
    "remixed_name",
    "remixes",
    "request",
    "retention",
    "retry",
    "revoke",
    "script",
    "share",
    "shares",
    "still_offered",
    "tastes",
    "url_of",
    "wishes",
    "with_cast",
    "words_pass",
]
