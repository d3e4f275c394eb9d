"""Makers of video shots, and what they may answer."""

from gateways.renderer.errors import (
    RenderBusy,
    RenderError,
    RendererUnavailable,
    RenderGone,
    RenderRefused,
    RenderUnknown,
    WebhookInvalid,
)
from gateways.renderer.openai_videos import OpenAIVideos
from gateways.renderer.port import (
    Renderer,
    RenderNews,
    RenderState,
    RenderStatus,
    RenderVariant,
    mark,
)

__all__ = [
    "OpenAIVideos",
    "RenderBusy",
    "RenderError",
    "RenderGone",
    "RenderNews",
    "RenderRefused",
    "RenderState",
    "RenderStatus",
    "RenderUnknown",
    "RenderVariant",
    "Renderer",
    "RendererUnavailable",
    "WebhookInvalid",
    "mark",
]
