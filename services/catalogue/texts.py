"""Words of the law, with the version that somebody agrees to."""

from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncSession

from core.i18n import Text
from models.catalogue import LegalText


@dataclass(frozen=True)
class ConsentText:
    """What is agreed to before a photo of a face is kept."""

    version: str
    text: Text
    purposes: list[str]
    retention_days: int


async def face_consent(session: AsyncSession) -> ConsentText:
    """Return the present wording. Raises LookupError before the catalogue is loaded."""
    row = await _text(session, "face_consent")
    return ConsentText(row.version, row.text, row.terms["purposes"], row.terms["retention_days"])


async def ai_notice(session: AsyncSession) -> Text:
    """Return what says that characters and videos are made by AI."""
    return (await _text(session, "ai_notice")).text


async def _text(session: AsyncSession, id: str) -> LegalText:
    row = await session.get(LegalText, id)
    if row is None:
        raise LookupError(f"no legal text {id!r}: the catalogue is not loaded")
    return row
