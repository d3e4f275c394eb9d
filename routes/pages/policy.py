"""Which content a page may load, and the headers that every page carries."""

from collections.abc import Mapping, Sequence
from urllib.parse import urlsplit

from core.settings import Settings

Policy = Mapping[str, Sequence[str]]

SELF = "'self'"
NONE = "'none'"

# What Stripe says that its script needs.
STRIPE_SCRIPTS = ("https://js.stripe.com", "https://*.js.stripe.com")
STRIPE_FRAMES = (*STRIPE_SCRIPTS, "https://hooks.stripe.com")
STRIPE_API = "https://api.stripe.com"

COMMON_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}


def storage_origins(settings: Settings) -> list[str]:
    """Return where photos go and films come from, as a browser reaches it."""
    endpoint = settings.s3_public_endpoint_url or settings.s3_endpoint_url
    bucket, region = settings.s3_bucket, settings.s3_region
    hosts = [endpoint] if endpoint else [
        f"https://{bucket}.s3.amazonaws.com",
        f"https://{bucket}.s3.{region}.amazonaws.com",
        f"https://s3.{region}.amazonaws.com",
    ]  # fmt: skip
    return [_origin(url) for url in (*hosts, settings.cdn_url) if url]


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def _socket(settings: Settings) -> str:
    return _origin(settings.public_url).replace("http", "ws", 1)


def page_policy(settings: Settings) -> Policy:
    """Return what the watch page and the shared page need: nothing inline, nothing foreign."""
    stored = storage_origins(settings)
    return {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:", "blob:", _origin(settings.public_url), *stored],
        "media-src": [SELF, "blob:", *stored],
        "font-src": [SELF],
        "connect-src": [SELF, _socket(settings), *stored],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    }


def till_policy(settings: Settings) -> Policy:
    """Return what the checkout page needs: Stripe's form only where there is a key for it."""
    policy = page_policy(settings)
    if not settings.stripe_publishable_key:
        return policy
    return {
        **policy,
        "script-src": [SELF, *STRIPE_SCRIPTS],
        "frame-src": STRIPE_FRAMES,
        # It writes on its own frames how large they are.
        "style-src-attr": ["'unsafe-inline'"],
        "connect-src": [*policy["connect-src"], STRIPE_API],
    }


def till_headers(settings: Settings) -> dict[str, str]:
    """Return the headers of the checkout page; wallets in Stripe's form open windows."""
    headers = page_headers(till_policy(settings))
    if settings.stripe_publishable_key:
        headers["Cross-Origin-Opener-Policy"] = "same-origin-allow-popups"
    return headers


def explorer_policy(settings: Settings) -> Policy:
    """Return what the explorer needs: its editor makes style elements and runs workers."""
    return {
        **page_policy(settings),
        "style-src": [SELF, "'unsafe-inline'"],
        "font-src": [SELF, "data:"],
        "worker-src": [SELF, "blob:"],
    }


def page_headers(policy: Policy) -> dict[str, str]:
    """Return the headers of an HTML answer under this policy."""
    text = "; ".join(f"{name} {' '.join(sources)}" for name, sources in policy.items())
    return {**COMMON_HEADERS, "Content-Security-Policy": text, "Cache-Control": "no-store"}
