"""Texts as vectors: a provider's, with everything that keeps its bad days away from ours."""

from gateways.embedding.breaker import Breaker, State
from gateways.embedding.openai import (
    DIMENSIONS,
    Embeddings,
    EmbeddingsRefused,
    EmbeddingsUnavailable,
    OpenAIEmbeddings,
)

__all__ = [
    "DIMENSIONS",
    "Breaker",
    "Embeddings",
    "EmbeddingsRefused",
    "EmbeddingsUnavailable",
    "OpenAIEmbeddings",
    "State",
]
