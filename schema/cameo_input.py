"""What is said to make a cameo."""

import strawberry

from models.catalogue import AspectRatio


@strawberry.input
class RequestCameoInput:
    """The film to make."""

    portrait_id: strawberry.ID
    """A portrait that is READY."""
    template_id: strawberry.ID
    """A template that is available."""
    user_name: str
    """The name to show, 1 to 40 characters."""
    preferred_product_id: strawberry.ID | None = None
    """One of the template's products; its first when left out."""
    aspect_ratio: AspectRatio | None = None
    """One of the template's shapes; its first when left out."""
    locale: str | None = None
    """`ko` or `en`; the language of the request when left out."""
    idempotency_key: str
    """A key of your making: the same request sent again with it gives the same cameo."""


@strawberry.input
class RemixCameoInput:
    """What is to be different in a film made out of another; the rest is as it was there."""

    cameo_id: strawberry.ID
    """A cameo of mine that has ended: COMPLETED, FAILED or CANCELED."""
    portrait_id: strawberry.ID | None = None
    """Another portrait that is READY; the same when left out, if it is READY still."""
    template_id: strawberry.ID | None = None
    """Another template that is available."""
    user_name: str | None = None
    """Another name to show, 1 to 40 characters."""
    preferred_product_id: strawberry.ID | None = None
    """One of the template's products; when left out the same, or the template's first if it does
    not show that one."""
    aspect_ratio: AspectRatio | None = None
    """One of the template's shapes; when left out the same, or the template's first if it does not
    come in that one."""
    locale: str | None = None
    """`ko` or `en`: another language."""
    idempotency_key: str
    """A key of your making: the same request sent again with it gives the same cameo."""
