"""The pages people see: explorer, watch page and shared cameos, all served without any CDN."""

from routes.pages.serve import PageChannel, Persona, page_routes
from routes.pages.share import SharedView, ShareView

__all__ = ["PageChannel", "Persona", "ShareView", "SharedView", "page_routes"]
