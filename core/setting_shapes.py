"""The shapes of single settings that are more than a word or a number."""

import json
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, SecretStr
from pydantic_settings import NoDecode

from core.acquirer import Acquirer


class SettingsUnusable(RuntimeError):
    """Settings that lead nowhere; the message is one line that says what to set."""


def _names(given: object) -> object:
    """Read names from a JSON list or from a list with commas."""
    if not isinstance(given, str):
        return given
    if given.lstrip().startswith("["):
        return json.loads(given)
    return [name.strip() for name in given.split(",") if name.strip()]


FilmPreset = Literal["ultrafast", "superfast", "veryfast", "faster", "fast", "medium", "slow"]
RendererName = Literal["openai", "queue", "local"]
RendererNames = Annotated[tuple[RendererName, ...], NoDecode, BeforeValidator(_names)]


def _json(given: object) -> object:
    """Read JSON, which a variable holds as text."""
    return json.loads(given) if isinstance(given, str) else given


class SignInProvider(BaseModel):
    """An OpenID Connect provider that customers may sign in with."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9-]{0,31}$")
    issuer: str = Field(pattern=r"^https?://[^?#\s]+$")
    client_id: str = Field(min_length=1)
    client_secret: SecretStr = SecretStr("")
    scope: str = "openid email profile"
    label: dict[str, str] = Field(default_factory=dict)


class FeedAddress(BaseModel):
    """A platform of agents that keeps a feed of our products; `url` is where its /feeds is."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9-]{0,31}$")
    url: str = Field(pattern=r"^https?://[^?#\s]+$")
    token: SecretStr = SecretStr("")
    channel: str = "kr"
    feed_id: str | None = Field(None, min_length=1, description="one that it made for us before")


Share = Annotated[float, Field(ge=0, allow_inf_nan=False)]


def _whole(weights: dict[str, float]) -> dict[str, float]:
    """Refuse weights that are not all there, or are not 1 together."""
    if weights.keys() != {"content", "collaborative", "ai"}:
        raise ValueError("needs content, collaborative and ai")
    if abs(sum(weights.values()) - 1) > 1e-6:
        raise ValueError(f"the weights are {sum(weights.values()):g} together, and have to be 1")
    return weights


RecommendationWeights = Annotated[
    dict[str, Share], NoDecode, BeforeValidator(_json), AfterValidator(_whole)
]
ExperimentShares = Annotated[dict[str, dict[str, Share]], NoDecode, BeforeValidator(_json)]
FeedAddresses = Annotated[tuple[FeedAddress, ...], NoDecode, BeforeValidator(_json)]
MaybeAcquirer = Annotated[Acquirer | None, NoDecode, BeforeValidator(_json)]
SignInProviders = Annotated[tuple[SignInProvider, ...], NoDecode, BeforeValidator(_json)]
Addresses = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_names)]
