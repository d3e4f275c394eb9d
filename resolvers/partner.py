"""The root fields of partners, for staff."""

import strawberry

from schema.access import mutation, query, staff
from schema.context import Info
from schema.partner import (
    PERMISSION,
    CreatedPartnerToken,
    CreatePartnerTokenInput,
    CreatePartnerTokenResult,
    PartnerToken,
    RevokePartnerTokenResult,
    RotatedPartnerToken,
    RotatePartnerTokenInput,
    RotatePartnerTokenResult,
)
from services import partner


@strawberry.type
class PartnerQuery:
    """Tokens of partners to look at."""

    @query(staff(PERMISSION))
    async def partner_tokens(self, info: Info) -> list[PartnerToken]:
        """The tokens, the newest first, two hundred at most; revoked ones, too."""
        async with info.context.db.read() as session:
            return PartnerToken.each(await partner.every(session))


@strawberry.type
class PartnerMutation:
    """Tokens of partners to make and to end."""

    @mutation(staff(PERMISSION))
    async def create_partner_token(
        self, info: Info, input: CreatePartnerTokenInput
    ) -> CreatePartnerTokenResult:
        """Make a token; its secret is shown this once."""
        context = info.context
        asked = partner.TokenRequest(
            input.name,
            input.scopes,
            input.expires_at,
            input.webhook_url,
            input.agent_profile_url,
        )
        async with context.begin() as uow:
            row = await partner.create(
                uow, context.viewer, context.settings, asked, input.idempotency_key
            )
        signs = partner.first_webhook_secret(context.settings, row)
        return CreatedPartnerToken(
            token=PartnerToken.of(row),
            secret=partner.secret_of(context.settings, row.id),
            webhook_secret=signs,
        )

    @mutation(staff(PERMISSION))
    async def rotate_partner_token(
        self, info: Info, input: RotatePartnerTokenInput
    ) -> RotatePartnerTokenResult:
        """Give a token a new secret, shown this once; the old one is good until `oldSecretUntil`.

        That is 24 hours from now unless set otherwise. Two rotations end a secret at once.
        """
        context = info.context
        async with context.begin() as uow:
            done = await partner.rotate(
                uow, context.viewer, context.settings, input.id, input.idempotency_key
            )
        return RotatedPartnerToken(token=PartnerToken.of(done.token), secret=done.secret)

    @mutation(staff(PERMISSION))
    async def revoke_partner_token(self, info: Info, id: strawberry.ID) -> RevokePartnerTokenResult:
        """End a token now; ending it twice is fine."""
        async with info.context.begin() as uow:
            return PartnerToken.of(await partner.revoke(uow, id))
