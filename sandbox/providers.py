"""The paid providers' stand-ins, each an HTTP server of its own that speaks the provider's wire."""

import base64
import json
import os
import secrets
import sys

from sandbox.process import Process
from sandbox.s3 import ROOT, answers
from sandbox.server import Server
from sandbox.state import State

WEBHOOK_PATH = "/webhooks/renderer"
PAYMENTS_PATH = "/webhooks/stripe"
CARRIER_PATH = "/webhooks/carrier"
AGENT_PATH = "/agentic_checkout/webhooks/order_events"
CONFIG_PATH = "/explorer/config.json"
CLIENT_ID = "nerdx"
READING = 25
ACQUIRER = {
    "acquirer_bin": "424242",
    "acquirer_country": "KR",
    "acquirer_merchant_id": "nerdx-sandbox",
    "merchant_name": "NERDX",
}


class Provider(Server):
    """One that says at /healthz that it is there."""

    def is_ready(self) -> bool:
        return answers(self.port, "/healthz")


class Shown(Provider):
    """One with a page for people."""

    @property
    def url(self) -> str:
        """The page that shows what it keeps."""
        return f"http://127.0.0.1:{self.port}/"


class OpenAI(Provider):
    """Videos with webhooks, moderation, embeddings and responses."""

    name = "openai"

    def __init__(self, state: State, webhook_url: str | None) -> None:
        self.webhook_url = webhook_url
        super().__init__(state)

    def command(self) -> Process:
        options = ["--port", str(self.port), "--data-dir", str(self.home)]
        env = self.env()
        options += [f"--api-key={env['OPENAI_API_KEY']}"]
        if self.webhook_url:
            # Where webhooks have an address people watch, who like to read along.
            options += ["--tokens-per-second", str(READING)]
            options += ["--webhook-url", self.webhook_url]
            options += [f"--webhook-secret={env['OPENAI_WEBHOOK_SECRET']}"]
        return module(self, "sandbox.openai", options)

    def env(self) -> dict[str, str]:
        return {
            "OPENAI_BASE_URL": f"http://127.0.0.1:{self.port}/v1",
            "OPENAI_API_KEY": self.state.secret("openai", lambda: "sk-" + secrets.token_hex(20)),
            "OPENAI_WEBHOOK_SECRET": self.state.secret("openai-webhook", webhook_secret),
        }


class Stripe(Provider):
    """Payments, refunds and granted tokens, with webhooks."""

    name = "stripe"

    def __init__(self, state: State, webhook_url: str | None) -> None:
        self.webhook_url = webhook_url
        super().__init__(state)

    def command(self) -> Process:
        options = ["--port", str(self.port), "--data-dir", str(self.home)]
        env = self.env()
        options += [f"--api-key={env['STRIPE_API_KEY']}"]
        options += [f"--webhook-secret={env['STRIPE_WEBHOOK_SECRET']}"]
        if self.webhook_url:
            url = self.webhook_url.removesuffix(WEBHOOK_PATH) + PAYMENTS_PATH
            options += ["--webhook-url", url]
        return module(self, "sandbox.stripe", options)

    def env(self) -> dict[str, str]:
        key = self.state.secret("stripe", lambda: "sk_test_" + secrets.token_hex(20))
        webhook = self.state.secret("stripe-webhook", lambda: "whsec_" + secrets.token_hex(20))
        return {
            "STRIPE_BASE_URL": f"http://127.0.0.1:{self.port}",
            "STRIPE_API_KEY": key,
            "STRIPE_WEBHOOK_SECRET": webhook,
            "THREE_DS_ACQUIRER": json.dumps(ACQUIRER),
        }


class Mail(Shown):
    """Keeps what would have been sent, and shows it on a page."""

    name = "mail"

    def command(self) -> Process:
        options = ["--port", str(self.port), "--data-dir", str(self.home)]
        return module(self, "sandbox.mail", [*options, f"--api-key={self.state.secret('mail')}"])

    def env(self) -> dict[str, str]:
        return {"MAIL_URL": f"{self.url}messages", "MAIL_API_KEY": self.state.secret("mail")}


class Carriers(Shown):
    """Knows where parcels are, and moves them as it is told."""

    name = "carriers"

    def __init__(self, state: State, webhook_url: str | None) -> None:
        self.webhook_url = webhook_url
        super().__init__(state)

    def command(self) -> Process:
        env = self.env()
        options = ["--port", str(self.port), f"--api-key={env['CARRIER_API_KEY']}"]
        if self.webhook_url:
            url = self.webhook_url.removesuffix(WEBHOOK_PATH) + CARRIER_PATH
            options += ["--webhook-url", url]
            options += [f"--webhook-secret={env['CARRIER_WEBHOOK_SECRET']}"]
        return module(self, "sandbox.carrier", options)

    def env(self) -> dict[str, str]:
        return {
            "CARRIER_URL": self.url.rstrip("/"),
            "CARRIER_API_KEY": self.state.secret("carriers"),
            "CARRIER_WEBHOOK_SECRET": self.state.secret("carriers-webhook", webhook_secret),
        }


class Agents(Shown):
    """Hears of the orders that the sandbox's agent made; the API at this address says who signs."""

    name = "agents"

    def __init__(self, state: State, webhook_url: str) -> None:
        self.config_url = webhook_url.removesuffix(WEBHOOK_PATH) + CONFIG_PATH
        super().__init__(state)

    def command(self) -> Process:
        options = ["--port", str(self.port), "--data-dir", str(self.home)]
        return module(self, "sandbox.agents", [*options, "--config-url", self.config_url])

    def env(self) -> dict[str, str]:
        return {"SANDBOX_AGENT_URL": self.url.rstrip("/") + AGENT_PATH}


class Feeds(Shown):
    """A platform of agents that keeps a feed of our products for Korea and one for America."""

    name = "feeds"

    def command(self) -> Process:
        options = ["--port", str(self.port), f"--token={self.state.secret('feeds')}"]
        return module(self, "sandbox.feeds", options)

    def env(self) -> dict[str, str]:
        told = {"url": self.url.rstrip("/"), "token": self.state.secret("feeds")}
        hosts = [{"name": f"sandbox-{one}", "channel": one, **told} for one in ("kr", "us")]
        return {"ACP_FEED_PUSH": json.dumps(hosts)}


class Identity(Provider):
    """A sign-in provider: OpenID Connect, with people to choose from."""

    name = "identity"

    def command(self) -> Process:
        options = ["--port", str(self.port), "--client-id", CLIENT_ID]
        return module(self, "sandbox.identity", [*options, f"--client-secret={self._secret}"])

    @property
    def url(self) -> str:
        """What its tokens call it."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def _secret(self) -> str:
        return self.state.secret("identity")

    def env(self) -> dict[str, str]:
        provider = {"name": "sandbox", "issuer": self.url, "client_id": CLIENT_ID}
        provider |= {"client_secret": self._secret}
        label = {"ko": "연습용 로그인", "en": "Sandbox sign-in"}
        return {"SIGN_IN_PROVIDERS": json.dumps([{**provider, "label": label}])}


def module(server: Server, name: str, options: list[str]) -> Process:
    """A Python module of ours as the process of a server."""
    argv = [sys.executable, "-m", name, *options]
    env = {**os.environ, "PYTHONUNBUFFERED": "1"}
    return Process(
        server.name, argv, log=server.log, cwd=ROOT, env=env, lock=server.state.lock, grace=5
    )


def webhook_secret() -> str:
    """A secret in the form of the Standard Webhooks specification."""
    return "whsec_" + base64.b64encode(secrets.token_bytes(24)).decode()
