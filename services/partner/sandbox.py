"""A token for an agent to try things out with: in the sandbox only, like the personas."""

from sqlalchemy.ext.asyncio import AsyncSession

from core.outbox import UnitOfWork
from core.settings import Settings
from models.partner import PartnerToken
from services.partner.address import webhook_secret_of
from services.partner.tokens import SCOPES, put, secret_of

SANDBOX_TOKEN_ID = "ptk_sandbox"  # noqa: S105


async def seed_token(uow: UnitOfWork, settings: Settings) -> None:
    """Make the token of the sandbox, once, and send its webhooks to the sandbox's agent."""
    if not settings.is_sandbox:
        raise PermissionError("a token for all is for a sandbox: SANDBOX_SIGN_IN is off")
    row = await uow.session.get(PartnerToken, SANDBOX_TOKEN_ID)
    if row is None:
        scopes = sorted(SCOPES)
        row = await put(uow, settings, SANDBOX_TOKEN_ID, "Sandbox agent", scopes, "sandbox")
    row.webhook_url = settings.sandbox_agent_url or row.webhook_url


async def sandbox_token(session: AsyncSession, settings: Settings) -> str | None:
    """Return the secret to try; none outside a sandbox."""
    row = await session.get(PartnerToken, SANDBOX_TOKEN_ID) if settings.is_sandbox else None
    return secret_of(settings, row.id, row.secret_version) if row else None


async def sandbox_webhook_secret(session: AsyncSession, settings: Settings) -> str | None:
    """Return what signs the webhooks to the sandbox's agent; none outside a sandbox."""
    row = await session.get(PartnerToken, SANDBOX_TOKEN_ID) if settings.is_sandbox else None
    return webhook_secret_of(settings, row.id, row.webhook_version) if row else None
