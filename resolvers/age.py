"""The root fields of proofs of age."""

import strawberry

from core.errors import Unavailable
from gateways.age import AgeServiceUnavailable
from schema.access import mutation, signed_in
from schema.age import AgeVerification, StartAgeVerificationInput, StartAgeVerificationResult
from schema.context import Info
from services import age

PROOFS = {"limit": 10, "seconds": 3_600}


@strawberry.type
class AgeMutation:
    """Proofs of age to begin."""

    @mutation(signed_in)
    async def start_age_verification(
        self, info: Info, input: StartAgeVerificationInput
    ) -> StartAgeVerificationResult:
        """Begin a proof of age with the verification service, and get the page to send me to."""
        context = info.context
        await context.throttle.spend("startAgeVerification", context.viewer.id, **PROOFS)
        try:
            row = await age.start(
                context.begin,
                context.gateways.age,
                context.settings,
                context.viewer,
                context.channel,
                input.return_url,
                input.idempotency_key,
            )
        except AgeServiceUnavailable as error:
            raise Unavailable from error
        return AgeVerification.of(row)
