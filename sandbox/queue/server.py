"""Runs the queue's sandbox in a thread, for tests."""

from sandbox.openai.server import OpenAISandbox
from sandbox.queue.app import create_app


class QueueSandbox(OpenAISandbox):
    """As the sandbox of OpenAI's wire, with the same knobs, on a free port."""

    make = staticmethod(create_app)

    @property
    def base_url(self) -> str:
        """What QUEUE_BASE_URL should say."""
        return self.origin

    @property
    def history_url(self) -> str:
        """What QUEUE_HISTORY_URL should say."""
        return f"{self.origin}/v1"
