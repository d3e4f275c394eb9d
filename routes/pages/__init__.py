"""The pages people see: explorer, watch page and shared cameos, all served without any CDN."""

from routes.pages.serve import PageChannel, PageSources, SignIn, page_routes
from routes.pages.share import SharedView, ShareView

__all__ = ["PageChannel", "PageSources", "ShareView", "SharedView", "SignIn", "page_routes"]
