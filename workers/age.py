"""Proofs of age: what came of them, and the documents that are to be forgotten."""

from services import age
from services.age import CheckAgeVerification, RedactAgeVerification
from workers.base import Work, handles


@handles(CheckAgeVerification, max_retries=0)
async def check(task: CheckAgeVerification, work: Work) -> None:
    """Ask what came of a proof; the relay rings again."""
    await age.check(work.begin, work.gateways.age, task.verification_id)


@handles(RedactAgeVerification, max_retries=0)
async def redact(task: RedactAgeVerification, work: Work) -> None:
    """Have the service forget the document; the relay rings again."""
    await age.redact(work.begin, work.gateways.age, task.verification_id)
