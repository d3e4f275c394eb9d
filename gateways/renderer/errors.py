"""What can go wrong at a renderer, told apart by what the caller must do next."""


class RenderError(Exception):
    """Anything that a renderer did not do."""


class RenderRefused(RenderError):
    """Never accepted, never paid; the same request would be refused again."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message


class RenderBusy(RenderError):
    """Surely not accepted; the same request may be sent again after `retry_after` seconds."""

    def __init__(self, message: str, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class RenderUnknown(RenderError):
    """May have been accepted and paid: look it up with `find` before sending it again."""


class RendererUnavailable(RenderError):
    """A question got no answer; asking again is free, after `retry_after` seconds if given."""

    def __init__(self, message: str, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class RenderGone(RenderError):
    """The provider no longer knows this render, or has not got its file."""


class WebhookInvalid(RenderError):
    """Not signed with our secret, too old, or not an event."""
