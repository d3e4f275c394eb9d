"""Turns the provider's events into steps."""

from openai.types.responses import Response, ResponseStreamEvent

from gateways.llm.port import Called, Ended, LlmUnavailable, Opened, Refused, Step, Usage, Words

# The provider's own trouble, over which the same question may succeed later.
_PASSING = ("server_error", "rate_limit_exceeded", "timeout", "overloaded")


class Reader:
    """Reads the events of one stream; each is checked, since a gateway may have written it."""

    def __init__(self, provider_id: str | None = None, after: int = -1) -> None:
        self.provider_id, self.after, self.is_over = provider_id, after, False

    def read(self, event: ResponseStreamEvent) -> Step | None:
        """Return the step that an event is, or None.

        Raises LlmUnavailable when it tells of a failure, ValueError when it makes no sense.
        """
        number = getattr(event, "sequence_number", None)
        if not isinstance(number, int):
            number = self.after + 1
        elif number <= self.after:
            return None
        step = self._step(event, number)
        self.after = number
        self.is_over = isinstance(step, Ended)
        return step

    def _step(self, event: ResponseStreamEvent, number: int) -> Step | None:
        match event.type:
            case "response.created":
                self.provider_id = _text(event.response.id)
                return Opened(self.provider_id, number)
            case "response.output_text.delta":
                return Words(_text(event.delta), number)
            case "response.refusal.done":
                return Refused(_text(event.refusal), number)
            case "response.output_item.done":
                if event.item.type != "function_call":
                    return None
                call = event.item
                return Called(_text(call.call_id), _text(call.name), _text(call.arguments), number)
            case "response.completed":
                return Ended(usage(event.response), "completed", number)
            case "response.incomplete":
                return Ended(usage(event.response), "incomplete", number)
            case "response.failed":
                raise _failed(event.response)
            case "error":
                raise _failure(event.code, event.message)
        return None


def usage(response: Response) -> Usage:
    """Return what a round has used, nothing when the provider does not say."""
    if (counted := response.usage) is None:
        return Usage()
    return Usage(max(0, int(counted.input_tokens)), max(0, int(counted.output_tokens)))


def _failed(response: Response) -> LlmUnavailable:
    if (error := response.error) is None:
        return _failure(None, None)
    return _failure(error.code, error.message)


def _failure(code: str | None, message: str | None) -> LlmUnavailable:
    passing = code is None or any(word in code for word in _PASSING)
    return LlmUnavailable(f"the model failed: {message or code}", retryable=passing)


def _text(given: object) -> str:
    if not isinstance(given, str):
        raise ValueError("an event lacks its text")
    return given
