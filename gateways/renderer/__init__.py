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
from gateways.renderer.local import LocalRenderer
from gateways.renderer.openai_videos import OpenAIVideos
from gateways.renderer.pool import NoRenderer, RendererPool
from gateways.renderer.port import (
    Renderer,
    RenderNews,
    RenderState,
    RenderStatus,
    RenderVariant,
    mark,
)
from gateways.renderer.queue import QueueRenderer

__all__ = [
    "LocalRenderer",
    "NoRenderer",
    "OpenAIVideos",
    "QueueRenderer",
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
    "RendererPool",
    "RendererUnavailable",
    "WebhookInvalid",
    "mark",
]
