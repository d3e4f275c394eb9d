"""What is said with care in place of an answer, or of the rest of it."""

from core.i18n import pick
from models.chat import MessageStatus, StepKind
from services.chat.guard import CARE, Concern
from services.chat.reply import Page


async def block(sheet: Page, locale: str, why: Concern) -> None:
    """Answer with care and nothing else."""
    sheet.step(StepKind.BLOCKED, reason=why.value)
    sheet.say(pick(CARE[why], locale), [], opens=False)
    await sheet.end(MessageStatus.BLOCKED, why.value)


def break_off(sheet: Page, locale: str, why: Concern) -> None:
    """Say why an answer goes no further; each sentence that was sent was judged harmless."""
    sheet.step(StepKind.BLOCKED, reason=why.value)
    sheet.say(pick(CARE[why], locale), [], opens=True)
